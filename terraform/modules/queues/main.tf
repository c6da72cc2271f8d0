locals {
  redriven = { for key, queue in var.queues : key => queue.redrive if queue.redrive != null }
  # Dead-letter queue => the queues that may move messages to it.
  sources = { for key in keys(var.queues) : key => sort([for source, redrive in local.redriven : source if redrive.queue == key]) }
}

resource "aws_sqs_queue" "this" {
  for_each = var.queues

  name                       = "${var.name}-${each.key}"
  kms_master_key_id          = var.kms_key_arn
  message_retention_seconds  = each.value.retention_s
  receive_wait_time_seconds  = 20 # long polling: an empty queue costs three receives a minute and poller
  visibility_timeout_seconds = each.value.visibility_timeout_s

  lifecycle {
    precondition {
      # With less, Lambda's own retries of a throttled batch outlast the invisibility, and a second environment handles the same messages.
      condition = each.value.visibility_timeout_s >= lookup(var.minimum_visibility_s, each.key, 0)
      error_message = join("", [
        "Queue ${each.key}: visibility_timeout_s is ${each.value.visibility_timeout_s}, and the function that reads it needs ",
        "${lookup(var.minimum_visibility_s, each.key, 0)} (six times its timeout, plus the window): raise visibility_timeout_s or shorten the function's timeout.",
      ])
    }
  }
}

# Resources of their own, because within aws_sqs_queue.this one queue could not refer to another.
resource "aws_sqs_queue_redrive_policy" "this" {
  for_each = local.redriven

  queue_url = aws_sqs_queue.this[each.key].id
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.this[each.value.queue].arn
    maxReceiveCount     = each.value.max_receive_count
  })
}

resource "aws_sqs_queue_redrive_allow_policy" "this" {
  for_each = local.sources

  queue_url = aws_sqs_queue.this[each.key].id
  redrive_allow_policy = (
    length(each.value) == 0
    ? jsonencode({ redrivePermission = "denyAll" })
    : jsonencode({ redrivePermission = "byQueue", sourceQueueArns = [for source in each.value : aws_sqs_queue.this[source].arn] })
  )
}

data "aws_iam_policy_document" "this" {
  for_each = var.queues

  # Only refuses; who may send and receive is for the roles' own policies.
  statement {
    sid       = "AnyPrincipalNeedsTls"
    effect    = "Deny"
    actions   = ["sqs:*"]
    resources = [aws_sqs_queue.this[each.key].arn]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_sqs_queue_policy" "this" {
  for_each = var.queues

  queue_url = aws_sqs_queue.this[each.key].id
  policy    = data.aws_iam_policy_document.this[each.key].json
}
