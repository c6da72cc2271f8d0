resource "aws_lambda_event_source_mapping" "sqs" {
  for_each = var.sqs_event_sources

  event_source_arn                   = each.value.queue_arn
  function_name                      = aws_lambda_alias.this[each.value.function].arn
  batch_size                         = each.value.batch_size
  maximum_batching_window_in_seconds = each.value.window_s
  # The handler names the messages that failed; the others of the batch do not come again.
  function_response_types = ["ReportBatchItemFailures"]

  scaling_config {
    maximum_concurrency = each.value.maximum_concurrency
  }
}

resource "aws_lambda_event_source_mapping" "rabbitmq" {
  for_each = var.rabbitmq_event_sources

  event_source_arn = each.value.broker_arn
  function_name    = aws_lambda_alias.this[each.value.function].arn
  queues           = [each.value.queue]
  batch_size       = each.value.batch_size
  # AWS takes whole seconds; its default of half a second is had by leaving the window out.
  maximum_batching_window_in_seconds = each.value.window_s == 0.5 ? null : each.value.window_s
  enabled                            = false

  source_access_configuration {
    type = "BASIC_AUTH"
    uri  = each.value.secret_arn
  }

  source_access_configuration {
    type = "VIRTUAL_HOST"
    uri  = each.value.virtual_host
  }

  lifecycle {
    # A mapping whose queue does not exist stops for good, and the role `migrate` makes the queue only after the broker is
    # there. The mapping is enabled then, outside Terraform.
    ignore_changes = [enabled]
  }
}
