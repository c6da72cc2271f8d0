data "aws_partition" "this" {}

locals {
  names = { for key in keys(var.alarms) : key => "${var.name}-${replace(key, "_", "-")}" }

  # Built, not read from the resources, so that the dashboard is known at plan time and a reviewer sees what changes in it.
  arns = {
    for key, name in local.names :
    key => "arn:${data.aws_partition.this.partition}:cloudwatch:${var.region}:${var.account_id}:alarm:${name}"
  }

  action_arns = merge(
    var.action_arns,
    { for action in var.scaler.actions : action => var.scaler.alias_arn },
    { notify = aws_sns_topic.this.arn },
  )

  # An alarm takes one time series. Over dimensions left open, Metrics Insights makes one of many; identifiers are quoted
  # because a bare one may not begin with a digit (5xx) nor hold a slash.
  queries = {
    for key, alarm in var.alarms : key => join(" ", compact([
      "SELECT ${startswith(alarm.comparison, "Less") ? "MIN" : "MAX"}(\"${alarm.metric}\")",
      "FROM SCHEMA(${join(", ", [for word in concat([alarm.namespace], keys(alarm.dimensions), alarm.across) : "\"${word}\""])})",
      length(alarm.dimensions) > 0 ? "WHERE ${join(" AND ", [for dimension, value in alarm.dimensions : "\"${dimension}\" = '${value}'"])}" : "",
    ])) if length(alarm.across) > 0
  }

  broker_major = tonumber(split(".", var.broker_engine_version)[0])
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = var.alarms

  alarm_name          = local.names[each.key]
  alarm_description   = each.value.description
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  evaluation_periods  = each.value.evaluation_periods
  datapoints_to_alarm = each.value.datapoints
  treat_missing_data  = each.value.missing_data
  alarm_actions       = [for action in each.value.actions : local.action_arns[action]]
  # People hear that it is over; a scaling action is undone by an alarm of its own.
  ok_actions = [for action in each.value.actions : local.action_arns[action] if action == "notify"]

  namespace          = contains(keys(local.queries), each.key) ? null : each.value.namespace
  metric_name        = contains(keys(local.queries), each.key) ? null : each.value.metric
  dimensions         = contains(keys(local.queries), each.key) ? null : each.value.dimensions
  period             = contains(keys(local.queries), each.key) ? null : each.value.period_s
  statistic          = contains(keys(local.queries), each.key) || startswith(each.value.statistic, "p") ? null : each.value.statistic
  extended_statistic = startswith(each.value.statistic, "p") ? each.value.statistic : null

  dynamic "metric_query" {
    for_each = contains(keys(local.queries), each.key) ? { worst = local.queries[each.key] } : {}

    content {
      id          = metric_query.key
      label       = each.value.metric
      expression  = metric_query.value
      period      = each.value.period_s
      return_data = true
    }
  }

  tags = { Name = local.names[each.key] }

  lifecycle {
    precondition {
      condition = !(
        each.value.namespace == "AWS/AmazonMQ" &&
        contains(concat(keys(each.value.dimensions), each.value.across), "Queue") &&
        local.broker_major >= 4
      )
      error_message = "${each.key}: Amazon MQ publishes no queue metrics for RabbitMQ ${var.broker_engine_version}, so this alarm would never fire; scale on the queue by KEDA over the management API, or alarm on a metric of the broker such as MessageReadyCount."
    }
  }
}
