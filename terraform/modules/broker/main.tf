locals {
  broker_name = "${var.name}-broker"
  amqp_port   = 5671
  deployment  = "CLUSTER_MULTI_AZ"
  nodes       = 3

  # What a cluster of these classes carries at most, with quorum queues (Amazon MQ sizing guide). Connections and channels
  # are meant per node. We hold all clients together to one node's limit, because during maintenance and after the loss of
  # a zone nobody promises that the rest spreads evenly.
  classes = {
    "mq.m7g.medium"   = { memory_gib = 4, connections = 100, channels = 500 }
    "mq.m7g.large"    = { memory_gib = 8, connections = 5000, channels = 15000 }
    "mq.m7g.xlarge"   = { memory_gib = 16, connections = 10000, channels = 30000 }
    "mq.m7g.2xlarge"  = { memory_gib = 32, connections = 20000, channels = 60000 }
    "mq.m7g.4xlarge"  = { memory_gib = 64, connections = 40000, channels = 120000 }
    "mq.m7g.8xlarge"  = { memory_gib = 128, connections = 80000, channels = 240000 }
    "mq.m7g.12xlarge" = { memory_gib = 192, connections = 120000, channels = 360000 }
    "mq.m7g.16xlarge" = { memory_gib = 256, connections = 160000, channels = 480000 }
  }
  class = local.classes[var.instance_class]

  # RabbitMQ 4 starts with guard rails far below these limits (mq.m7g.large: 1,500 connections) and lets us raise them.
  # On 3.13 they are fixed at the maximum, and naming them is an error.
  limits = tonumber(split(".", var.engine_version)[0]) < 4 ? [] : [
    "connection_max = ${local.class.connections}",
    "channel_max_per_node = ${local.class.channels}",
  ]
}

# Amazon MQ keeps a configuration, and its name, after a destroy, and a version belongs to its identity: each needs a new name.
resource "terraform_data" "configuration" {
  triggers_replace = var.engine_version
}

resource "aws_mq_configuration" "this" {
  name           = "${local.broker_name}-${terraform_data.configuration.id}"
  description    = "Limits of ${local.broker_name}"
  engine_type    = "RabbitMQ"
  engine_version = var.engine_version

  # consumer_timeout: the default, stated. A delivery without an acknowledgement for 30 minutes goes back to its queue.
  data = join("\n", concat(["consumer_timeout = 1800000"], local.limits, [""]))

  # The broker must have its new configuration before the old one goes.
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_mq_broker" "this" {
  broker_name        = local.broker_name
  engine_type        = "RabbitMQ"
  engine_version     = var.engine_version
  host_instance_type = var.instance_class
  deployment_mode    = local.deployment

  # A version without a patch is accepted, and read back without one, only where minor upgrades are automatic.
  auto_minor_version_upgrade = true

  # Changes of class, version or configuration restart the nodes: they wait for the window, and the plan shows them till then.
  apply_immediately = false

  publicly_accessible = false
  subnet_ids          = var.subnet_ids

  # Exactly one: Amazon MQ cannot change the groups of a RabbitMQ broker. Who may reach it is a matter of the group's rules.
  security_groups = [var.security_group_id]

  configuration {
    id       = aws_mq_configuration.this.id
    revision = aws_mq_configuration.this.latest_revision
  }

  encryption_options {
    use_aws_owned_key = false
    kms_key_id        = var.kms_key_arn
  }

  # No audit: RabbitMQ has none, and naming it fails.
  logs {
    general = true
  }

  maintenance_window_start_time {
    day_of_week = var.maintenance_window.day_of_week
    time_of_day = var.maintenance_window.time_of_day
    time_zone   = var.maintenance_window.time_zone
  }

  user {
    username = var.admin.username
    password = var.admin.password
  }

  timeouts {
    create = "60m"
    update = "90m"
    delete = "60m"
  }

  lifecycle {
    # Amazon MQ takes users only at creation and never returns them: a changed password here would show in every plan and
    # do nothing. It is changed over the management API.
    ignore_changes = [user]

    precondition {
      condition     = var.client_connections <= local.class.connections
      error_message = "The clients open up to ${var.client_connections} connections, and ${var.instance_class} carries ${local.class.connections}: take a larger instance_class, or lower the concurrency of the publishing functions or the highest count of the workers."
    }
  }
}
