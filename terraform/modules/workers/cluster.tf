data "aws_partition" "this" {}

locals {
  partition   = data.aws_partition.this.partition
  cluster_arn = "arn:${local.partition}:eks:${var.region}:${var.account_id}:cluster/${var.name}"

  # The groups that EKS and the CloudWatch add-on would create themselves, then without retention and key, and again after a destroy.
  log_groups = {
    control_plane = "/aws/eks/${var.name}/cluster"
    application   = "/aws/containerinsights/${var.name}/application"
    dataplane     = "/aws/containerinsights/${var.name}/dataplane"
    host          = "/aws/containerinsights/${var.name}/host"
    performance   = "/aws/containerinsights/${var.name}/performance"
  }
}

resource "aws_cloudwatch_log_group" "this" {
  for_each = local.log_groups

  name              = each.value
  retention_in_days = var.log_retention_days
  kms_key_id        = var.log_kms_key_arn

  tags = { Name = each.value }
}

# Inside the VPC nobody but the nodes reaches the Kubernetes API by itself: EKS's own group admits only its members.
resource "aws_vpc_security_group_ingress_rule" "administrators" {
  for_each = var.private_access_cidrs

  security_group_id = var.security_group_ids.cluster
  description       = "Administrators to the Kubernetes API"
  cidr_ipv4         = each.key
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_eks_cluster" "this" {
  name     = var.name
  version  = var.kubernetes_version
  role_arn = aws_iam_role.cluster.arn

  # The add-ons are resources here; a copy that EKS installs by itself is owned by nobody and never updated.
  bootstrap_self_managed_addons = false

  enabled_cluster_log_types = ["api", "audit", "authenticator", "controllerManager", "scheduler"]

  access_config {
    authentication_mode                         = "API"
    bootstrap_cluster_creator_admin_permissions = false
  }

  encryption_config {
    resources = ["secrets"]

    provider {
      key_arn = var.kms_key_arn
    }
  }

  # At the end of a version's support AWS upgrades it. The alternative costs six times as much and is noticed only on the bill.
  upgrade_policy {
    support_type = "STANDARD"
  }

  vpc_config {
    subnet_ids              = var.subnet_ids
    security_group_ids      = [var.security_group_ids.cluster]
    endpoint_private_access = true
    endpoint_public_access  = length(var.public_access_cidrs) > 0
    public_access_cidrs     = length(var.public_access_cidrs) > 0 ? var.public_access_cidrs : null
  }

  tags = { Name = var.name }

  # Rights before the cluster and, in a destroy, after it: it removes its network interfaces with them.
  depends_on = [
    aws_cloudwatch_log_group.this,
    aws_iam_role_policy.cluster_secrets,
    aws_iam_role_policy_attachment.managed,
  ]
}

resource "aws_eks_access_entry" "administrator" {
  for_each = var.administrator_arns

  cluster_name  = aws_eks_cluster.this.name
  principal_arn = each.key
}

resource "aws_eks_access_policy_association" "administrator" {
  for_each = var.administrator_arns

  cluster_name  = aws_eks_cluster.this.name
  principal_arn = aws_eks_access_entry.administrator[each.key].principal_arn
  policy_arn    = "arn:${local.partition}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"

  access_scope {
    type = "cluster"
  }
}
