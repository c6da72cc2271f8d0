locals {
  tiers = { for tier in distinct([for alarm in values(var.alarms) : alarm.tier]) :
    tier => sort([for key, alarm in var.alarms : key if alarm.tier == tier])
  }

  # The metric as a graph wants it: the query, or namespace, name and the dimensions as alternating names and values.
  graphs = merge(
    {
      for key, alarm in var.alarms : key => concat(
        [alarm.namespace, alarm.metric],
        flatten([for dimension, value in alarm.dimensions : [dimension, value]]),
      ) if !contains(keys(local.queries), key)
    },
    {
      for key, query in local.queries : key => [
        { id = "worst", label = var.alarms[key].metric, expression = query, period = var.alarms[key].period_s },
      ]
    },
  )

  # No positions: widgets flow, and one of full width begins a row.
  widgets = flatten([for tier, keys in local.tiers : concat(
    [
      { type = "text", width = 24, height = 1, properties = { markdown = "## ${tier}", background = "transparent" } },
      { type = "alarm", width = 24, height = 1 + ceil(length(keys) / 6), properties = { title = "", alarms = [for key in keys : local.arns[key]] } },
    ],
    [for key in keys : {
      type   = "metric"
      width  = 8
      height = 6
      properties = {
        title   = replace(key, "_", " ")
        region  = var.region
        view    = "timeSeries"
        stat    = var.alarms[key].statistic
        period  = var.alarms[key].period_s
        metrics = [local.graphs[key]]
        annotations = {
          horizontal = [{
            label = "alarm"
            value = var.alarms[key].threshold
            fill  = startswith(var.alarms[key].comparison, "Less") ? "below" : "above"
          }]
        }
      }
    }],
  )])
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.name
  dashboard_body = jsonencode({ start = "-PT3H", widgets = local.widgets })
}
