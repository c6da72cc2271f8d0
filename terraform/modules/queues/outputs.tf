output "arns" {
  description = "ARN of each queue."
  value       = { for key, queue in aws_sqs_queue.this : key => queue.arn }
}

output "names" {
  description = "Name of each queue, known at plan time."
  value       = { for key in keys(var.queues) : key => "${var.name}-${key}" }
}

output "urls" {
  description = "URL of each queue."
  value       = { for key, queue in aws_sqs_queue.this : key => queue.url }
}
