output "api_endpoint" {
  description = "URL of the API's stage."
  value       = module.api.endpoint
}

output "cluster" {
  description = "What `kubectl` and the worker deployment need: the EKS cluster, its endpoint, the image repository and the pricing target group."
  value = {
    name                     = module.workers.cluster_name
    endpoint                 = module.workers.cluster_endpoint
    repository_url           = module.workers.repository_url
    pricing_target_group_arn = module.workers.pricing_target_group_arn
    namespace                = var.name
  }
}

output "worker_environment" {
  description = "Environment variables of each worker role: settings, resolved addresses, and where its secrets are."
  value = { for name, worker in local.workers : name => merge(
    worker.settings, { for variable, address in worker.references : variable => local.addresses.worker[address] }
  ) }
}

output "event_source_ids" {
  description = "Event source mappings by name. RabbitMQ's is created disabled; the deployment enables it once `migrate` has made its queue."
  value       = module.functions.event_source_ids
}

output "alarm_topic_arn" {
  description = "SNS topic that alarms notify."
  value       = module.monitoring.topic_arn
}

output "reachable" {
  description = "For each security group role, the roles and ports that it may open connections to."
  value       = module.network.reachable
}
