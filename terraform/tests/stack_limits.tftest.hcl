# What the root refuses: one run for each validation of a variable, each precondition of terraform_data.limits and each
# check. Values are those of envs/local.tfvars with one of them spoilt.
#
# Stand-ins take the modules' place. So a run plans hardly more than the limits, and no module refuses first what the
# root is to refuse; what the modules refuse is in their own files.

mock_provider "aws" {
  source          = "./tests/mocks/aws"
  override_during = plan
}

override_module {
  target = module.network
  outputs = {
    private_subnet_ids = ["subnet-a", "subnet-b", "subnet-c"]
    reachable          = {}
    vpc_id             = "vpc-1"
    security_group_ids = {
      broker          = "sg-broker"
      cluster         = "sg-cluster"
      commands        = "sg-commands"
      database_scaler = "sg-database-scaler"
      documents       = "sg-documents"
      mysql           = "sg-mysql"
      mysql_proxy     = "sg-mysql-proxy"
      nodes           = "sg-nodes"
      notifications   = "sg-notifications"
      overflow_relay  = "sg-overflow-relay"
      pricing         = "sg-pricing"
      queries         = "sg-queries"
      quotes          = "sg-quotes"
      users           = "sg-users"
    }
  }
}

override_module {
  target = module.security
  outputs = {
    broker_admin = { username = "ordersadmin", password = "stand-in" }
    key_arns     = { data = "data-key", logs = "logs-key", messages = "messages-key", secrets = "secrets-key" }
    secret_arns  = { broker = "broker-login", broker_admin = "broker-admin-login", documents = "documents-login", mysql = "mysql-login" }
  }
}

override_module {
  target = module.broker
  outputs = {
    amqp_port        = 5671
    arn              = "broker"
    broker_name      = "orders-local"
    connection_limit = 100
    deployment       = "CLUSTER_MULTI_AZ"
    host             = "broker.example"
    management_url   = "https://broker.example"
    memory_bytes     = 4294967296
    memory_watermark = 0.6
    nodes            = 3
  }
}

override_module {
  target = module.queues
  outputs = {
    arns  = { overflow = "overflow" }
    names = { overflow = "overflow", overflow-dead-letters = "overflow-dead-letters" }
    urls  = { overflow = "https://queues.example/overflow" }
  }
}

override_module {
  target = module.mysql
  outputs = {
    admin_secret_arn      = "mysql-admin-login"
    cluster_endpoint      = "mysql.example"
    cluster_id            = "orders-local-mysql"
    port                  = 3306
    proxy_endpoint        = "proxy.example"
    proxy_name            = "orders-local-mysql"
    proxy_reader_endpoint = "reader.proxy.example"
  }
}

override_module {
  target = module.documentdb
  outputs = {
    admin_secret_arn       = "documents-admin-login"
    cluster_id             = "orders-local-documents"
    endpoint               = "documents.example"
    port                   = 27017
    scaled_instance_prefix = "orders-local-documents-scaled-"
  }
}

override_module {
  target = module.functions
  outputs = {
    alias             = "live"
    alias_arns        = { commands = "commands", database_scaler = "database_scaler", queries = "queries", quotes = "quotes", users = "users" }
    alias_invoke_arns = { commands = "commands", queries = "queries", quotes = "quotes", users = "users" }
    event_source_ids  = {}

    event_source_states = { notifications = "Enabled", overflow_relay = "Enabled" }
    names = {
      commands        = "commands"
      database_scaler = "database_scaler"
      notifications   = "notifications"
      overflow_relay  = "overflow_relay"
      queries         = "queries"
      quotes          = "quotes"
      users           = "users"
    }
  }
}

override_module {
  target  = module.api
  outputs = { id = "api", endpoint = "https://api.example" }
}

override_module {
  target = module.workers
  outputs = {
    cluster_endpoint         = "https://cluster.example"
    cluster_name             = "orders-local"
    pricing_dimensions       = { LoadBalancer = "pricing", TargetGroup = "pricing" }
    pricing_host             = "pricing.example"
    pricing_target_group_arn = "pricing"
    repository_url           = "images.example"
    scale_in_policy_arn      = "scale-in"
    scale_out_policy_arn     = "scale-out"
    status                   = { cluster = "ACTIVE", nodes = "ACTIVE" }
  }
}

override_module {
  target  = module.monitoring
  outputs = { topic_arn = "alarms", unconfirmed_subscribers = [] }
}

variables {
  offline = true
}

# The values that the runs below spoil are good: each run fails for its own reason alone.
run "the_values_of_local_are_accepted" {
  command = plan

  assert {
    condition     = terraform_data.limits.input.reserved_concurrency == 61
    error_message = "Functions reserve ${terraform_data.limits.input.reserved_concurrency} environments."
  }
}

# Variables, in the order of variables.tf.

run "an_account_keeps_100_environments_unreserved" {
  command = plan

  variables {
    account = { concurrent_executions = 100 }
  }

  expect_failures = [var.account]
}

run "an_account_id_has_twelve_digits" {
  command = plan

  variables {
    account_id = "1234-5678-9012"
  }

  expect_failures = [var.account_id]
}

run "an_api_lets_requests_through" {
  command = plan

  variables {
    api = merge(var.api, { throttle = { rate_per_s = 0, burst = 250 } })
  }

  expect_failures = [var.api]
}

run "tokens_come_from_an_https_issuer" {
  command = plan

  variables {
    api = merge(var.api, { jwt = { issuer = "identity.orders.example", audience = ["orders-api"] } })
  }

  expect_failures = [var.api]
}

run "an_integration_takes_no_longer_than_an_http_api_waits" {
  command = plan

  variables {
    api = merge(var.api, { integration_timeout_s = 31 })
  }

  expect_failures = [var.api]
}

run "not_every_web_origin_may_call" {
  command = plan

  variables {
    api = merge(var.api, { cors = { allow_origins = ["*"] } })
  }

  expect_failures = [var.api]
}

run "an_architecture_is_one_that_lambda_has" {
  command = plan

  variables {
    architecture = "amd64"
  }

  expect_failures = [var.architecture]
}

run "the_stack_spreads_over_three_zones" {
  command = plan

  variables {
    availability_zones = ["eu-central-1a", "eu-central-1b", "eu-central-1b"]
  }

  expect_failures = [var.availability_zones]
}

run "zones_lie_in_the_region" {
  command = plan

  variables {
    availability_zones = ["eu-central-1a", "eu-central-1b", "eu-west-1a"]
  }

  expect_failures = [var.availability_zones]
}

run "steps_of_nodes_do_not_chase_each_other" {
  command = plan

  variables {
    cluster = merge(var.cluster, { nodes = merge(var.cluster.nodes, { cpu_low = 61, cpu_high = 80 }) })
  }

  expect_failures = [var.cluster]
}

run "steps_of_documentdb_do_not_chase_each_other" {
  command = plan

  variables {
    documents = merge(var.documents, { cpu_low = 36, cpu_high = 70 })
  }

  expect_failures = [var.documents]
}

run "documentdb_is_of_a_version_that_queries_are_held_to" {
  command = plan

  variables {
    documents = merge(var.documents, { engine_version = "3.6.0" })
  }

  expect_failures = [var.documents]
}

run "an_environment_is_local_dev_or_prod" {
  command = plan

  variables {
    environment = "staging"
  }

  expect_failures = [var.environment]
}

run "functions_are_those_of_the_application" {
  command = plan

  variables {
    functions = merge(var.functions, { reports = { memory_mb = 256, timeout_s = 10 } })
    packages  = merge(var.packages, { reports = var.packages["users"] })
  }

  expect_failures = [var.functions]
}

run "only_one_scaler_runs_at_a_time" {
  command = plan

  variables {
    functions = merge(var.functions, { database_scaler = { memory_mb = 256, timeout_s = 60, reserved_concurrency = 2 } })
  }

  expect_failures = [var.functions]
}

run "a_log_level_is_one_of_four" {
  command = plan

  variables {
    log_level = "info"
  }

  expect_failures = [var.log_level]
}

run "a_name_fits_into_every_resource_name" {
  command = plan

  variables {
    name = "Orders_and_more"
  }

  expect_failures = [var.name]
}

run "prods_alarms_reach_somebody" {
  command = plan

  variables {
    environment = "prod"
    protection  = merge(var.protection, { deletion_protection = true, backup_retention_days = 7 })
    monitoring  = { subscribers = [] }
  }

  expect_failures = [var.monitoring]
}

run "every_function_has_a_package" {
  command = plan

  variables {
    packages = { for name, package in var.packages : name => package if name != "users" }
  }

  expect_failures = [var.packages]
}

run "quotes_answers_before_its_own_timeout" {
  command = plan

  variables {
    pricing_deadline_s = 5
  }

  expect_failures = [var.pricing_deadline_s]
}

run "prod_is_protected" {
  command = plan

  variables {
    environment = "prod"
    monitoring  = { subscribers = ["on-call@orders.example"] }
    protection  = merge(var.protection, { deletion_protection = true, backup_retention_days = 6 })
  }

  expect_failures = [var.protection]
}

run "the_overflow_outlasts_an_outage_of_hours" {
  command = plan

  variables {
    queues = { overflow = { visibility_timeout_s = 120, max_receive_count = 99 } }
  }

  expect_failures = [var.queues]
}

run "a_region_is_one_of_aws" {
  command = plan

  variables {
    # The zones begin with it, so they are not what is refused.
    region = "eu"
  }

  expect_failures = [var.region]
}

run "a_throttle_is_of_a_route_that_exists" {
  command = plan

  variables {
    route_throttles = { "POST /v1/user" = { rate_per_s = 50, burst = 50 } }
  }

  expect_failures = [var.route_throttles]
}

run "routes_lead_to_functions_that_answer_http" {
  command = plan

  variables {
    route_throttles = {}
    routes          = { "POST /v1/notifications" = { function = "notifications" } }
  }

  expect_failures = [var.routes]
}

run "a_runtime_is_a_python_that_lambda_has" {
  command = plan

  variables {
    runtime = "python3.10"
  }

  expect_failures = [var.runtime]
}

run "workers_are_those_of_the_application" {
  command = plan

  variables {
    workers = merge(var.workers, { reports = var.workers["migrate"] })
  }

  expect_failures = [var.workers]
}

run "a_worker_has_at_least_one_replica" {
  command = plan

  variables {
    workers = merge(var.workers, { outbox = merge(var.workers["outbox"], { replicas = { minimum = 0, maximum = 4 } }) })
  }

  expect_failures = [var.workers]
}

run "queues_are_not_polled_more_often_than_their_figures_change" {
  command = plan

  variables {
    workers = merge(var.workers, { orders = merge(var.workers["orders"], { polling_s = 59 }) })
  }

  expect_failures = [var.workers]
}

run "what_scales_has_a_target" {
  command = plan

  variables {
    workers = merge(var.workers, { pricing = merge(var.workers["pricing"], { target_value = null }) })
  }

  expect_failures = [var.workers]
}

run "a_batch_fits_the_prefetch" {
  command = plan

  variables {
    workers = merge(var.workers, { read_model = merge(var.workers["read_model"], { prefetch = 100, batch_size = 101 }) })
  }

  expect_failures = [var.workers]
}

run "a_worker_ends_within_a_drain" {
  command = plan

  variables {
    workers = merge(var.workers, { orders = merge(var.workers["orders"], { grace_s = 301 }) })
  }

  expect_failures = [var.workers]
}

# Preconditions, in the order of limits.tf.

run "reservations_fit_the_account" {
  command = plan

  variables {
    # One environment less than the functions reserve and the account keeps.
    account = { concurrent_executions = 160 }
  }

  expect_failures = [terraform_data.limits]
}

run "the_connections_of_an_aurora_class_are_known" {
  command = plan

  variables {
    mysql = merge(var.mysql, { instance_class = "db.x2g.large" })
  }

  expect_failures = [terraform_data.limits]
}

run "workers_find_connections_that_rds_proxy_leaves" {
  command = plan

  variables {
    # 13 of 90 connections; the proxy leaves 12.
    mysql = merge(var.mysql, { proxy = { max_connections_percent = 86 } })
  }

  expect_failures = [terraform_data.limits]
}

run "the_connections_of_a_documentdb_class_are_known" {
  command = plan

  variables {
    documents = merge(var.documents, { instance_class = "db.x2g.large" })
  }

  expect_failures = [terraform_data.limits]
}

run "connections_fit_documentdb" {
  command = plan

  variables {
    # Six for each of 157 replicas and the migration, three for each of 18 environments: 1002 against 1000.
    workers = merge(var.workers, { read_model = merge(var.workers["read_model"], { replicas = { minimum = 1, maximum = 157 } }) })
  }

  expect_failures = [terraform_data.limits]
}

run "who_holds_broker_connections_is_bounded" {
  command = plan

  variables {
    functions = merge(var.functions, { notifications = { memory_mb = 256, timeout_s = 30 } })
  }

  expect_failures = [terraform_data.limits]
}

run "sqs_batches_are_not_throttled" {
  command = plan

  variables {
    event_sources = merge(var.event_sources, { overflow_relay = { batch_size = 10, window_s = 0, maximum_concurrency = 11 } })
  }

  expect_failures = [terraform_data.limits]
}

# Checks, in the order of checks.tf.

run "an_event_source_that_is_not_enabled_is_reported" {
  command = plan

  override_module {
    target = module.functions
    outputs = {
      alias             = "live"
      alias_arns        = { commands = "commands", database_scaler = "database_scaler", queries = "queries", quotes = "quotes", users = "users" }
      alias_invoke_arns = { commands = "commands", queries = "queries", quotes = "quotes", users = "users" }
      event_source_ids  = {}

      event_source_states = { notifications = "Disabled", overflow_relay = "Enabled" }
      names = {
        commands        = "commands"
        database_scaler = "database_scaler"
        notifications   = "notifications"
        overflow_relay  = "overflow_relay"
        queries         = "queries"
        quotes          = "quotes"
        users           = "users"
      }
    }
  }

  expect_failures = [check.event_sources_enabled]
}

run "a_cluster_that_is_not_active_is_reported" {
  command = plan

  override_module {
    target = module.workers
    outputs = {
      cluster_endpoint         = "https://cluster.example"
      cluster_name             = "orders-local"
      pricing_dimensions       = { LoadBalancer = "pricing", TargetGroup = "pricing" }
      pricing_host             = "pricing.example"
      pricing_target_group_arn = "pricing"
      repository_url           = "images.example"
      scale_in_policy_arn      = "scale-in"
      scale_out_policy_arn     = "scale-out"
      status                   = { cluster = "ACTIVE", nodes = "DEGRADED" }
    }
  }

  expect_failures = [check.cluster_active]
}

run "a_subscriber_who_hears_of_no_alarm_is_reported" {
  command = plan

  override_module {
    target  = module.monitoring
    outputs = { topic_arn = "alarms", unconfirmed_subscribers = ["on-call@orders.example"] }
  }

  expect_failures = [check.alarms_reach_somebody]
}
