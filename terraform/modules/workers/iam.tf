# Roles of the cluster itself: control plane, nodes, and the add-ons that call AWS. The workloads' are in pod_identity.tf.

locals {
  # AWS keeps these in step with what EKS needs; each is the smallest that its part runs with.
  managed_policies = {
    cluster = { role = aws_iam_role.cluster.name, policy = "AmazonEKSClusterPolicy" }
    node    = { role = aws_iam_role.node.name, policy = "AmazonEKSWorkerNodePolicy" }
    images  = { role = aws_iam_role.node.name, policy = "AmazonEC2ContainerRegistryPullOnly" }
    network = { role = aws_iam_role.pod["vpc-cni"].name, policy = "AmazonEKS_CNI_Policy" }
  }
}

data "aws_iam_policy_document" "assume_cluster" {
  statement {
    sid     = "ControlPlane"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["eks.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [local.cluster_arn]
    }
  }
}

resource "aws_iam_role" "cluster" {
  name               = "${var.name}-cluster"
  description        = "Control plane of the EKS cluster ${var.name}."
  assume_role_policy = data.aws_iam_policy_document.assume_cluster.json

  tags = { Name = "${var.name}-cluster" }
}

data "aws_iam_policy_document" "cluster_secrets" {
  statement {
    sid       = "EncryptSecrets"
    actions   = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:ListGrants"]
    resources = [var.kms_key_arn]
  }
}

resource "aws_iam_role_policy" "cluster_secrets" {
  name   = "secrets"
  role   = aws_iam_role.cluster.id
  policy = data.aws_iam_policy_document.cluster_secrets.json
}

data "aws_iam_policy_document" "assume_node" {
  statement {
    sid     = "Nodes"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "node" {
  name               = "${var.name}-node"
  description        = "Nodes of the EKS cluster ${var.name}."
  assume_role_policy = data.aws_iam_policy_document.assume_node.json

  tags = { Name = "${var.name}-node" }
}

resource "aws_iam_role_policy_attachment" "managed" {
  for_each = local.managed_policies

  role       = each.value.role
  policy_arn = "arn:${local.partition}:iam::aws:policy/${each.value.policy}"
}

# In place of AWS's CloudWatchAgentServerPolicy, which may create log groups anywhere and read parameters.
data "aws_iam_policy_document" "observability" {
  statement {
    sid       = "WriteContainerLogs"
    actions   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    resources = [for key, group in aws_cloudwatch_log_group.this : "${group.arn}:*" if key != "control_plane"]
  }

  #checkov:skip=CKV_AWS_111: CloudWatch and EC2 know no resource for these actions; the namespaces are conditions
  #checkov:skip=CKV_AWS_356: CloudWatch and EC2 know no resource for these actions; the namespaces are conditions
  statement {
    sid       = "AnyResourcePutMetrics"
    actions   = ["cloudwatch:PutMetricData"]
    resources = ["*"]

    condition {
      test     = "StringEquals"
      variable = "cloudwatch:namespace"
      values   = ["CWAgent", "ContainerInsights"]
    }
  }

  statement {
    sid       = "AnyResourceDescribeNode"
    actions   = ["ec2:DescribeTags", "ec2:DescribeVolumes"]
    resources = ["*"]
  }
}

resource "aws_iam_role_policy" "observability" {
  name   = "observability"
  role   = aws_iam_role.pod["amazon-cloudwatch-observability"].id
  policy = data.aws_iam_policy_document.observability.json
}
