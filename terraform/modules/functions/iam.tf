locals {
  network_interface_actions = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:UnassignPrivateIpAddresses",
  ]

  # The pollers of a RabbitMQ source sit in the broker's network, which Lambda looks up with the function's role.
  network_lookup_actions = {
    for key in keys(var.functions) : key => concat(
      ["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"],
      length(local.rabbitmq_sources_of[key]) > 0 ? ["ec2:DescribeSecurityGroups", "ec2:DescribeVpcs"] : [],
    )
  }

  rabbitmq_sources_of = {
    for key in keys(var.functions) : key => [for s in var.rabbitmq_event_sources : s if s.function == key]
  }

  sqs_sources_of = {
    for key in keys(var.functions) : key => [for s in var.sqs_event_sources : s if s.function == key]
  }
}

data "aws_iam_policy_document" "trust" {
  statement {
    sid     = "LambdaMayAssume"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "this" {
  for_each = var.functions

  name               = "${local.names[each.key]}-function"
  description        = "Execution role of the function ${local.names[each.key]}"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy" "this" {
  for_each = var.functions

  name   = "function"
  role   = aws_iam_role.this[each.key].name
  policy = data.aws_iam_policy_document.this[each.key].json
}

data "aws_iam_policy_document" "this" {
  for_each = var.functions

  # No logs:CreateLogGroup: the group is ours, with its key and its retention.
  statement {
    sid       = "WriteLogs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${local.arn_prefix}:logs:${var.region}:${var.account_id}:log-group:/aws/lambda/${local.names[each.key]}:*"]
  }

  statement {
    sid       = "DecryptEnvironment"
    actions   = ["kms:Decrypt"]
    resources = [var.environment_kms_key_arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["lambda.${var.region}.amazonaws.com"]
    }
  }

  # X-Ray has no resources to name.
  statement {
    sid       = "AnyResourceTracing"
    actions   = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
    resources = ["*"]
  }

  # Lambda's interfaces have no ids before it makes them, and it refuses a function whose role may not delete any.
  statement {
    sid       = "AnyResourceNetworkInterfaces"
    actions   = local.network_interface_actions
    resources = ["${local.arn_prefix}:ec2:${var.region}:${var.account_id}:*/*"]
  }

  # EC2 takes nothing but "*" for what only describes.
  statement {
    sid       = "AnyResourceNetworkLookup"
    actions   = local.network_lookup_actions[each.key]
    resources = ["*"]
  }

  # The two above are for Lambda itself, which leaves this key out of its calls; the code runs with the same role.
  statement {
    sid       = "AnyResourceDenyNetworkToCode"
    effect    = "Deny"
    actions   = concat(local.network_interface_actions, local.network_lookup_actions[each.key])
    resources = ["*"]

    condition {
      test     = "ArnEquals"
      variable = "lambda:SourceFunctionArn"
      values   = [local.function_arns[each.key]]
    }
  }

  dynamic "statement" {
    for_each = length(local.sqs_sources_of[each.key]) > 0 ? [local.sqs_sources_of[each.key]] : []

    content {
      sid       = "ConsumeQueues"
      actions   = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
      resources = statement.value[*].queue_arn
    }
  }

  dynamic "statement" {
    for_each = length(local.rabbitmq_sources_of[each.key]) > 0 ? [local.rabbitmq_sources_of[each.key]] : []

    content {
      sid       = "DescribeBroker"
      actions   = ["mq:DescribeBroker"]
      resources = distinct(statement.value[*].broker_arn)
    }
  }

  dynamic "statement" {
    for_each = length(local.rabbitmq_sources_of[each.key]) > 0 ? [local.rabbitmq_sources_of[each.key]] : []

    content {
      sid       = "ReadBrokerCredentials"
      actions   = ["secretsmanager:GetSecretValue"]
      resources = distinct(statement.value[*].secret_arn)
    }
  }

  dynamic "statement" {
    for_each = each.value.statements

    content {
      sid       = statement.value.sid
      actions   = statement.value.actions
      resources = statement.value.resources

      dynamic "condition" {
        for_each = statement.value.conditions

        content {
          test     = condition.value.test
          variable = condition.value.variable
          values   = condition.value.values
        }
      }
    }
  }
}
