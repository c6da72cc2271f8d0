output "amqp_port" {
  description = "Port of AMQP over TLS."
  value       = local.amqp_port
}

output "arn" {
  description = "ARN of the broker."
  value       = aws_mq_broker.this.arn
}

output "broker_name" {
  description = "Name of the broker, the dimension Broker of its metrics; known at plan time."
  value       = local.broker_name
}

output "connection_limit" {
  description = "Connections that the class carries; known at plan time."
  value       = local.class.connections
}

output "deployment" {
  description = "Deployment mode; known at plan time."
  value       = local.deployment
}

output "host" {
  description = "Host name of the cluster, in front of all nodes."
  value       = regex("^amqps://([^:/]+)", aws_mq_broker.this.instances[0].endpoints[0])[0]
}

output "id" {
  description = "Id of the broker, such as b-1234a5b6-78cd-901e-2fgh-3i45j6k17819."
  value       = aws_mq_broker.this.id
}

output "management_url" {
  description = "Address of the management API and console."
  value       = aws_mq_broker.this.instances[0].console_url
}

output "memory_bytes" {
  description = "Memory of each node; known at plan time."
  value       = local.class.memory_gib * pow(1024, 3)
}

output "memory_watermark" {
  description = "Share of a node's memory at which RabbitMQ stops every publisher, by version; known at plan time."
  value       = tonumber(split(".", var.engine_version)[0]) < 4 ? 0.4 : 0.6
}

output "nodes" {
  description = "Nodes of the cluster; known at plan time."
  value       = local.nodes
}
