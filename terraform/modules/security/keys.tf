data "aws_partition" "this" {}

locals {
  arn_prefix = "arn:${data.aws_partition.this.partition}"

  # What a key is for, and through which services any principal of the account may use it that the service admits. AWS's own aws/ebs or
  # aws/secretsmanager key is open in the same way: permission to read the secret or queue decides, and the key is of no use outside of it.
  keys = {
    data = {
      description = "Databases, volumes, images and broker of ${var.name}"
      through     = ["ec2", "rds"]
    }
    logs = {
      description = "Log groups of ${var.name}"
      through     = []
    }
    messages = {
      description = "Queues and topics of ${var.name}"
      through     = ["sns", "sqs"]
    }
    secrets = {
      description = "Secrets of ${var.name}"
      through     = ["secretsmanager"]
    }
  }
}

# In a key policy "*" means the key that carries the policy: AWS knows no other way, as the key has no ARN yet.
data "aws_iam_policy_document" "key" {
  #checkov:skip=CKV_AWS_109: the resource "*" of a key policy is this one key
  #checkov:skip=CKV_AWS_111: the resource "*" of a key policy is this one key
  #checkov:skip=CKV_AWS_283: the wildcard principal is bound to this account and to a service by conditions
  #checkov:skip=CKV_AWS_356: the resource "*" of a key policy is this one key
  for_each = local.keys

  # Nobody gets the key by this alone: it lets the account's IAM policies decide. Without it a key can become unmanageable.
  statement {
    sid       = "AnyResourceAccountAdministersByIam"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["${local.arn_prefix}:iam::${var.account_id}:root"]
    }
  }

  dynamic "statement" {
    for_each = length(each.value.through) > 0 ? [each.value.through] : []

    content {
      sid = "AnyResourceAccountUsesThroughService"
      actions = [
        "kms:Decrypt",
        "kms:DescribeKey",
        "kms:Encrypt",
        "kms:GenerateDataKey",
        "kms:GenerateDataKeyWithoutPlaintext",
        "kms:ReEncryptFrom",
        "kms:ReEncryptTo",
      ]
      resources = ["*"]

      principals {
        type        = "AWS"
        identifiers = ["*"]
      }

      condition {
        test     = "StringEquals"
        variable = "kms:CallerAccount"
        values   = [var.account_id]
      }

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = [for service in statement.value : "${service}.${var.region}.amazonaws.com"]
      }
    }
  }

  # A volume and a database instance hold the key by a grant. Auto Scaling's service-linked roles, which start both, have no IAM policy of ours.
  dynamic "statement" {
    for_each = each.key == "data" ? [each.value.through] : []

    content {
      sid       = "AnyResourceAccountGrantsThroughService"
      actions   = ["kms:CreateGrant"]
      resources = ["*"]

      principals {
        type        = "AWS"
        identifiers = ["*"]
      }

      condition {
        test     = "StringEquals"
        variable = "kms:CallerAccount"
        values   = [var.account_id]
      }

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = [for service in statement.value : "${service}.${var.region}.amazonaws.com"]
      }

      condition {
        test     = "Bool"
        variable = "kms:GrantIsForAWSResource"
        values   = ["true"]
      }
    }
  }

  dynamic "statement" {
    for_each = each.key == "logs" ? [true] : []

    content {
      sid = "AnyResourceCloudWatchLogsOfThisAccount"
      actions = [
        "kms:Decrypt",
        "kms:DescribeKey",
        "kms:Encrypt",
        "kms:GenerateDataKey",
        "kms:GenerateDataKeyWithoutPlaintext",
        "kms:ReEncryptFrom",
        "kms:ReEncryptTo",
      ]
      resources = ["*"]

      principals {
        type        = "Service"
        identifiers = ["logs.${var.region}.amazonaws.com"]
      }

      condition {
        test     = "ArnLike"
        variable = "kms:EncryptionContext:aws:logs:arn"
        values   = ["${local.arn_prefix}:logs:${var.region}:${var.account_id}:log-group:*"]
      }
    }
  }

  # An alarm that may not use the key fails silently: the topic never sees its notification.
  dynamic "statement" {
    for_each = each.key == "messages" ? [true] : []

    content {
      sid       = "AnyResourceAlarmsOfThisStack"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = ["*"]

      principals {
        type        = "Service"
        identifiers = ["cloudwatch.amazonaws.com"]
      }

      condition {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [var.account_id]
      }

      condition {
        test     = "ArnLike"
        variable = "aws:SourceArn"
        values   = ["${local.arn_prefix}:cloudwatch:${var.region}:${var.account_id}:alarm:${var.name}-*"]
      }
    }
  }
}

resource "aws_kms_key" "this" {
  for_each = local.keys

  description             = each.value.description
  deletion_window_in_days = var.key_deletion_window_days
  enable_key_rotation     = true
  policy                  = data.aws_iam_policy_document.key[each.key].json

  tags = { Name = "${var.name}-${each.key}" }
}

resource "aws_kms_alias" "this" {
  for_each = local.keys

  name          = "alias/${var.name}-${each.key}"
  target_key_id = aws_kms_key.this[each.key].key_id
}
