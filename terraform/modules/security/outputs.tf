output "broker_admin" {
  description = "Bootstrap administrator of the broker. The password is in the state, as Amazon MQ's argument is."
  sensitive   = true
  value = {
    username = var.admin_username
    password = jsondecode(aws_secretsmanager_secret_version.broker_admin.secret_string).password
  }
}

output "key_arns" {
  description = "KMS keys: data (databases, volumes, images, broker), logs, messages (SQS, SNS), secrets."
  value = {
    data     = aws_kms_key.this["data"].arn
    logs     = aws_kms_key.this["logs"].arn
    messages = aws_kms_key.this["messages"].arn
    secrets  = aws_kms_key.this["secrets"].arn
  }
}

output "secret_arns" {
  description = "Secrets, each {\"username\", \"password\"}: broker, mysql and documents for the application, broker_admin for the role migrate."
  value = {
    broker       = aws_secretsmanager_secret.this["broker"].arn
    broker_admin = aws_secretsmanager_secret.this["broker_admin"].arn
    documents    = aws_secretsmanager_secret.this["documents"].arn
    mysql        = aws_secretsmanager_secret.this["mysql"].arn
  }
}
