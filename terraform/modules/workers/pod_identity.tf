# One role a service account. Pods get its credentials from the Pod Identity agent, and none from the node.

locals {
  # An add-on's association is part of the add-on; a workload's is a resource.
  pods = merge(
    {
      vpc-cni                         = { role = "network", namespace = "kube-system", service_account = "aws-node" }
      amazon-cloudwatch-observability = { role = "observability", namespace = "amazon-cloudwatch", service_account = "cloudwatch-agent" }
    },
    {
      for key, workload in var.workloads : key => {
        role            = "workload-${key}"
        namespace       = workload.namespace
        service_account = workload.service_account
      }
    },
  )
}

data "aws_iam_policy_document" "assume_pod" {
  for_each = local.pods

  statement {
    sid     = "OnlyThisServiceAccount"
    actions = ["sts:AssumeRole", "sts:TagSession"]

    principals {
      type        = "Service"
      identifiers = ["pods.eks.amazonaws.com"]
    }

    # EKS tags the session. Without these conditions whoever may associate a role could give this one to any pod.
    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/eks-cluster-arn"
      values   = [local.cluster_arn]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/kubernetes-namespace"
      values   = [each.value.namespace]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/kubernetes-service-account"
      values   = [each.value.service_account]
    }
  }
}

resource "aws_iam_role" "pod" {
  for_each = local.pods

  name               = "${var.name}-${each.value.role}"
  description        = "Pods of ${each.value.namespace}/${each.value.service_account} in the EKS cluster ${var.name}."
  assume_role_policy = data.aws_iam_policy_document.assume_pod[each.key].json

  tags = { Name = "${var.name}-${each.value.role}" }
}

data "aws_iam_policy_document" "workload" {
  for_each = { for key, workload in var.workloads : key => workload if length(workload.statements) > 0 }

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

resource "aws_iam_role_policy" "workload" {
  for_each = data.aws_iam_policy_document.workload

  name   = "workload"
  role   = aws_iam_role.pod[each.key].id
  policy = each.value.json
}

resource "aws_eks_pod_identity_association" "workload" {
  for_each = var.workloads

  cluster_name    = aws_eks_cluster.this.name
  namespace       = each.value.namespace
  service_account = each.value.service_account
  role_arn        = aws_iam_role.pod[each.key].arn

  tags = { Name = "${var.name}-workload-${each.key}" }
}
