mock_provider "aws" {
  source          = "./tests/mocks/aws"
  override_during = plan
}

variables {
  name                  = "orders-test"
  engine_version        = "5.0.0"
  instance_class        = "db.r6g.large"
  members               = 2
  maximum               = 6
  subnet_ids            = ["subnet-a", "subnet-b", "subnet-c"]
  security_group_id     = "sg-documents"
  kms_key_arn           = "arn:aws:kms:eu-central-1:123456789012:key/aaaaaaaa-2222-3333-4444-555555555555"
  log_kms_key_arn       = "arn:aws:kms:eu-central-1:123456789012:key/bbbbbbbb-2222-3333-4444-555555555555"
  admin_username        = "ordersadmin"
  backup_retention_days = 7
  deletion_protection   = true
  log_retention_days    = 30
}

run "members_are_fixed_instances_with_keys_of_their_own" {
  command = plan

  module {
    source = "./modules/documentdb"
  }

  variables {
    members = 3
  }

  assert {
    condition     = keys(aws_docdb_cluster_instance.this) == ["member-1", "member-2", "member-3"]
    error_message = "Members must have keys that stay when their number changes."
  }

  assert {
    condition     = alltrue([for key, member in aws_docdb_cluster_instance.this : member.identifier == "orders-test-documents-${key}" && member.cluster_identifier == "orders-test-documents"])
    error_message = "Members must belong to the cluster and bear its name."
  }

  assert {
    condition     = alltrue([for member in aws_docdb_cluster_instance.this : member.promotion_tier < 15])
    error_message = "A member must become the primary before an instance of the scaler."
  }
}

run "instances_of_the_scaler_cannot_be_taken_for_members" {
  command = plan

  module {
    source = "./modules/documentdb"
  }

  assert {
    condition     = output.scaled_instance_prefix == "orders-test-documents-scaled-"
    error_message = "The prefix must be the cluster's own."
  }

  assert {
    condition     = alltrue([for member in aws_docdb_cluster_instance.this : !startswith(member.identifier, output.scaled_instance_prefix)])
    error_message = "No member may have a name that the scaler removes."
  }

  assert {
    condition     = output.minimum == 2 && output.maximum == 6
    error_message = "The scaler must keep to the members and the maximum."
  }
}

run "tls_audit_and_profiler_are_on" {
  command = plan

  module {
    source = "./modules/documentdb"
  }

  assert {
    condition = { for parameter in aws_docdb_cluster_parameter_group.this.parameter : parameter.name => parameter.value } == {
      tls                   = "enabled"
      audit_logs            = "enabled"
      profiler              = "enabled"
      profiler_threshold_ms = "100"
    }
    error_message = "The cluster must demand TLS, and write what is exported."
  }

  assert {
    condition     = aws_docdb_cluster.this.db_cluster_parameter_group_name == aws_docdb_cluster_parameter_group.this.name && aws_docdb_cluster_parameter_group.this.family == "docdb5.0"
    error_message = "The cluster must use the group, and the group the family of its version."
  }
}

run "family_follows_the_version" {
  command = plan

  module {
    source = "./modules/documentdb"
  }

  variables {
    engine_version = "8.0.0"
  }

  assert {
    condition     = aws_docdb_cluster_parameter_group.this.family == "docdb8.0" && aws_docdb_cluster_parameter_group.this.name == "orders-test-documents-docdb8-0"
    error_message = "Another family must come with another name, so that both can exist during the upgrade."
  }
}

run "storage_is_encrypted_and_the_password_managed" {
  command = plan

  module {
    source = "./modules/documentdb"
  }

  assert {
    condition     = aws_docdb_cluster.this.storage_encrypted && aws_docdb_cluster.this.kms_key_id == var.kms_key_arn
    error_message = "Storage must be encrypted with the given key."
  }

  assert {
    condition     = aws_docdb_cluster.this.manage_master_user_password && aws_docdb_cluster.this.master_password == null
    error_message = "DocumentDB must manage the password, and none be in the state."
  }
}

run "zones_are_left_to_the_subnet_group" {
  command = plan

  module {
    source = "./modules/documentdb"
  }

  assert {
    condition     = length(aws_docdb_subnet_group.this.subnet_ids) == 3 && aws_docdb_cluster.this.db_subnet_group_name == aws_docdb_subnet_group.this.name
    error_message = "The subnet group must span the three zones."
  }

  assert {
    condition     = aws_docdb_cluster.this.vpc_security_group_ids == toset(["sg-documents"])
    error_message = "The cluster must have the given security group and no other."
  }
}

run "a_destroy_leaves_a_snapshot" {
  command = plan

  module {
    source = "./modules/documentdb"
  }

  assert {
    condition     = !aws_docdb_cluster.this.skip_final_snapshot && aws_docdb_cluster.this.deletion_protection && aws_docdb_cluster.this.backup_retention_period == 7
    error_message = "The cluster must be protected, be backed up and leave a snapshot."
  }
}

run "log_groups_come_first_with_retention_and_key" {
  command = plan

  module {
    source = "./modules/documentdb"
  }

  assert {
    condition     = toset(aws_docdb_cluster.this.enabled_cloudwatch_logs_exports) == toset(keys(aws_cloudwatch_log_group.this))
    error_message = "Each exported log must have a group of ours."
  }

  assert {
    condition     = alltrue([for export, group in aws_cloudwatch_log_group.this : group.name == "/aws/docdb/orders-test-documents/${export}" && group.retention_in_days == 30 && group.kms_key_id == var.log_kms_key_arn])
    error_message = "Groups must have the name that DocumentDB writes to, retention and key."
  }
}

run "outputs_tell_where_to_connect" {
  command = plan

  module {
    source = "./modules/documentdb"
  }

  assert {
    condition     = output.cluster_id == "orders-test-documents" && output.port == 27017 && output.port == aws_docdb_cluster.this.port
    error_message = "The name must be built from the prefix."
  }

  assert {
    condition     = output.endpoint != output.reader_endpoint
    error_message = "Primary and replicas must have their own host names."
  }

  assert {
    condition     = output.admin_secret_arn == "arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds!cluster-mocked-GhIjKl"
    error_message = "The admin's secret must be the one that DocumentDB made."
  }
}

run "one_member_is_refused" {
  command = plan

  module {
    source = "./modules/documentdb"
  }

  variables {
    members = 1
  }

  expect_failures = [var.members]
}

run "maximum_below_the_members_is_refused" {
  command = plan

  module {
    source = "./modules/documentdb"
  }

  variables {
    maximum = 1
  }

  expect_failures = [var.maximum]
}

run "more_instances_than_a_cluster_takes_are_refused" {
  command = plan

  module {
    source = "./modules/documentdb"
  }

  variables {
    maximum = 17
  }

  expect_failures = [var.maximum]
}

run "version_without_a_patch_is_refused" {
  command = plan

  module {
    source = "./modules/documentdb"
  }

  variables {
    engine_version = "5.0"
  }

  expect_failures = [var.engine_version]
}

run "class_of_another_service_is_refused" {
  command = plan

  module {
    source = "./modules/documentdb"
  }

  variables {
    instance_class = "mq.m7g.large"
  }

  expect_failures = [var.instance_class]
}

run "two_subnets_are_refused" {
  command = plan

  module {
    source = "./modules/documentdb"
  }

  variables {
    subnet_ids = ["subnet-a", "subnet-b"]
  }

  expect_failures = [var.subnet_ids]
}

run "name_with_capitals_is_refused" {
  command = plan

  module {
    source = "./modules/documentdb"
  }

  variables {
    name = "Orders"
  }

  expect_failures = [var.name]
}

run "reserved_admin_name_is_refused" {
  command = plan

  module {
    source = "./modules/documentdb"
  }

  variables {
    admin_username = "admin"
  }

  expect_failures = [var.admin_username]
}

run "backup_of_zero_days_is_refused" {
  command = plan

  module {
    source = "./modules/documentdb"
  }

  variables {
    backup_retention_days = 0
  }

  expect_failures = [var.backup_retention_days]
}

run "retention_that_cloudwatch_lacks_is_refused" {
  command = plan

  module {
    source = "./modules/documentdb"
  }

  variables {
    log_retention_days = 31
  }

  expect_failures = [var.log_retention_days]
}
