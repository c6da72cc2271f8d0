output "alarm_action_arns" {
  description = "What each alarm does when it goes off, by key: ARNs of the topic, the scaler and scaling policies."
  value       = { for key, alarm in var.alarms : key => [for action in alarm.actions : local.action_arns[action]] }
}

output "alarm_arns" {
  description = "ARN of each alarm, by key."
  value       = { for key, alarm in aws_cloudwatch_metric_alarm.this : key => alarm.arn }
}

output "alarm_names" {
  description = "Name of each alarm, by key; known at plan time."
  value       = local.names
}

output "dashboard_name" {
  description = "Name of the dashboard; known at plan time."
  value       = var.name
}

output "topic_arn" {
  description = "ARN of the topic that tells people."
  value       = aws_sns_topic.this.arn
}

output "unconfirmed_subscribers" {
  description = "E-mail addresses that have not confirmed their subscription, and so hear of no alarm."
  value       = sort([for address, subscription in aws_sns_topic_subscription.email : address if subscription.pending_confirmation])
}
