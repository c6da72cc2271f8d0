# Rules of modules/security. The statements of the key policies are asserted on as configured; their JSON is mocked.

mock_provider "aws" {
  source          = "./tests/mocks/aws"
  override_during = plan
}

variables {
  name                        = "orders-test"
  account_id                  = "123456789012"
  region                      = "eu-central-1"
  admin_username              = "orders-admin"
  key_deletion_window_days    = 7
  secret_recovery_window_days = 0
}

run "keys_rotate_and_are_told_apart_by_what_they_protect" {
  command = plan

  module {
    source = "./modules/security"
  }

  assert {
    condition     = keys(aws_kms_key.this) == ["data", "logs", "messages", "secrets"]
    error_message = "there must be a key each for data, logs, messages and secrets"
  }

  assert {
    condition     = alltrue([for key in aws_kms_key.this : key.enable_key_rotation && key.deletion_window_in_days == 7])
    error_message = "every key must rotate and keep the deletion window"
  }

  assert {
    condition     = aws_kms_alias.this["logs"].name == "alias/orders-test-logs"
    error_message = "aliases must carry the prefix"
  }
}

run "a_service_uses_a_key_only_for_this_account" {
  command = plan

  module {
    source = "./modules/security"
  }

  assert {
    condition = alltrue(flatten([
      for document in data.aws_iam_policy_document.key : [
        for statement in document.statement : length(statement.condition) > 0
        if statement.sid != "AnyResourceAccountAdministersByIam"
      ]
    ]))
    error_message = "every statement but the account's own administration must have conditions"
  }

  assert {
    condition = alltrue(flatten([
      for document in data.aws_iam_policy_document.key : [
        for statement in document.statement : anytrue([
          for condition in statement.condition : condition.variable == "kms:CallerAccount" && condition.values == tolist(["123456789012"])
        ])
        if contains(flatten([for principal in statement.principals : principal.identifiers]), "*")
      ]
    ]))
    error_message = "a wildcard principal must be bound to the account"
  }

  assert {
    condition = toset(flatten([
      for statement in data.aws_iam_policy_document.key["messages"].statement : [
        for condition in statement.condition : condition.values if condition.variable == "kms:ViaService"
      ]
    ])) == toset(["sns.eu-central-1.amazonaws.com", "sqs.eu-central-1.amazonaws.com"])
    error_message = "the key of messages must be of use through SNS and SQS alone"
  }

  assert {
    condition = toset(flatten([
      for statement in data.aws_iam_policy_document.key["secrets"].statement : [
        for condition in statement.condition : condition.values if condition.variable == "kms:ViaService"
      ]
    ])) == toset(["secretsmanager.eu-central-1.amazonaws.com"])
    error_message = "the key of secrets must be of use through Secrets Manager alone"
  }
}

run "alarms_of_this_stack_may_publish_to_the_encrypted_topic" {
  command = plan

  module {
    source = "./modules/security"
  }

  assert {
    condition = anytrue([
      for statement in data.aws_iam_policy_document.key["messages"].statement :
      contains(flatten([for principal in statement.principals : principal.identifiers]), "cloudwatch.amazonaws.com") &&
      anytrue([for condition in statement.condition : condition.values == tolist(["arn:aws:cloudwatch:eu-central-1:123456789012:alarm:orders-test-*"])])
    ])
    error_message = "CloudWatch must be admitted for alarms that begin with the prefix"
  }

  assert {
    condition = anytrue([
      for statement in data.aws_iam_policy_document.key["logs"].statement :
      contains(flatten([for principal in statement.principals : principal.identifiers]), "logs.eu-central-1.amazonaws.com")
    ])
    error_message = "CloudWatch Logs must be admitted to the key of logs"
  }
}

run "grants_are_for_aws_resources_alone" {
  command = plan

  module {
    source = "./modules/security"
  }

  assert {
    condition = [
      for key, document in data.aws_iam_policy_document.key : key
      if anytrue([for statement in document.statement : contains(statement.actions, "kms:CreateGrant")])
    ] == ["data"]
    error_message = "only the key of data may be granted on"
  }

  assert {
    condition = alltrue([
      for statement in data.aws_iam_policy_document.key["data"].statement :
      contains([for condition in statement.condition : condition.variable], "kms:GrantIsForAWSResource")
      if contains(statement.actions, "kms:CreateGrant")
    ])
    error_message = "a grant must be for a resource of AWS"
  }
}

run "secrets_are_encrypted_and_the_application_passwords_are_write_only" {
  command = plan

  module {
    source = "./modules/security"
  }

  assert {
    condition     = [for key, secret in aws_secretsmanager_secret.this : secret.name] == ["orders-test/broker", "orders-test/broker-admin", "orders-test/documents", "orders-test/mysql"]
    error_message = "there must be the four secrets, under the prefix"
  }

  assert {
    condition     = alltrue([for secret in aws_secretsmanager_secret.this : secret.kms_key_id == output.key_arns.secrets && secret.recovery_window_in_days == 0])
    error_message = "every secret must be encrypted with the key of secrets and keep the recovery window"
  }

  assert {
    condition     = keys(aws_secretsmanager_secret_version.application) == ["broker", "documents", "mysql"]
    error_message = "the application must have a login to each server"
  }

  assert {
    condition     = alltrue([for version in aws_secretsmanager_secret_version.application : version.secret_string_wo_version == 1 && version.secret_string == null])
    error_message = "an application password must be written only, and not kept"
  }

  assert {
    condition     = output.broker_admin.username == "orders-admin"
    error_message = "the bootstrap administrator must bear the given name"
  }
}

run "a_raised_version_sends_new_passwords" {
  command = plan

  module {
    source = "./modules/security"
  }

  variables {
    password_version = 2
  }

  assert {
    condition     = alltrue([for version in aws_secretsmanager_secret_version.application : version.secret_string_wo_version == 2])
    error_message = "password_version must reach each application secret"
  }
}

run "account_id_has_twelve_digits" {
  command = plan

  module {
    source = "./modules/security"
  }

  variables {
    account_id = "12345"
  }

  expect_failures = [var.account_id]
}

run "administrator_is_not_guest" {
  command = plan

  module {
    source = "./modules/security"
  }

  variables {
    admin_username = "guest"
  }

  expect_failures = [var.admin_username]
}

run "administrator_is_not_the_application" {
  command = plan

  module {
    source = "./modules/security"
  }

  variables {
    admin_username = "orders-app"
  }

  expect_failures = [var.admin_username]
}

run "application_is_not_root" {
  command = plan

  module {
    source = "./modules/security"
  }

  variables {
    application_username = "root"
  }

  expect_failures = [var.application_username]
}

run "keys_can_be_brought_back_for_a_week_at_least" {
  command = plan

  module {
    source = "./modules/security"
  }

  variables {
    key_deletion_window_days = 3
  }

  expect_failures = [var.key_deletion_window_days]
}

run "name_does_not_end_with_a_hyphen" {
  command = plan

  module {
    source = "./modules/security"
  }

  variables {
    name = "orders-"
  }

  expect_failures = [var.name]
}

run "password_version_begins_at_one" {
  command = plan

  module {
    source = "./modules/security"
  }

  variables {
    password_version = 0
  }

  expect_failures = [var.password_version]
}

run "region_is_no_zone" {
  command = plan

  module {
    source = "./modules/security"
  }

  variables {
    region = "eu-central-1a"
  }

  expect_failures = [var.region]
}

run "secrets_recover_for_a_week_at_least_or_not_at_all" {
  command = plan

  module {
    source = "./modules/security"
  }

  variables {
    secret_recovery_window_days = 3
  }

  expect_failures = [var.secret_recovery_window_days]
}
