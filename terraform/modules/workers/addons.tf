locals {
  addons = {
    vpc-cni = {
      before_nodes    = true
      service_account = "aws-node"
      configuration   = { enableNetworkPolicy = "true" }
    }
    eks-pod-identity-agent = { before_nodes = true }
    kube-proxy             = { before_nodes = true }
    coredns                = { before_nodes = false }
    # The metrics that the pods' HPA reads.
    metrics-server = { before_nodes = false }
    # Container Insights alone, the source of the metrics by which nodes scale. The add-on's default also receives traces of Application Signals.
    amazon-cloudwatch-observability = {
      before_nodes    = false
      service_account = "cloudwatch-agent"
      configuration = {
        containerLogs = { enabled = true }
        agent = {
          config = {
            logs = {
              metrics_collected = {
                kubernetes = {
                  cluster_name                = var.name
                  enhanced_container_insights = true
                  accelerated_compute_metrics = false
                }
              }
            }
          }
        }
      }
    }
  }
}

# A node is ready only with the network add-on, and the first pods need the identity agent.
resource "aws_eks_addon" "before_nodes" {
  for_each = { for name, addon in local.addons : name => addon if addon.before_nodes }

  cluster_name                = aws_eks_cluster.this.name
  addon_name                  = each.key
  addon_version               = lookup(var.addon_versions, each.key, null)
  configuration_values        = can(each.value.configuration) ? jsonencode(each.value.configuration) : null
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "OVERWRITE"

  dynamic "pod_identity_association" {
    for_each = can(each.value.service_account) ? [each.value.service_account] : []

    content {
      service_account = pod_identity_association.value
      role_arn        = aws_iam_role.pod[each.key].arn
    }
  }

  depends_on = [aws_iam_role_policy_attachment.managed]
}

# These are Deployments or wait for a node, and would never become active without one.
resource "aws_eks_addon" "after_nodes" {
  for_each = { for name, addon in local.addons : name => addon if !addon.before_nodes }

  cluster_name                = aws_eks_cluster.this.name
  addon_name                  = each.key
  addon_version               = lookup(var.addon_versions, each.key, null)
  configuration_values        = can(each.value.configuration) ? jsonencode(each.value.configuration) : null
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "OVERWRITE"

  dynamic "pod_identity_association" {
    for_each = can(each.value.service_account) ? [each.value.service_account] : []

    content {
      service_account = pod_identity_association.value
      role_arn        = aws_iam_role.pod[each.key].arn
    }
  }

  depends_on = [
    aws_eks_node_group.this,
    aws_iam_role_policy.observability,
  ]
}
