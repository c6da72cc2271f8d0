mock_provider "aws" {
  source          = "./tests/mocks/aws"
  override_during = plan
}

variables {
  name               = "orders-test"
  engine_version     = "4.2"
  instance_class     = "mq.m7g.large"
  subnet_ids         = ["subnet-a", "subnet-b", "subnet-c"]
  security_group_id  = "sg-broker"
  kms_key_arn        = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  client_connections = 400
  admin = {
    username = "orders-admin"
    password = "abcdefghijklmnopqrstuvwxyz012345"
  }
}

run "cluster_of_three_nodes_that_nobody_reaches_from_outside" {
  command = plan

  module {
    source = "./modules/broker"
  }

  assert {
    condition     = aws_mq_broker.this.deployment_mode == "CLUSTER_MULTI_AZ" && aws_mq_broker.this.engine_type == "RabbitMQ"
    error_message = "The broker must be a RabbitMQ cluster over the zones."
  }

  assert {
    condition     = length(aws_mq_broker.this.subnet_ids) == 3
    error_message = "Each node must have a subnet."
  }

  assert {
    condition     = !aws_mq_broker.this.publicly_accessible
    error_message = "The broker must be private."
  }

  assert {
    condition     = !aws_mq_broker.this.encryption_options[0].use_aws_owned_key && aws_mq_broker.this.encryption_options[0].kms_key_id == var.kms_key_arn
    error_message = "Messages must be encrypted with the given key."
  }
}

run "exactly_one_security_group_since_none_can_be_exchanged" {
  command = plan

  module {
    source = "./modules/broker"
  }

  assert {
    condition     = aws_mq_broker.this.security_groups == toset(["sg-broker"])
    error_message = "The broker must have the given security group and no other."
  }
}

run "version_without_a_patch_goes_with_automatic_minor_upgrades" {
  command = plan

  module {
    source = "./modules/broker"
  }

  assert {
    condition     = aws_mq_broker.this.engine_version == "4.2" && aws_mq_broker.this.auto_minor_version_upgrade
    error_message = "Amazon MQ must choose the patch."
  }

  assert {
    condition     = !aws_mq_broker.this.apply_immediately
    error_message = "A restart must wait for the maintenance window."
  }
}

run "general_log_and_no_audit_log" {
  command = plan

  module {
    source = "./modules/broker"
  }

  assert {
    condition     = aws_mq_broker.this.logs[0].general && aws_mq_broker.this.logs[0].audit == null
    error_message = "RabbitMQ must write its general log, and refuses an audit log."
  }
}

run "only_the_admin_is_created_with_the_broker" {
  command = plan

  module {
    source = "./modules/broker"
  }

  assert {
    condition     = length(aws_mq_broker.this.user) == 1 && nonsensitive(one(aws_mq_broker.this.user).username) == "orders-admin"
    error_message = "The broker must begin with its admin alone."
  }
}

run "rabbitmq_4_gets_the_limits_that_we_count_on" {
  command = plan

  module {
    source = "./modules/broker"
  }

  assert {
    condition = alltrue([
      strcontains(aws_mq_configuration.this.data, "connection_max = 5000\n"),
      strcontains(aws_mq_configuration.this.data, "channel_max_per_node = 15000\n"),
    ])
    error_message = "The default limits must be raised to those of the class."
  }

  assert {
    condition = alltrue([
      aws_mq_broker.this.configuration[0].id == aws_mq_configuration.this.id,
      aws_mq_broker.this.configuration[0].revision == aws_mq_configuration.this.latest_revision,
      aws_mq_configuration.this.engine_version == aws_mq_broker.this.engine_version,
    ])
    error_message = "The broker must run the last revision of the configuration for its version."
  }
}

run "rabbitmq_3_refuses_limits_and_gets_none" {
  command = plan

  module {
    source = "./modules/broker"
  }

  variables {
    engine_version = "3.13"
  }

  assert {
    condition     = !strcontains(aws_mq_configuration.this.data, "_max")
    error_message = "The configuration must not name limits on 3.13."
  }
}

run "outputs_tell_what_clients_and_alarms_need" {
  command = plan

  module {
    source = "./modules/broker"
  }

  assert {
    condition     = output.broker_name == "orders-test-broker" && output.broker_name == aws_mq_broker.this.broker_name
    error_message = "The name must be built from the prefix."
  }

  assert {
    condition     = output.connection_limit == 5000 && output.memory_bytes == 8 * 1024 * 1024 * 1024 && output.nodes == 3
    error_message = "Limits must be those of the class."
  }

  assert {
    condition     = output.host == "b-1234a5b6-78cd-901e-2fab-3c45d6e17819.mq.eu-central-1.on.aws" && output.amqp_port == 5671
    error_message = "The host must be the endpoint without scheme and port."
  }

  assert {
    condition     = output.management_url == "https://b-1234a5b6-78cd-901e-2fab-3c45d6e17819.mq.eu-central-1.on.aws"
    error_message = "The management API must be at the console's address."
  }
}

run "maintenance_on_sunday_night_unless_told_otherwise" {
  command = plan

  module {
    source = "./modules/broker"
  }

  variables {
    maintenance_window = { day_of_week = "TUESDAY", time_zone = "Europe/Berlin" }
  }

  assert {
    condition     = aws_mq_broker.this.maintenance_window_start_time[0] == { day_of_week = "TUESDAY", time_of_day = "03:00", time_zone = "Europe/Berlin" }
    error_message = "What is not told must keep its default."
  }
}

run "as_many_clients_as_the_class_carries_are_accepted" {
  command = plan

  module {
    source = "./modules/broker"
  }

  variables {
    instance_class     = "mq.m7g.medium"
    client_connections = 100
  }

  assert {
    condition     = output.connection_limit == 100
    error_message = "The limit itself must be allowed."
  }
}

run "more_clients_than_the_class_carries_are_refused" {
  command = plan

  module {
    source = "./modules/broker"
  }

  variables {
    instance_class     = "mq.m7g.medium"
    client_connections = 101
  }

  expect_failures = [aws_mq_broker.this]
}

run "version_with_a_patch_is_refused" {
  command = plan

  module {
    source = "./modules/broker"
  }

  variables {
    engine_version = "4.2.1"
  }

  expect_failures = [var.engine_version]
}

run "class_without_known_limits_is_refused" {
  command = plan

  module {
    source = "./modules/broker"
  }

  variables {
    instance_class = "mq.t3.micro"
  }

  expect_failures = [var.instance_class]
}

run "two_subnets_are_refused" {
  command = plan

  module {
    source = "./modules/broker"
  }

  variables {
    subnet_ids = ["subnet-a", "subnet-b"]
  }

  expect_failures = [var.subnet_ids]
}

run "name_with_capitals_is_refused" {
  command = plan

  module {
    source = "./modules/broker"
  }

  variables {
    name = "Orders"
  }

  expect_failures = [var.name]
}

run "no_clients_are_refused" {
  command = plan

  module {
    source = "./modules/broker"
  }

  variables {
    client_connections = 0
  }

  expect_failures = [var.client_connections]
}

run "guest_is_refused" {
  command = plan

  module {
    source = "./modules/broker"
  }

  variables {
    admin = { username = "guest", password = "abcdefghijklmnopqrstuvwxyz012345" }
  }

  expect_failures = [var.admin]
}

run "password_with_a_comma_is_refused" {
  command = plan

  module {
    source = "./modules/broker"
  }

  variables {
    admin = { username = "orders-admin", password = "abcdefghijklmnop,qrstuvwxyz01234" }
  }

  expect_failures = [var.admin]
}

run "unknown_day_is_refused" {
  command = plan

  module {
    source = "./modules/broker"
  }

  variables {
    maintenance_window = { day_of_week = "Sunday" }
  }

  expect_failures = [var.maintenance_window]
}

run "time_of_a_12_hour_clock_is_refused" {
  command = plan

  module {
    source = "./modules/broker"
  }

  variables {
    maintenance_window = { time_of_day = "3:00" }
  }

  expect_failures = [var.maintenance_window]
}

run "unknown_time_zone_is_refused" {
  command = plan

  module {
    source = "./modules/broker"
  }

  variables {
    maintenance_window = { time_zone = "+01:00" }
  }

  expect_failures = [var.maintenance_window]
}
