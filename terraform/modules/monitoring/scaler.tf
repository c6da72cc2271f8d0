# An alarm acts once per change of state. It starts the scaler; the schedule carries it on while the alarm lasts, and makes good what failed.

resource "aws_lambda_permission" "alarm" {
  for_each = { for key, alarm in var.alarms : key => alarm if length(setintersection(alarm.actions, var.scaler.actions)) > 0 }

  statement_id   = "alarm-${each.key}"
  action         = "lambda:InvokeFunction"
  function_name  = var.scaler.function_name
  qualifier      = var.scaler.qualifier
  principal      = "lambda.alarms.cloudwatch.amazonaws.com"
  source_account = var.account_id
  source_arn     = local.arns[each.key]
}

resource "aws_cloudwatch_event_rule" "reconcile" {
  name                = "${var.name}-reconcile"
  description         = "Runs the scaler of the document database until it has what its alarms ask for."
  schedule_expression = "rate(${var.scaler.reconcile_minutes} minute${var.scaler.reconcile_minutes == 1 ? "" : "s"})"

  tags = { Name = "${var.name}-reconcile" }
}

resource "aws_cloudwatch_event_target" "reconcile" {
  rule      = aws_cloudwatch_event_rule.reconcile.name
  target_id = "scaler"
  arn       = var.scaler.alias_arn

  # The next run does what a failed one would be repeated for.
  retry_policy {
    maximum_event_age_in_seconds = 60
    maximum_retry_attempts       = 0
  }
}

resource "aws_lambda_permission" "reconcile" {
  statement_id  = "reconcile"
  action        = "lambda:InvokeFunction"
  function_name = var.scaler.function_name
  qualifier     = var.scaler.qualifier
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.reconcile.arn
}
