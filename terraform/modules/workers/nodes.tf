locals {
  # Image and purchase option cannot change in place. They are the group's key, so that a change makes the new group while the
  # old one drains. `create_before_destroy` would do that in order, but Terraform then treats all that the group rests on so,
  # down to the network: whatever of it has a fixed name could never be replaced, as after an interrupted apply.
  node_group = join("-", [
    strcontains(var.nodes.ami_type, "ARM") ? "arm64" : "amd64",
    var.nodes.capacity_type == "SPOT" ? "spot" : "on-demand",
  ])
  node_group_name = "${var.name}-${local.node_group}"
}

resource "aws_launch_template" "nodes" {
  name        = "${var.name}-nodes"
  description = "Nodes of the EKS cluster ${var.name}."
  # Here and not in the node group: there a change of it would replace the group, here it is a rolling update.
  instance_type = var.nodes.instance_class
  # Its own group lets the control plane and the nodes talk; ours is what the rest of the stack lets in.
  vpc_security_group_ids = [aws_eks_cluster.this.vpc_config[0].cluster_security_group_id, var.security_group_ids.nodes]
  update_default_version = true

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_size           = var.nodes.disk_gb
      volume_type           = "gp3"
      encrypted             = true
      kms_key_id            = var.kms_key_arn
      delete_on_termination = true
    }
  }

  # One hop: a pod does not get the node's credentials. The CloudWatch agent runs in the host's network.
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  dynamic "tag_specifications" {
    for_each = toset(["instance", "volume", "network-interface"])

    content {
      resource_type = tag_specifications.value
      tags          = { Name = "${var.name}-node" }
    }
  }

  tags = { Name = "${var.name}-nodes" }
}

resource "aws_eks_node_group" "this" {
  for_each = toset([local.node_group])

  cluster_name    = aws_eks_cluster.this.name
  node_group_name = local.node_group_name
  node_role_arn   = aws_iam_role.node.arn
  subnet_ids      = var.subnet_ids
  version         = aws_eks_cluster.this.version
  ami_type        = var.nodes.ami_type
  capacity_type   = var.nodes.capacity_type

  launch_template {
    id      = aws_launch_template.nodes.id
    version = aws_launch_template.nodes.latest_version
  }

  scaling_config {
    min_size     = var.nodes.minimum
    max_size     = var.nodes.maximum
    desired_size = var.nodes.minimum
  }

  update_config {
    max_unavailable = 1
  }

  node_repair_config {
    enabled = true
  }

  tags = { Name = local.node_group_name }

  depends_on = [
    aws_eks_addon.before_nodes,
    aws_iam_role_policy_attachment.managed,
  ]

  lifecycle {
    # The scaling policies own it; setting it back would drain nodes that are in use.
    ignore_changes = [scaling_config[0].desired_size]
  }
}
