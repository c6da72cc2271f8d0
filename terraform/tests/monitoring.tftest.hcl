mock_provider "aws" {
  source          = "./tests/mocks/aws"
  override_during = plan
}

variables {
  name                  = "orders-test"
  account_id            = "123456789012"
  region                = "eu-central-1"
  kms_key_arn           = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  subscribers           = ["on-call@example.com"]
  broker_engine_version = "4.2"

  action_arns = {
    scale_in_nodes  = "arn:aws:autoscaling:eu-central-1:123456789012:scalingPolicy:1:autoScalingGroupName/eks:policyName/in"
    scale_out_nodes = "arn:aws:autoscaling:eu-central-1:123456789012:scalingPolicy:2:autoScalingGroupName/eks:policyName/out"
  }

  scaler = {
    function_name     = "orders-test-database-scaler"
    qualifier         = "live"
    alias_arn         = "arn:aws:lambda:eu-central-1:123456789012:function:orders-test-database-scaler:live"
    actions           = ["scale_in_documents", "scale_out_documents"]
    reconcile_minutes = 5
  }

  alarms = {
    api_latency = {
      description = "p99 latency of the API", tier = "api", namespace = "AWS/ApiGateway", metric = "Latency", statistic = "p99",
      period_s    = 60, evaluation_periods = 5, datapoints = 3, threshold = 1500, comparison = "GreaterThanThreshold",
      dimensions  = { ApiId = "a1b2c3d4" }, missing_data = "notBreaching", actions = ["notify"]
    }
    broker_memory = {
      description = "Memory of a broker node", tier = "broker", namespace = "AWS/AmazonMQ", metric = "RabbitMQMemUsed", statistic = "Maximum",
      period_s    = 60, evaluation_periods = 3, datapoints = 2, threshold = 3000000000, comparison = "GreaterThanOrEqualToThreshold",
      dimensions  = { Broker = "orders-test" }, across = ["Node"], missing_data = "breaching", actions = ["notify"]
    }
    broker_disk = {
      description = "Free disk of a broker node", tier = "broker", namespace = "AWS/AmazonMQ", metric = "RabbitMQDiskFree", statistic = "Minimum",
      period_s    = 60, evaluation_periods = 3, datapoints = 2, threshold = 20000000000, comparison = "LessThanThreshold",
      dimensions  = { Broker = "orders-test" }, across = ["Node"], missing_data = "breaching", actions = ["notify"]
    }
    documents_cpu_high = {
      description = "CPU of the read model", tier = "documents", namespace = "AWS/DocDB", metric = "CPUUtilization", statistic = "Average",
      period_s    = 60, evaluation_periods = 3, datapoints = 3, threshold = 70, comparison = "GreaterThanOrEqualToThreshold",
      dimensions  = { DBClusterIdentifier = "orders-test" }, missing_data = "ignore", actions = ["notify", "scale_out_documents"]
    }
    documents_cpu_low = {
      description = "CPU of the read model", tier = "documents", namespace = "AWS/DocDB", metric = "CPUUtilization", statistic = "Average",
      period_s    = 300, evaluation_periods = 6, datapoints = 6, threshold = 30, comparison = "LessThanThreshold",
      dimensions  = { DBClusterIdentifier = "orders-test" }, missing_data = "ignore", actions = ["scale_in_documents"]
    }
    pods_pending = {
      description = "Pods that wait for a node", tier = "workers", namespace = "ContainerInsights", metric = "pod_status_pending", statistic = "Sum",
      period_s    = 60, evaluation_periods = 2, datapoints = 2, threshold = 1, comparison = "GreaterThanOrEqualToThreshold",
      dimensions  = { ClusterName = "orders-test" }, missing_data = "ignore", actions = ["scale_out_nodes"]
    }
  }
}

run "alarm_names_are_known_and_come_from_the_keys" {
  command = plan
  module { source = "./modules/monitoring" }

  assert {
    condition     = output.alarm_names["documents_cpu_high"] == "orders-test-documents-cpu-high"
    error_message = "An alarm's name is <name>-<key> with hyphens."
  }

  assert {
    condition     = alltrue([for key, alarm in aws_cloudwatch_metric_alarm.this : alarm.alarm_name == output.alarm_names[key]])
    error_message = "The resources carry the names that the output tells."
  }

  assert {
    condition     = toset(keys(output.alarm_arns)) == toset(keys(var.alarms)) && output.topic_arn != null && output.dashboard_name == "orders-test"
    error_message = "Every alarm has an ARN in the output."
  }
}

run "each_logical_action_leads_where_it_should" {
  command = plan
  module { source = "./modules/monitoring" }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["pods_pending"].alarm_actions == toset([var.action_arns.scale_out_nodes])
    error_message = "Pending pods add nodes, and nothing else."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["documents_cpu_high"].alarm_actions == toset([output.topic_arn, var.scaler.alias_arn])
    error_message = "A busy read model tells people and invokes the scaler's alias."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["documents_cpu_low"].alarm_actions == toset([var.scaler.alias_arn])
    error_message = "An idle read model invokes the scaler's alias."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["documents_cpu_high"].ok_actions == toset([output.topic_arn]) && length(aws_cloudwatch_metric_alarm.this["pods_pending"].ok_actions) == 0
    error_message = "Only people hear of a recovery."
  }
}

run "an_alarm_on_one_metric_names_it" {
  command = plan
  module { source = "./modules/monitoring" }

  assert {
    condition = (
      aws_cloudwatch_metric_alarm.this["pods_pending"].namespace == "ContainerInsights" &&
      aws_cloudwatch_metric_alarm.this["pods_pending"].metric_name == "pod_status_pending" &&
      aws_cloudwatch_metric_alarm.this["pods_pending"].statistic == "Sum" &&
      aws_cloudwatch_metric_alarm.this["pods_pending"].period == 60 &&
      aws_cloudwatch_metric_alarm.this["pods_pending"].dimensions == tomap({ ClusterName = "orders-test" }) &&
      length(aws_cloudwatch_metric_alarm.this["pods_pending"].metric_query) == 0
    )
    error_message = "Namespace, metric, statistic, period and dimensions are the alarm's."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["api_latency"].extended_statistic == "p99" && aws_cloudwatch_metric_alarm.this["api_latency"].statistic == null
    error_message = "A percentile is an extended statistic."
  }

  assert {
    condition = (
      aws_cloudwatch_metric_alarm.this["api_latency"].datapoints_to_alarm == 3 &&
      aws_cloudwatch_metric_alarm.this["api_latency"].evaluation_periods == 5 &&
      aws_cloudwatch_metric_alarm.this["api_latency"].threshold == 1500 &&
      aws_cloudwatch_metric_alarm.this["api_latency"].treat_missing_data == "notBreaching"
    )
    error_message = "Three of five periods above 1500 fire, and silence does not."
  }
}

run "across_watches_the_worst_of_many" {
  command = plan
  module { source = "./modules/monitoring" }

  assert {
    condition     = one(aws_cloudwatch_metric_alarm.this["broker_memory"].metric_query).expression == "SELECT MAX(\"RabbitMQMemUsed\") FROM SCHEMA(\"AWS/AmazonMQ\", \"Broker\", \"Node\") WHERE \"Broker\" = 'orders-test'"
    error_message = "The fullest node counts."
  }

  assert {
    condition     = startswith(one(aws_cloudwatch_metric_alarm.this["broker_disk"].metric_query).expression, "SELECT MIN(")
    error_message = "Of free disk the smallest counts."
  }

  assert {
    condition = (
      one(aws_cloudwatch_metric_alarm.this["broker_memory"].metric_query).period == 60 &&
      one(aws_cloudwatch_metric_alarm.this["broker_memory"].metric_query).return_data &&
      aws_cloudwatch_metric_alarm.this["broker_memory"].metric_name == null &&
      aws_cloudwatch_metric_alarm.this["broker_memory"].statistic == null &&
      aws_cloudwatch_metric_alarm.this["broker_memory"].period == null
    )
    error_message = "The query has the period; metric and statistic are left out beside it."
  }
}

run "across_without_fixed_dimensions_has_no_where" {
  command = plan
  module { source = "./modules/monitoring" }

  variables {
    alarms = {
      any_queue_age = merge(var.alarms.broker_memory, { namespace = "AWS/SQS", metric = "ApproximateAgeOfOldestMessage", dimensions = {}, across = ["QueueName"] })
    }
  }

  assert {
    condition     = one(aws_cloudwatch_metric_alarm.this["any_queue_age"].metric_query).expression == "SELECT MAX(\"ApproximateAgeOfOldestMessage\") FROM SCHEMA(\"AWS/SQS\", \"QueueName\")"
    error_message = "The query ends with its schema."
  }
}

run "only_alarms_that_drive_the_scaler_may_invoke_it" {
  command = plan
  module { source = "./modules/monitoring" }

  assert {
    condition     = keys(aws_lambda_permission.alarm) == ["documents_cpu_high", "documents_cpu_low"]
    error_message = "One permission an alarm that invokes it."
  }

  assert {
    condition = alltrue([for key, permission in aws_lambda_permission.alarm : (
      permission.principal == "lambda.alarms.cloudwatch.amazonaws.com" &&
      permission.function_name == "orders-test-database-scaler" &&
      permission.qualifier == "live" &&
      permission.source_account == "123456789012" &&
      permission.source_arn == "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:${output.alarm_names[key]}"
    )])
    error_message = "The permission is on the alias, for this account and this alarm."
  }
}

run "a_schedule_carries_the_scaler_on" {
  command = plan
  module { source = "./modules/monitoring" }

  assert {
    condition     = aws_cloudwatch_event_rule.reconcile.schedule_expression == "rate(5 minutes)"
    error_message = "The schedule is reconcile_minutes."
  }

  assert {
    condition     = aws_cloudwatch_event_target.reconcile.arn == var.scaler.alias_arn
    error_message = "It invokes the alias, not the latest code."
  }

  assert {
    condition     = aws_lambda_permission.reconcile.principal == "events.amazonaws.com" && aws_lambda_permission.reconcile.qualifier == "live" && aws_lambda_permission.reconcile.source_arn == aws_cloudwatch_event_rule.reconcile.arn
    error_message = "Only this rule may invoke the alias."
  }
}

run "one_minute_is_singular_in_a_rate" {
  command = plan
  module { source = "./modules/monitoring" }

  variables {
    scaler = merge(var.scaler, { reconcile_minutes = 1 })
  }

  assert {
    condition     = aws_cloudwatch_event_rule.reconcile.schedule_expression == "rate(1 minute)"
    error_message = "EventBridge refuses rate(1 minutes)."
  }
}

run "the_topic_is_encrypted_and_takes_only_our_alarms" {
  command = plan
  module { source = "./modules/monitoring" }

  assert {
    condition     = aws_sns_topic.this.kms_master_key_id == var.kms_key_arn
    error_message = "The topic uses the key."
  }

  assert {
    condition = (
      one(data.aws_iam_policy_document.topic.statement[0].principals).identifiers == toset(["cloudwatch.amazonaws.com"]) &&
      data.aws_iam_policy_document.topic.statement[0].actions == toset(["sns:Publish"]) &&
      contains(flatten([for condition in data.aws_iam_policy_document.topic.statement[0].condition : condition.values if condition.variable == "aws:SourceAccount"]), "123456789012") &&
      contains(flatten([for condition in data.aws_iam_policy_document.topic.statement[0].condition : condition.values if condition.variable == "aws:SourceArn"]), "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:orders-test-*")
    )
    error_message = "CloudWatch may publish for this stack's alarms."
  }

  assert {
    condition     = data.aws_iam_policy_document.topic.statement[1].effect == "Deny" && one(data.aws_iam_policy_document.topic.statement[1].condition).variable == "aws:SecureTransport"
    error_message = "Nobody may publish in the clear."
  }

  assert {
    condition     = keys(aws_sns_topic_subscription.email) == ["on-call@example.com"] && aws_sns_topic_subscription.email["on-call@example.com"].protocol == "email"
    error_message = "Each subscriber gets e-mail."
  }
}

run "the_dashboard_shows_every_alarm_under_its_tier" {
  command = plan
  module { source = "./modules/monitoring" }

  assert {
    condition     = [for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget.properties.markdown if widget.type == "text"] == ["## api", "## broker", "## documents", "## workers"]
    error_message = "One section a tier."
  }

  assert {
    condition     = toset(flatten([for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget.properties.alarms if widget.type == "alarm"])) == toset([for name in values(output.alarm_names) : "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:${name}"])
    error_message = "The status widgets hold every alarm."
  }

  assert {
    condition     = toset([for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget.properties.title if widget.type == "metric"]) == toset([for key in keys(var.alarms) : replace(key, "_", " ")])
    error_message = "There is one graph an alarm."
  }

  assert {
    condition = alltrue([for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets :
      widget.properties.annotations.horizontal[0].value == var.alarms[replace(widget.properties.title, " ", "_")].threshold if widget.type == "metric"
    ])
    error_message = "Each graph shows the alarm's threshold."
  }
}

run "a_queue_metric_works_on_rabbitmq_3" {
  command = plan
  module { source = "./modules/monitoring" }

  variables {
    broker_engine_version = "3.13"
    alarms = {
      queue_depth = merge(var.alarms.api_latency, { namespace = "AWS/AmazonMQ", metric = "MessageReadyCount", statistic = "Maximum", dimensions = { Broker = "orders-test", VirtualHost = "/", Queue = "order-commands" } })
    }
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["queue_depth"].dimensions.Queue == "order-commands"
    error_message = "3.13 publishes metrics of queues."
  }
}

run "a_queue_metric_is_refused_on_rabbitmq_4" {
  command = plan
  module { source = "./modules/monitoring" }

  variables {
    alarms = {
      queue_depth = merge(var.alarms.api_latency, { namespace = "AWS/AmazonMQ", metric = "MessageReadyCount", statistic = "Maximum", dimensions = { Broker = "orders-test", VirtualHost = "/", Queue = "order-commands" } })
    }
  }

  expect_failures = [aws_cloudwatch_metric_alarm.this]
}

run "a_worst_queue_is_refused_on_rabbitmq_4_too" {
  command = plan
  module { source = "./modules/monitoring" }

  variables {
    alarms = {
      queue_depth = merge(var.alarms.broker_memory, { metric = "MessageReadyCount", across = ["VirtualHost", "Queue"] })
    }
  }

  expect_failures = [aws_cloudwatch_metric_alarm.this]
}

run "refuses_an_account_that_is_no_account" {
  command = plan
  module { source = "./modules/monitoring" }
  variables { account_id = "123" }
  expect_failures = [var.account_id]
}

run "refuses_an_action_with_two_meanings" {
  command = plan
  module { source = "./modules/monitoring" }
  variables { action_arns = merge(var.action_arns, { scale_out_documents = "arn:aws:lambda:eu-central-1:123456789012:function:other" }) }
  expect_failures = [var.action_arns]
}

run "refuses_a_key_with_capitals" {
  command = plan
  module { source = "./modules/monitoring" }
  variables { alarms = { ApiLatency = var.alarms.api_latency } }
  expect_failures = [var.alarms]
}

run "refuses_an_unknown_statistic" {
  command = plan
  module { source = "./modules/monitoring" }
  variables { alarms = { api_latency = merge(var.alarms.api_latency, { statistic = "Median" }) } }
  expect_failures = [var.alarms]
}

run "refuses_an_unknown_comparison" {
  command = plan
  module { source = "./modules/monitoring" }
  variables { alarms = { api_latency = merge(var.alarms.api_latency, { comparison = ">=" }) } }
  expect_failures = [var.alarms]
}

run "refuses_an_unknown_treatment_of_missing_data" {
  command = plan
  module { source = "./modules/monitoring" }
  variables { alarms = { api_latency = merge(var.alarms.api_latency, { missing_data = "ok" }) } }
  expect_failures = [var.alarms]
}

run "refuses_a_period_of_seconds" {
  command = plan
  module { source = "./modules/monitoring" }
  variables { alarms = { api_latency = merge(var.alarms.api_latency, { period_s = 90 }) } }
  expect_failures = [var.alarms]
}

run "refuses_more_datapoints_than_periods" {
  command = plan
  module { source = "./modules/monitoring" }
  variables { alarms = { api_latency = merge(var.alarms.api_latency, { datapoints = 6 }) } }
  expect_failures = [var.alarms]
}

run "refuses_a_query_that_looks_back_more_than_three_hours" {
  command = plan
  module { source = "./modules/monitoring" }
  variables { alarms = { broker_memory = merge(var.alarms.broker_memory, { period_s = 3600, evaluation_periods = 4 }) } }
  expect_failures = [var.alarms]
}

run "refuses_an_average_across_dimensions" {
  command = plan
  module { source = "./modules/monitoring" }
  variables { alarms = { broker_memory = merge(var.alarms.broker_memory, { statistic = "Average" }) } }
  expect_failures = [var.alarms]
}

run "refuses_a_dimension_both_fixed_and_open" {
  command = plan
  module { source = "./modules/monitoring" }
  variables { alarms = { broker_memory = merge(var.alarms.broker_memory, { across = ["Broker", "Node"] }) } }
  expect_failures = [var.alarms]
}

run "refuses_an_action_that_leads_nowhere" {
  command = plan
  module { source = "./modules/monitoring" }
  variables { alarms = { api_latency = merge(var.alarms.api_latency, { actions = ["page"] }) } }
  expect_failures = [var.alarms]
}

run "refuses_an_alarm_without_an_action" {
  command = plan
  module { source = "./modules/monitoring" }
  variables { alarms = { api_latency = merge(var.alarms.api_latency, { actions = [] }) } }
  expect_failures = [var.alarms]
}

run "refuses_an_engine_version_with_a_patch" {
  command = plan
  module { source = "./modules/monitoring" }
  variables { broker_engine_version = "3.13.7" }
  expect_failures = [var.broker_engine_version]
}

run "refuses_a_name_with_capitals" {
  command = plan
  module { source = "./modules/monitoring" }
  variables { name = "Orders" }
  expect_failures = [var.name]
}

run "refuses_a_scaler_that_no_action_invokes" {
  command = plan
  module { source = "./modules/monitoring" }
  variables {
    scaler = merge(var.scaler, { actions = [] })
    alarms = { api_latency = var.alarms.api_latency }
  }
  expect_failures = [var.scaler]
}

run "refuses_to_reconcile_every_half_minute" {
  command = plan
  module { source = "./modules/monitoring" }
  variables { scaler = merge(var.scaler, { reconcile_minutes = 0.5 }) }
  expect_failures = [var.scaler]
}

run "refuses_a_subscriber_that_is_no_address" {
  command = plan
  module { source = "./modules/monitoring" }
  variables { subscribers = ["on-call"] }
  expect_failures = [var.subscribers]
}
