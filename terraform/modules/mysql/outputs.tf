output "admin_secret_arn" {
  description = "Secret with the master user's password, made, kept and rotated by RDS."
  value       = aws_rds_cluster.this.master_user_secret[0].secret_arn
}

output "cluster_endpoint" {
  description = "Host name of the writer, for those who connect directly."
  value       = aws_rds_cluster.this.endpoint
}

output "cluster_id" {
  description = "Identifier of the cluster; known at plan time."
  value       = local.cluster_id
}

output "port" {
  description = "Port of cluster and proxy; known at plan time."
  value       = local.port
}

output "proxy_endpoint" {
  description = "Host name of the proxy, to the writer."
  value       = aws_db_proxy.this.endpoint
}

output "proxy_name" {
  description = "Name of the proxy; known at plan time."
  value       = local.proxy_name
}

output "proxy_reader_endpoint" {
  description = "Host name of the proxy, to the readers only."
  value       = aws_db_proxy_endpoint.read_only.endpoint
}

output "reader_endpoint" {
  description = "Host name in front of the readers, for those who connect directly."
  value       = aws_rds_cluster.this.reader_endpoint
}
