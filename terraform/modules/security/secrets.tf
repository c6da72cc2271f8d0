locals {
  secrets = {
    broker       = "Login of functions and workers to RabbitMQ"
    broker_admin = "Bootstrap administrator of RabbitMQ"
    documents    = "Login of functions and workers to DocumentDB"
    mysql        = "Login of functions and workers to MySQL"
  }
}

resource "aws_secretsmanager_secret" "this" {
  #checkov:skip=CKV2_AWS_57: password_version rotates the application's, and the role migrate sets them in the servers; a rotation function could not do both at once
  for_each = local.secrets

  name                    = "${var.name}/${replace(each.key, "_", "-")}"
  description             = each.value
  kms_key_id              = aws_kms_key.this["secrets"].arn
  recovery_window_in_days = var.secret_recovery_window_days
}

# uuid() is 128 bits of the system's cryptographic randomness, drawn while applying. A write-only argument forgets it at once, and only a
# raised version sends another. The ephemeral aws_secretsmanager_random_password would do the same, but asks AWS at every plan, and no test
# with a mocked provider can load a configuration that contains it.
resource "aws_secretsmanager_secret_version" "application" {
  for_each = toset(["broker", "documents", "mysql"])

  secret_id                = aws_secretsmanager_secret.this[each.key].id
  secret_string_wo_version = var.password_version
  secret_string_wo = jsonencode({
    username = var.application_username
    password = replace(uuid(), "-", "")
  })
}

# Amazon MQ takes its administrator's password as an ordinary argument, which the state keeps in any case. So this secret may remember
# it: secret_string is the one place that is both stable and shown nowhere (terraform_data would print it in every destroy plan).
resource "aws_secretsmanager_secret_version" "broker_admin" {
  secret_id = aws_secretsmanager_secret.this["broker_admin"].id
  secret_string = jsonencode({
    username = var.admin_username
    password = replace(uuid(), "-", "")
  })

  lifecycle {
    # Every plan draws another one; the first stays.
    ignore_changes = [secret_string]
  }
}
