data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  # The account is in every ARN; asking AWS for it would make a plan need credentials.
  account_id = split(":", var.kms_key_arn)[4]
}

# Enhanced monitoring: RDS writes the operating system's figures to the log group RDSOSMetrics.
data "aws_iam_policy_document" "monitoring_trust" {
  statement {
    sid     = "EnhancedMonitoring"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["monitoring.rds.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }
  }
}

resource "aws_iam_role" "monitoring" {
  name               = "${local.cluster_id}-monitoring"
  description        = "Enhanced monitoring of ${local.cluster_id}"
  assume_role_policy = data.aws_iam_policy_document.monitoring_trust.json
}

# AWS's own policy: RDS checks at creation that the role can do what this version of it asks for.
resource "aws_iam_role_policy_attachment" "monitoring" {
  role       = aws_iam_role.monitoring.name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
}

# The proxy reads the application's secret and nothing else.
data "aws_iam_policy_document" "proxy_trust" {
  statement {
    sid     = "Proxy"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["rds.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }
  }
}

data "aws_iam_policy_document" "proxy" {
  statement {
    sid       = "ReadApplicationSecret"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [var.application_secret_arn]
  }

  statement {
    sid       = "DecryptApplicationSecret"
    actions   = ["kms:Decrypt"]
    resources = [var.secret_kms_key_arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["secretsmanager.${data.aws_region.current.name}.${data.aws_partition.current.dns_suffix}"]
    }
  }
}

resource "aws_iam_role" "proxy" {
  name               = "${local.cluster_id}-proxy"
  description        = "RDS Proxy ${local.proxy_name}"
  assume_role_policy = data.aws_iam_policy_document.proxy_trust.json
}

resource "aws_iam_role_policy" "proxy" {
  name   = "application-secret"
  role   = aws_iam_role.proxy.name
  policy = data.aws_iam_policy_document.proxy.json
}
