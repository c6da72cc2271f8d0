data "aws_partition" "this" {}

locals {
  # Names are made here, not read from resources: others need them while planning.
  names = { for key in keys(var.functions) : key => "${var.name}-${replace(key, "_", "-")}" }

  arn_prefix = "arn:${data.aws_partition.this.partition}"

  function_arns = {
    for key, name in local.names : key => "${local.arn_prefix}:lambda:${var.region}:${var.account_id}:function:${name}"
  }
}

resource "aws_lambda_function" "this" {
  #checkov:skip=CKV_AWS_116: Events that matter come from queues with dead letters of their own; alarms are carried by the scaler's schedule.
  #checkov:skip=CKV_AWS_272: The plan pins each package by its SHA-256; there is no signing profile.
  for_each = var.functions

  function_name                  = local.names[each.key]
  description                    = each.value.description
  role                           = aws_iam_role.this[each.key].arn
  filename                       = each.value.package.path
  source_code_hash               = each.value.package.sha256
  handler                        = each.value.handler
  runtime                        = each.value.runtime
  architectures                  = [each.value.architecture]
  memory_size                    = each.value.memory_mb
  timeout                        = each.value.timeout_s
  reserved_concurrent_executions = each.value.reserved_concurrency == null ? -1 : each.value.reserved_concurrency
  kms_key_arn                    = var.environment_kms_key_arn
  publish                        = true

  environment {
    variables = each.value.environment
  }

  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.this[each.key].name
    # The code's LOG_LEVEL decides. A second filter here would take the code's lines for INFO and drop errors with them.
    application_log_level = "TRACE"
    system_log_level      = "INFO"
  }

  tracing_config {
    mode = "Active"
  }

  vpc_config {
    subnet_ids         = var.subnet_ids
    security_group_ids = [each.value.security_group_id]
  }

  # Without its policy the role can neither attach the function to the network nor detach it on destroy.
  depends_on = [aws_iam_role_policy.this]
}

resource "aws_lambda_alias" "this" {
  for_each = var.functions

  name             = var.alias
  description      = "The version that callers and event sources use"
  function_name    = aws_lambda_function.this[each.key].function_name
  function_version = aws_lambda_function.this[each.key].version
}
