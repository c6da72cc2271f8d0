# The functions: what they run as, who may call them and what calls them, and each input that is refused.

mock_provider "aws" {
  source          = "./tests/mocks/aws"
  override_during = plan
}

variables {
  account_id              = "123456789012"
  environment_kms_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/11111111-1111-1111-1111-111111111111"
  log_kms_key_arn         = "arn:aws:kms:eu-central-1:123456789012:key/22222222-2222-2222-2222-222222222222"
  log_retention_days      = 30
  name                    = "orders-test"
  region                  = "eu-central-1"
  subnet_ids              = ["subnet-a", "subnet-b", "subnet-c"]

  functions = {
    commands = {
      architecture         = "x86_64"
      description          = "Takes orders and cancellations"
      environment          = { LOG_LEVEL = "INFO", BROKER_URL = "amqps://broker.example:5671" }
      handler              = "handler.handler"
      memory_mb            = 512
      package              = { path = "commands.zip", sha256 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" }
      provisioned          = { minimum = 8, maximum = 16, target_utilization = 0.7, cooldown_in_s = 300, cooldown_out_s = 60 }
      reserved_concurrency = 16
      runtime              = "python3.12"
      security_group_id    = "sg-commands"
      timeout_s            = 10

      statements = [{
        sid       = "SendToOverflow"
        actions   = ["sqs:SendMessage"]
        resources = ["arn:aws:sqs:eu-central-1:123456789012:orders-test-overflow"]
        conditions = [{
          test     = "StringEquals"
          variable = "aws:SourceVpc"
          values   = ["vpc-1"]
        }]
      }]
    }

    notifications = {
      architecture         = "arm64"
      description          = "Writes notifications"
      environment          = { LOG_LEVEL = "INFO" }
      handler              = "handler.handler"
      memory_mb            = 256
      package              = { path = "notifications.zip", sha256 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" }
      reserved_concurrency = null
      runtime              = "python3.13"
      security_group_id    = "sg-notifications"
      timeout_s            = 30
      statements           = []
    }

    overflow_relay = {
      architecture         = "x86_64"
      description          = "Carries the overflow to the broker"
      environment          = { LOG_LEVEL = "INFO" }
      handler              = "handler.handler"
      memory_mb            = 256
      package              = { path = "overflow_relay.zip", sha256 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" }
      reserved_concurrency = 10
      runtime              = "python3.12"
      security_group_id    = "sg-overflow-relay"
      timeout_s            = 20
      statements           = []
    }
  }

  rabbitmq_event_sources = {
    notifications = {
      batch_size   = 100
      broker_arn   = "arn:aws:mq:eu-central-1:123456789012:broker:orders-test:b-1"
      function     = "notifications"
      queue        = "notifications"
      secret_arn   = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:orders-test-broker"
      virtual_host = "/"
      window_s     = 0.5
    }
  }

  sqs_event_sources = {
    overflow_relay = {
      batch_size          = 10
      function            = "overflow_relay"
      maximum_concurrency = 10
      queue_arn           = "arn:aws:sqs:eu-central-1:123456789012:orders-test-overflow"
      window_s            = 0
    }
  }
}

run "names_are_known_and_carry_the_prefix" {
  command = plan

  module {
    source = "./modules/functions"
  }

  assert {
    condition     = output.names == { commands = "orders-test-commands", notifications = "orders-test-notifications", overflow_relay = "orders-test-overflow-relay" }
    error_message = "Function names are the prefix and the key with hyphens."
  }

  assert {
    condition     = output.role_names["overflow_relay"] == "orders-test-overflow-relay-function"
    error_message = "Role names are the function's with -function."
  }

  assert {
    condition     = output.log_group_names["commands"] == "/aws/lambda/orders-test-commands"
    error_message = "Log groups bear the function's name."
  }

  assert {
    condition     = output.alias == "live"
    error_message = "Callers use the alias live."
  }
}

run "every_function_is_traced_encrypted_attached_and_published" {
  command = plan

  module {
    source = "./modules/functions"
  }

  assert {
    condition     = alltrue([for f in aws_lambda_function.this : f.tracing_config[0].mode == "Active"])
    error_message = "Every function is traced."
  }

  assert {
    condition     = alltrue([for f in aws_lambda_function.this : f.kms_key_arn == var.environment_kms_key_arn])
    error_message = "Every environment is encrypted with the given key."
  }

  assert {
    condition     = alltrue([for key, f in aws_lambda_function.this : f.vpc_config[0].security_group_ids == toset([var.functions[key].security_group_id])])
    error_message = "Every function has its own security group and no other."
  }

  assert {
    condition     = alltrue([for f in aws_lambda_function.this : f.vpc_config[0].subnet_ids == toset(var.subnet_ids)])
    error_message = "Every function is attached to all private subnets."
  }

  assert {
    condition     = alltrue([for f in aws_lambda_function.this : f.publish])
    error_message = "Every change of a function is published as a version."
  }

  assert {
    condition     = alltrue([for key, a in aws_lambda_alias.this : a.function_version == aws_lambda_function.this[key].version && a.name == "live"])
    error_message = "The alias is on the version just published."
  }
}

run "sizes_and_package_reach_the_function" {
  command = plan

  module {
    source = "./modules/functions"
  }

  assert {
    condition     = aws_lambda_function.this["commands"].memory_size == 512 && aws_lambda_function.this["commands"].timeout == 10
    error_message = "Memory and timeout are the given ones."
  }

  assert {
    condition     = aws_lambda_function.this["notifications"].architectures == tolist(["arm64"]) && aws_lambda_function.this["notifications"].runtime == "python3.13"
    error_message = "Architecture and runtime are the given ones."
  }

  assert {
    condition     = aws_lambda_function.this["commands"].filename == "commands.zip" && aws_lambda_function.this["commands"].source_code_hash == var.functions.commands.package.sha256
    error_message = "The package is pinned by its hash."
  }

  assert {
    condition     = aws_lambda_function.this["commands"].environment[0].variables == tomap(var.functions.commands.environment)
    error_message = "The environment is the given one."
  }

  assert {
    condition     = aws_lambda_function.this["commands"].reserved_concurrent_executions == 16
    error_message = "Reserved concurrency is the given one."
  }

  assert {
    condition     = aws_lambda_function.this["notifications"].reserved_concurrent_executions == -1
    error_message = "No reserved concurrency means the common pool."
  }
}

run "logs_are_json_in_a_group_of_ours" {
  command = plan

  module {
    source = "./modules/functions"
  }

  assert {
    condition     = alltrue([for key, f in aws_lambda_function.this : f.logging_config[0].log_format == "JSON" && f.logging_config[0].log_group == aws_cloudwatch_log_group.this[key].name])
    error_message = "Every function writes JSON to its own group."
  }

  assert {
    condition     = alltrue([for f in aws_lambda_function.this : f.logging_config[0].application_log_level == "TRACE"])
    error_message = "Lambda filters no line of the code; LOG_LEVEL decides."
  }

  assert {
    condition     = alltrue([for g in aws_cloudwatch_log_group.this : g.retention_in_days == 30 && g.kms_key_id == var.log_kms_key_arn])
    error_message = "Every log group has an end and a key."
  }

  assert {
    condition     = !contains(flatten([for d in data.aws_iam_policy_document.this : [for s in d.statement : tolist(s.actions)]]), "logs:CreateLogGroup")
    error_message = "No role may make a log group."
  }

  assert {
    condition     = tolist(one([for s in data.aws_iam_policy_document.this["commands"].statement : s if s.sid == "WriteLogs"]).resources) == tolist(["arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/orders-test-commands:*"])
    error_message = "A role writes to its own group only."
  }
}

run "provisioned_concurrency_follows_use_by_target_tracking_of_the_alias" {
  command = plan

  module {
    source = "./modules/functions"
  }

  assert {
    condition     = keys(aws_appautoscaling_target.provisioned) == ["commands"]
    error_message = "Only functions with provisioned concurrency scale it."
  }

  assert {
    condition     = aws_appautoscaling_target.provisioned["commands"].resource_id == "function:orders-test-commands:live"
    error_message = "The target is the alias."
  }

  assert {
    condition     = aws_appautoscaling_target.provisioned["commands"].min_capacity == 8 && aws_appautoscaling_target.provisioned["commands"].max_capacity == 16
    error_message = "The bounds are the given ones."
  }

  assert {
    condition     = aws_appautoscaling_policy.provisioned["commands"].policy_type == "TargetTrackingScaling"
    error_message = "The policy is target tracking; AWS takes no step policy here."
  }

  assert {
    condition     = aws_appautoscaling_policy.provisioned["commands"].target_tracking_scaling_policy_configuration[0].predefined_metric_specification[0].predefined_metric_type == "LambdaProvisionedConcurrencyUtilization"
    error_message = "It tracks the utilization."
  }

  assert {
    condition     = aws_appautoscaling_policy.provisioned["commands"].target_tracking_scaling_policy_configuration[0].target_value == 0.7
    error_message = "The target is the given share."
  }

  assert {
    condition     = aws_appautoscaling_policy.provisioned["commands"].target_tracking_scaling_policy_configuration[0].scale_in_cooldown == 300 && aws_appautoscaling_policy.provisioned["commands"].target_tracking_scaling_policy_configuration[0].scale_out_cooldown == 60
    error_message = "The cooldowns are the given ones."
  }
}

run "the_overflow_calls_the_alias_and_reports_single_failures" {
  command = plan

  module {
    source = "./modules/functions"
  }

  assert {
    condition     = aws_lambda_event_source_mapping.sqs["overflow_relay"].function_name == aws_lambda_alias.this["overflow_relay"].arn
    error_message = "The queue calls the alias."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.sqs["overflow_relay"].event_source_arn == var.sqs_event_sources.overflow_relay.queue_arn
    error_message = "The source is the given queue."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.sqs["overflow_relay"].function_response_types == toset(["ReportBatchItemFailures"])
    error_message = "Only failed messages come again."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.sqs["overflow_relay"].scaling_config[0].maximum_concurrency == 10
    error_message = "The batches in progress are bounded."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.sqs["overflow_relay"].batch_size == 10 && aws_lambda_event_source_mapping.sqs["overflow_relay"].maximum_batching_window_in_seconds == 0
    error_message = "Batch and window are the given ones."
  }

  assert {
    condition     = one([for s in data.aws_iam_policy_document.this["overflow_relay"].statement : s if s.sid == "ConsumeQueues"]).actions == toset(["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"])
    error_message = "The role may consume the queue and no more."
  }

  assert {
    condition     = tolist(one([for s in data.aws_iam_policy_document.this["overflow_relay"].statement : s if s.sid == "ConsumeQueues"]).resources) == tolist([var.sqs_event_sources.overflow_relay.queue_arn])
    error_message = "The role may consume that queue only."
  }
}

run "the_broker_calls_the_alias_once_somebody_enables_it" {
  command = plan

  module {
    source = "./modules/functions"
  }

  assert {
    condition     = aws_lambda_event_source_mapping.rabbitmq["notifications"].enabled == false
    error_message = "The source begins disabled: its queue does not exist yet."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.rabbitmq["notifications"].function_name == aws_lambda_alias.this["notifications"].arn
    error_message = "The broker calls the alias."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.rabbitmq["notifications"].queues == tolist(["notifications"])
    error_message = "The queue is the given one."
  }

  assert {
    condition     = { for c in aws_lambda_event_source_mapping.rabbitmq["notifications"].source_access_configuration : c.type => c.uri } == { BASIC_AUTH = var.rabbitmq_event_sources.notifications.secret_arn, VIRTUAL_HOST = "/" }
    error_message = "The pollers log in with the given secret at the given virtual host."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.rabbitmq["notifications"].maximum_batching_window_in_seconds == null
    error_message = "Half a second is AWS's default and is left out."
  }

  assert {
    condition     = tolist(one([for s in data.aws_iam_policy_document.this["notifications"].statement : s if s.sid == "DescribeBroker"]).resources) == tolist([var.rabbitmq_event_sources.notifications.broker_arn])
    error_message = "The role may describe that broker."
  }

  assert {
    condition     = tolist(one([for s in data.aws_iam_policy_document.this["notifications"].statement : s if s.sid == "ReadBrokerCredentials"]).resources) == tolist([var.rabbitmq_event_sources.notifications.secret_arn])
    error_message = "The role may read that secret."
  }

  assert {
    condition     = contains(tolist(one([for s in data.aws_iam_policy_document.this["notifications"].statement : s if s.sid == "AnyResourceNetworkLookup"]).actions), "ec2:DescribeVpcs")
    error_message = "The pollers look up the broker's network."
  }
}

run "a_longer_window_is_passed_on" {
  command = plan

  module {
    source = "./modules/functions"
  }

  variables {
    rabbitmq_event_sources = {
      notifications = merge(var.rabbitmq_event_sources.notifications, { window_s = 5 })
    }
  }

  assert {
    condition     = aws_lambda_event_source_mapping.rabbitmq["notifications"].maximum_batching_window_in_seconds == 5
    error_message = "Whole seconds are passed on."
  }
}

run "a_role_holds_its_own_statements_and_nobody_elses" {
  command = plan

  module {
    source = "./modules/functions"
  }

  assert {
    condition     = tolist(one([for s in data.aws_iam_policy_document.this["commands"].statement : s if s.sid == "SendToOverflow"]).resources) == tolist(["arn:aws:sqs:eu-central-1:123456789012:orders-test-overflow"])
    error_message = "The statement names its resource."
  }

  assert {
    condition     = one(one([for s in data.aws_iam_policy_document.this["commands"].statement : s if s.sid == "SendToOverflow"]).condition).variable == "aws:SourceVpc"
    error_message = "The statement keeps its condition."
  }

  assert {
    condition     = tolist(data.aws_iam_policy_document.this["notifications"].statement[*].sid) == tolist(["WriteLogs", "DecryptEnvironment", "AnyResourceTracing", "AnyResourceNetworkInterfaces", "AnyResourceNetworkLookup", "AnyResourceDenyNetworkToCode", "DescribeBroker", "ReadBrokerCredentials"])
    error_message = "The role of notifications has what its source needs and no statement of commands."
  }

  assert {
    condition     = tolist(data.aws_iam_policy_document.this["overflow_relay"].statement[*].sid) == tolist(["WriteLogs", "DecryptEnvironment", "AnyResourceTracing", "AnyResourceNetworkInterfaces", "AnyResourceNetworkLookup", "AnyResourceDenyNetworkToCode", "ConsumeQueues"])
    error_message = "The role of overflow_relay may consume its queue and touches no broker."
  }

  assert {
    condition     = alltrue([for key, p in aws_iam_role_policy.this : p.role == aws_iam_role.this[key].name])
    error_message = "Each policy is on the role of its function."
  }

  assert {
    condition     = one(one(data.aws_iam_policy_document.trust.statement).principals).identifiers == toset(["lambda.amazonaws.com"])
    error_message = "Only Lambda assumes the roles."
  }
}

run "any_resource_is_said_so_and_denied_to_the_code" {
  command = plan

  module {
    source = "./modules/functions"
  }

  assert {
    condition     = alltrue(flatten([for d in data.aws_iam_policy_document.this : [for s in d.statement : [for r in s.resources : startswith(s.sid, "AnyResource") || !(r == "*" || endswith(r, ":*/*"))]]]))
    error_message = "A statement on any resource has a sid that begins with AnyResource."
  }

  assert {
    condition     = one([for s in data.aws_iam_policy_document.this["notifications"].statement : s if s.sid == "AnyResourceDenyNetworkToCode"]).effect == "Deny"
    error_message = "The code is denied the network."
  }

  assert {
    condition     = one([for s in data.aws_iam_policy_document.this["notifications"].statement : s if s.sid == "AnyResourceDenyNetworkToCode"]).actions == setunion(one([for s in data.aws_iam_policy_document.this["notifications"].statement : s if s.sid == "AnyResourceNetworkInterfaces"]).actions, one([for s in data.aws_iam_policy_document.this["notifications"].statement : s if s.sid == "AnyResourceNetworkLookup"]).actions)
    error_message = "The code is denied all that Lambda is allowed in the network."
  }

  assert {
    condition     = one(one([for s in data.aws_iam_policy_document.this["notifications"].statement : s if s.sid == "AnyResourceDenyNetworkToCode"]).condition).variable == "lambda:SourceFunctionArn" && tolist(one(one([for s in data.aws_iam_policy_document.this["notifications"].statement : s if s.sid == "AnyResourceDenyNetworkToCode"]).condition).values) == tolist(["arn:aws:lambda:eu-central-1:123456789012:function:orders-test-notifications"])
    error_message = "The denial is for this function's code."
  }
}

run "account_id_must_be_twelve_digits" {
  command = plan

  module {
    source = "./modules/functions"
  }

  variables {
    account_id = "1234"
  }

  expect_failures = [var.account_id]
}

run "alias_must_not_be_a_number" {
  command = plan

  module {
    source = "./modules/functions"
  }

  variables {
    alias = "7"
  }

  expect_failures = [var.alias]
}

run "function_keys_must_be_lower_case" {
  command = plan

  module {
    source = "./modules/functions"
  }

  variables {
    functions = merge(var.functions, {
      Queries = var.functions.commands
    })
  }

  expect_failures = [var.functions]
}

run "architecture_must_be_one_of_lambdas" {
  command = plan

  module {
    source = "./modules/functions"
  }

  variables {
    functions = merge(var.functions, {
      commands = merge(var.functions.commands, { architecture = "amd64" })
    })
  }

  expect_failures = [var.functions]
}

run "runtime_must_be_a_python_of_lambdas" {
  command = plan

  module {
    source = "./modules/functions"
  }

  variables {
    functions = merge(var.functions, {
      commands = merge(var.functions.commands, { runtime = "python3.14" })
    })
  }

  expect_failures = [var.functions]
}

run "handler_must_name_module_and_function" {
  command = plan

  module {
    source = "./modules/functions"
  }

  variables {
    functions = merge(var.functions, {
      commands = merge(var.functions.commands, { handler = "handler" })
    })
  }

  expect_failures = [var.functions]
}

run "description_must_say_something" {
  command = plan

  module {
    source = "./modules/functions"
  }

  variables {
    functions = merge(var.functions, {
      commands = merge(var.functions.commands, { description = "" })
    })
  }

  expect_failures = [var.functions]
}

run "memory_must_be_within_lambdas_limits" {
  command = plan

  module {
    source = "./modules/functions"
  }

  variables {
    functions = merge(var.functions, {
      commands = merge(var.functions.commands, { memory_mb = 64 })
    })
  }

  expect_failures = [var.functions]
}

run "timeout_must_be_within_lambdas_limits" {
  command = plan

  module {
    source = "./modules/functions"
  }

  variables {
    functions = merge(var.functions, {
      commands = merge(var.functions.commands, { timeout_s = 901 })
    })
  }

  expect_failures = [var.functions]
}

run "reserved_concurrency_must_not_switch_off" {
  command = plan

  module {
    source = "./modules/functions"
  }

  variables {
    functions = merge(var.functions, {
      commands = merge(var.functions.commands, { reserved_concurrency = 0 })
    })
  }

  expect_failures = [var.functions]
}

run "provisioned_bounds_must_be_in_order" {
  command = plan

  module {
    source = "./modules/functions"
  }

  variables {
    functions = merge(var.functions, {
      commands = merge(var.functions.commands, {
        provisioned = merge(var.functions.commands.provisioned, { minimum = 9, maximum = 8 })
      })
    })
  }

  expect_failures = [var.functions]
}

run "provisioned_must_not_exceed_reserved" {
  command = plan

  module {
    source = "./modules/functions"
  }

  variables {
    functions = merge(var.functions, {
      commands = merge(var.functions.commands, {
        provisioned = merge(var.functions.commands.provisioned, { maximum = 17 })
      })
    })
  }

  expect_failures = [var.functions]
}

run "target_utilization_must_be_a_share" {
  command = plan

  module {
    source = "./modules/functions"
  }

  variables {
    functions = merge(var.functions, {
      commands = merge(var.functions.commands, {
        provisioned = merge(var.functions.commands.provisioned, { target_utilization = 70 })
      })
    })
  }

  expect_failures = [var.functions]
}

run "cooldowns_must_not_be_negative" {
  command = plan

  module {
    source = "./modules/functions"
  }

  variables {
    functions = merge(var.functions, {
      commands = merge(var.functions.commands, {
        provisioned = merge(var.functions.commands.provisioned, { cooldown_in_s = -1 })
      })
    })
  }

  expect_failures = [var.functions]
}

run "package_hash_must_be_a_base64_sha256" {
  command = plan

  module {
    source = "./modules/functions"
  }

  variables {
    functions = merge(var.functions, {
      commands = merge(var.functions.commands, {
        package = { path = "commands.zip", sha256 = "e3b0c442" }
      })
    })
  }

  expect_failures = [var.functions]
}

run "statements_must_be_whole" {
  command = plan

  module {
    source = "./modules/functions"
  }

  variables {
    functions = merge(var.functions, {
      commands = merge(var.functions.commands, {
        statements = [{ sid = "Send it", actions = ["sqs:SendMessage"], resources = ["arn:aws:sqs:eu-central-1:123456789012:q"] }]
      })
    })
  }

  expect_failures = [var.functions]
}

run "statements_must_name_their_actions" {
  command = plan

  module {
    source = "./modules/functions"
  }

  variables {
    functions = merge(var.functions, {
      commands = merge(var.functions.commands, {
        statements = [{ sid = "All", actions = ["sqs:*"], resources = ["arn:aws:sqs:eu-central-1:123456789012:q"] }]
      })
    })
  }

  expect_failures = [var.functions]
}

run "statements_must_name_their_resources" {
  command = plan

  module {
    source = "./modules/functions"
  }

  variables {
    functions = merge(var.functions, {
      commands = merge(var.functions.commands, {
        statements = [{ sid = "Send", actions = ["sqs:SendMessage"], resources = ["*"] }]
      })
    })
  }

  expect_failures = [var.functions]
}

run "retention_must_be_one_of_cloudwatchs" {
  command = plan

  module {
    source = "./modules/functions"
  }

  variables {
    log_retention_days = 31
  }

  expect_failures = [var.log_retention_days]
}

run "name_must_be_a_prefix" {
  command = plan

  module {
    source = "./modules/functions"
  }

  variables {
    name = "Orders"
  }

  expect_failures = [var.name]
}

run "rabbitmq_source_must_name_a_function" {
  command = plan

  module {
    source = "./modules/functions"
  }

  variables {
    rabbitmq_event_sources = {
      notifications = merge(var.rabbitmq_event_sources.notifications, { function = "notification" })
    }
  }

  expect_failures = [var.rabbitmq_event_sources]
}

run "rabbitmq_batch_must_be_within_limits" {
  command = plan

  module {
    source = "./modules/functions"
  }

  variables {
    rabbitmq_event_sources = {
      notifications = merge(var.rabbitmq_event_sources.notifications, { batch_size = 10001 })
    }
  }

  expect_failures = [var.rabbitmq_event_sources]
}

run "rabbitmq_window_must_be_a_half_or_whole_seconds" {
  command = plan

  module {
    source = "./modules/functions"
  }

  variables {
    rabbitmq_event_sources = {
      notifications = merge(var.rabbitmq_event_sources.notifications, { window_s = 1.5 })
    }
  }

  expect_failures = [var.rabbitmq_event_sources]
}

run "rabbitmq_queue_must_not_be_empty" {
  command = plan

  module {
    source = "./modules/functions"
  }

  variables {
    rabbitmq_event_sources = {
      notifications = merge(var.rabbitmq_event_sources.notifications, { queue = "" })
    }
  }

  expect_failures = [var.rabbitmq_event_sources]
}

run "rabbitmq_function_must_end_within_14_minutes" {
  command = plan

  module {
    source = "./modules/functions"
  }

  variables {
    functions = merge(var.functions, {
      notifications = merge(var.functions.notifications, { timeout_s = 900 })
    })
  }

  expect_failures = [var.rabbitmq_event_sources]
}

run "region_must_be_a_region" {
  command = plan

  module {
    source = "./modules/functions"
  }

  variables {
    region = "frankfurt"
  }

  expect_failures = [var.region]
}

run "sqs_source_must_name_a_function" {
  command = plan

  module {
    source = "./modules/functions"
  }

  variables {
    sqs_event_sources = {
      overflow_relay = merge(var.sqs_event_sources.overflow_relay, { function = "relay" })
    }
  }

  expect_failures = [var.sqs_event_sources]
}

run "sqs_batch_must_be_within_limits" {
  command = plan

  module {
    source = "./modules/functions"
  }

  variables {
    sqs_event_sources = {
      overflow_relay = merge(var.sqs_event_sources.overflow_relay, { batch_size = 0 })
    }
  }

  expect_failures = [var.sqs_event_sources]
}

run "sqs_window_must_be_whole_seconds" {
  command = plan

  module {
    source = "./modules/functions"
  }

  variables {
    sqs_event_sources = {
      overflow_relay = merge(var.sqs_event_sources.overflow_relay, { window_s = 0.5 })
    }
  }

  expect_failures = [var.sqs_event_sources]
}

run "a_large_sqs_batch_needs_a_window" {
  command = plan

  module {
    source = "./modules/functions"
  }

  variables {
    sqs_event_sources = {
      overflow_relay = merge(var.sqs_event_sources.overflow_relay, { batch_size = 11 })
    }
  }

  expect_failures = [var.sqs_event_sources]
}

run "sqs_concurrency_must_be_at_least_two" {
  command = plan

  module {
    source = "./modules/functions"
  }

  variables {
    sqs_event_sources = {
      overflow_relay = merge(var.sqs_event_sources.overflow_relay, { maximum_concurrency = 1 })
    }
  }

  expect_failures = [var.sqs_event_sources]
}

run "sqs_concurrency_must_not_exceed_reserved" {
  command = plan

  module {
    source = "./modules/functions"
  }

  variables {
    sqs_event_sources = {
      overflow_relay = merge(var.sqs_event_sources.overflow_relay, { maximum_concurrency = 11 })
    }
  }

  expect_failures = [var.sqs_event_sources]
}

run "subnets_must_span_zones" {
  command = plan

  module {
    source = "./modules/functions"
  }

  variables {
    subnet_ids = ["subnet-a"]
  }

  expect_failures = [var.subnet_ids]
}
