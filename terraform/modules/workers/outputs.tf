output "autoscaling_group_name" {
  description = "Auto Scaling group of the nodes; EKS names it, known after apply."
  value       = aws_eks_node_group.this[local.node_group].resources[0].autoscaling_groups[0].name
}

output "cluster_endpoint" {
  description = "Address of the Kubernetes API."
  value       = aws_eks_cluster.this.endpoint
}

output "cluster_name" {
  description = "Name of the cluster; known at plan time."
  value       = var.name
}

output "cluster_security_group_id" {
  description = "Security group that EKS makes for control plane and nodes."
  value       = aws_eks_cluster.this.vpc_config[0].cluster_security_group_id
}

output "node_group_name" {
  description = "Name of the node group; known at plan time."
  value       = local.node_group_name
}

output "pricing_dimensions" {
  description = "Dimensions of the pricing load balancer's metrics in AWS/NetworkELB, for alarms."
  value       = { LoadBalancer = aws_lb.pricing.arn_suffix, TargetGroup = aws_lb_target_group.pricing.arn_suffix }
}

output "pricing_host" {
  description = "Name of the pricing load balancer in DNS."
  value       = aws_lb.pricing.dns_name
}

output "pricing_target_group_arn" {
  description = "Target group of the pricing service."
  value       = aws_lb_target_group.pricing.arn
}

output "repository_url" {
  description = "Where the workers' images are pushed to and pulled from."
  value       = aws_ecr_repository.this.repository_url
}

output "scale_in_policy_arn" {
  description = "Policy that removes nodes, for an alarm's action."
  value       = aws_autoscaling_policy.in.arn
}

output "scale_out_policy_arn" {
  description = "Policy that adds nodes, for an alarm's action."
  value       = aws_autoscaling_policy.out.arn
}

output "workload_role_arns" {
  description = "ARN of each workload's role."
  value       = { for key in keys(var.workloads) : key => aws_iam_role.pod[key].arn }
}

output "status" {
  description = "State of the cluster and of its node group, as EKS reports it: ACTIVE when all is well."
  value       = { cluster = aws_eks_cluster.this.status, nodes = aws_eks_node_group.this[local.node_group].status }
}
