output "admin_secret_arn" {
  description = "Secret with the master user's password, made, kept and rotated by DocumentDB."
  value       = aws_docdb_cluster.this.master_user_secret[0].secret_arn
}

output "cluster_id" {
  description = "Identifier of the cluster; known at plan time."
  value       = local.cluster_id
}

output "endpoint" {
  description = "Host name of the primary."
  value       = aws_docdb_cluster.this.endpoint
}

output "maximum" {
  description = "Instances up to which the scaler may grow the cluster; known at plan time."
  value       = var.maximum
}

output "minimum" {
  description = "Instances below which the scaler may not shrink the cluster: its fixed members; known at plan time."
  value       = var.members
}

output "port" {
  description = "Port of the cluster; known at plan time."
  value       = local.port
}

output "reader_endpoint" {
  description = "Host name in front of the replicas."
  value       = aws_docdb_cluster.this.reader_endpoint
}

output "scaled_instance_prefix" {
  description = "How the identifiers of instances begin that the scaler adds, and that it alone may remove; known at plan time."
  value       = local.scaled_instance_prefix
}
