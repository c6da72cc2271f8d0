output "alias" {
  description = "Alias that callers must use."
  value       = var.alias
}

output "alias_arns" {
  description = "ARN of each function's alias, by key."
  value       = { for key, alias in aws_lambda_alias.this : key => alias.arn }
}

output "alias_invoke_arns" {
  description = "ARN by which API Gateway invokes each function's alias, by key."
  value       = { for key, alias in aws_lambda_alias.this : key => alias.invoke_arn }
}

output "arns" {
  description = "ARN of each function without a qualifier, by key."
  value       = { for key, function in aws_lambda_function.this : key => function.arn }
}

output "event_source_ids" {
  description = "UUID of each event source mapping, by key; RabbitMQ's are enabled by it once their queue exists."
  value = merge(
    { for key, source in aws_lambda_event_source_mapping.sqs : key => source.uuid },
    { for key, source in aws_lambda_event_source_mapping.rabbitmq : key => source.uuid },
  )
}

output "event_source_states" {
  description = "State of each event source mapping, such as Enabled."
  value = merge(
    { for key, mapping in aws_lambda_event_source_mapping.sqs : key => mapping.state },
    { for key, mapping in aws_lambda_event_source_mapping.rabbitmq : key => mapping.state },
  )
}

output "log_group_names" {
  description = "Log group of each function, by key; known while planning."
  value       = { for key, group in aws_cloudwatch_log_group.this : key => group.name }
}

output "names" {
  description = "Name of each function, by key; known while planning."
  value       = local.names
}

output "role_arns" {
  description = "ARN of each function's execution role, by key."
  value       = { for key, role in aws_iam_role.this : key => role.arn }
}

output "role_names" {
  description = "Name of each function's execution role, by key; known while planning."
  value       = { for key, role in aws_iam_role.this : key => role.name }
}
