mock_provider "aws" {
  source          = "./tests/mocks/aws"
  override_during = plan
}

variables {
  name                   = "orders-test"
  engine_version         = "8.0.mysql_aurora.3.08.2"
  database               = "orders"
  instance_class         = "db.r7g.large"
  members                = 2
  replicas               = { minimum = 0, maximum = 4, target_cpu_percent = 60, cooldown_in_s = 600, cooldown_out_s = 300 }
  proxy                  = { borrow_timeout_s = 5, max_connections_percent = 90 }
  subnet_ids             = ["subnet-a", "subnet-b", "subnet-c"]
  security_group_ids     = { cluster = "sg-mysql", proxy = "sg-mysql-proxy" }
  kms_key_arn            = "arn:aws:kms:eu-central-1:123456789012:key/aaaaaaaa-2222-3333-4444-555555555555"
  log_kms_key_arn        = "arn:aws:kms:eu-central-1:123456789012:key/bbbbbbbb-2222-3333-4444-555555555555"
  secret_kms_key_arn     = "arn:aws:kms:eu-central-1:123456789012:key/cccccccc-2222-3333-4444-555555555555"
  application_secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:orders-test-mysql-AbCdEf"
  admin_username         = "ordersadmin"
  backup_retention_days  = 7
  deletion_protection    = true
  log_retention_days     = 30
}

run "members_are_a_writer_and_fixed_readers_with_keys_of_their_own" {
  command = plan

  module {
    source = "./modules/mysql"
  }

  variables {
    members = 3
  }

  assert {
    condition     = keys(aws_rds_cluster_instance.this) == ["member-1", "member-2", "member-3"]
    error_message = "Members must have keys that stay when their number changes."
  }

  assert {
    condition     = alltrue([for key, member in aws_rds_cluster_instance.this : member.identifier == "orders-test-mysql-${key}" && member.cluster_identifier == "orders-test-mysql"])
    error_message = "Members must belong to the cluster and bear its name."
  }

  assert {
    condition     = alltrue([for member in aws_rds_cluster_instance.this : member.promotion_tier < 15 && !member.auto_minor_version_upgrade])
    error_message = "A member must become the writer before a replica of the scaling, and keep the stated version."
  }
}

run "zones_are_left_to_the_subnet_group" {
  command = plan

  module {
    source = "./modules/mysql"
  }

  assert {
    condition     = length(aws_db_subnet_group.this.subnet_ids) == 3 && aws_rds_cluster.this.db_subnet_group_name == "orders-test-mysql"
    error_message = "The subnet group must span the three zones."
  }

  assert {
    condition     = alltrue([for member in aws_rds_cluster_instance.this : !member.publicly_accessible])
    error_message = "Members must be private."
  }
}

run "nothing_connects_without_tls" {
  command = plan

  module {
    source = "./modules/mysql"
  }

  assert {
    condition     = one([for parameter in aws_rds_cluster_parameter_group.this.parameter : parameter.value if parameter.name == "require_secure_transport"]) == "ON"
    error_message = "The cluster must refuse connections without TLS."
  }

  assert {
    condition     = aws_db_proxy.this.require_tls
    error_message = "The proxy must refuse connections without TLS."
  }

  assert {
    condition     = aws_rds_cluster.this.db_cluster_parameter_group_name == aws_rds_cluster_parameter_group.this.name
    error_message = "The cluster must use the parameter group."
  }
}

run "isolation_and_collation_are_what_the_code_counts_on" {
  command = plan

  module {
    source = "./modules/mysql"
  }

  assert {
    condition = { for parameter in aws_rds_cluster_parameter_group.this.parameter : parameter.name => parameter.value if contains(["transaction_isolation", "character_set_server", "collation_server"], parameter.name) } == {
      transaction_isolation = "READ-COMMITTED"
      character_set_server  = "utf8mb4"
      collation_server      = "utf8mb4_bin"
    }
    error_message = "Transactions must be READ-COMMITTED and text utf8mb4_bin."
  }
}

run "storage_insights_and_secret_are_encrypted_with_the_given_keys" {
  command = plan

  module {
    source = "./modules/mysql"
  }

  assert {
    condition     = aws_rds_cluster.this.storage_encrypted && aws_rds_cluster.this.kms_key_id == var.kms_key_arn
    error_message = "Storage must be encrypted with the data key."
  }

  assert {
    condition     = aws_rds_cluster.this.manage_master_user_password && aws_rds_cluster.this.master_user_secret_kms_key_id == var.secret_kms_key_arn
    error_message = "RDS must manage the master password, under the key of the secrets."
  }

  assert {
    condition     = aws_rds_cluster.this.master_password == null
    error_message = "No master password may be in the state."
  }

  assert {
    condition     = alltrue([for member in aws_rds_cluster_instance.this : member.performance_insights_enabled && member.performance_insights_kms_key_id == var.kms_key_arn])
    error_message = "Performance Insights must be encrypted with the data key."
  }
}

run "a_destroy_leaves_a_snapshot" {
  command = plan

  module {
    source = "./modules/mysql"
  }

  assert {
    condition     = !aws_rds_cluster.this.skip_final_snapshot && aws_rds_cluster.this.copy_tags_to_snapshot && aws_rds_cluster.this.deletion_protection
    error_message = "The cluster must be protected, and leave a snapshot with its tags."
  }
}

run "log_groups_come_first_with_retention_and_key" {
  command = plan

  module {
    source = "./modules/mysql"
  }

  assert {
    condition     = aws_rds_cluster.this.enabled_cloudwatch_logs_exports == toset(keys(aws_cloudwatch_log_group.cluster))
    error_message = "Each exported log must have a group of ours."
  }

  assert {
    condition     = alltrue([for export, group in aws_cloudwatch_log_group.cluster : group.name == "/aws/rds/cluster/orders-test-mysql/${export}" && group.retention_in_days == 30 && group.kms_key_id == var.log_kms_key_arn])
    error_message = "Groups must have the name that RDS writes to, retention and key."
  }

  assert {
    condition     = aws_cloudwatch_log_group.proxy.name == "/aws/rds/proxy/${aws_db_proxy.this.name}" && aws_cloudwatch_log_group.proxy.retention_in_days == 30 && aws_cloudwatch_log_group.proxy.kms_key_id == var.log_kms_key_arn
    error_message = "The proxy's group must have the name that it writes to, retention and key."
  }
}

run "audit_log_names_connections_and_changes_of_rights_but_no_queries" {
  command = plan

  module {
    source = "./modules/mysql"
  }

  assert {
    condition     = one([for parameter in aws_rds_cluster_parameter_group.this.parameter : parameter.value if parameter.name == "server_audit_events"]) == "CONNECT,QUERY_DCL,QUERY_DDL"
    error_message = "The audit log must not hold statements with people's data."
  }

  assert {
    condition     = !aws_db_proxy.this.debug_logging
    error_message = "The proxy must not log statements."
  }
}

run "proxy_signs_in_with_the_applications_secret" {
  command = plan

  module {
    source = "./modules/mysql"
  }

  assert {
    condition     = one(aws_db_proxy.this.auth).secret_arn == var.application_secret_arn && one(aws_db_proxy.this.auth).auth_scheme == "SECRETS"
    error_message = "The proxy must use the application's secret."
  }

  assert {
    condition     = aws_db_proxy.this.vpc_security_group_ids == toset(["sg-mysql-proxy"]) && aws_rds_cluster.this.vpc_security_group_ids == toset(["sg-mysql"])
    error_message = "Proxy and cluster must each have their own security group."
  }

  assert {
    condition     = aws_db_proxy_target.this.db_cluster_identifier == "orders-test-mysql" && aws_db_proxy_target.this.db_proxy_name == "orders-test-mysql"
    error_message = "The cluster must be the proxy's target."
  }

  assert {
    condition     = aws_db_proxy_default_target_group.this.connection_pool_config[0].connection_borrow_timeout == 5 && aws_db_proxy_default_target_group.this.connection_pool_config[0].max_connections_percent == 90
    error_message = "The pool must have the given bounds."
  }
}

run "reads_have_an_endpoint_that_cannot_write" {
  command = plan

  module {
    source = "./modules/mysql"
  }

  assert {
    condition     = aws_db_proxy_endpoint.read_only.target_role == "READ_ONLY" && aws_db_proxy_endpoint.read_only.db_proxy_name == aws_db_proxy.this.name
    error_message = "The second endpoint must lead to the readers only."
  }

  assert {
    condition     = aws_db_proxy_endpoint.read_only.vpc_security_group_ids == toset(["sg-mysql-proxy"])
    error_message = "It must have the proxy's security group."
  }
}

run "proxy_role_reads_one_secret_and_decrypts_with_one_key" {
  command = plan

  module {
    source = "./modules/mysql"
  }

  assert {
    condition     = flatten([for statement in data.aws_iam_policy_document.proxy.statement : statement.resources]) == [var.application_secret_arn, var.secret_kms_key_arn]
    error_message = "The role must name the secret and its key, and nothing else."
  }

  assert {
    condition     = flatten([for statement in data.aws_iam_policy_document.proxy.statement : statement.actions]) == ["secretsmanager:GetSecretValue", "kms:Decrypt"]
    error_message = "The role must read and decrypt, and nothing else."
  }

  assert {
    condition     = one(data.aws_iam_policy_document.proxy.statement[1].condition).values == tolist(["secretsmanager.eu-central-1.amazonaws.com"])
    error_message = "The key must serve through Secrets Manager only."
  }
}

run "services_may_assume_the_roles_for_this_account_only" {
  command = plan

  module {
    source = "./modules/mysql"
  }

  assert {
    condition = alltrue([
      for document in [data.aws_iam_policy_document.monitoring_trust, data.aws_iam_policy_document.proxy_trust] :
      one(document.statement[0].condition).variable == "aws:SourceAccount" && one(document.statement[0].condition).values == tolist(["123456789012"])
    ])
    error_message = "Trust must be bound to the account of the keys."
  }

  assert {
    condition     = one(data.aws_iam_policy_document.monitoring_trust.statement[0].principals).identifiers == toset(["monitoring.rds.amazonaws.com"])
    error_message = "Enhanced monitoring must assume its role."
  }

  assert {
    condition     = one(data.aws_iam_policy_document.proxy_trust.statement[0].principals).identifiers == toset(["rds.amazonaws.com"])
    error_message = "RDS must assume the proxy's role."
  }

  assert {
    condition     = alltrue([for member in aws_rds_cluster_instance.this : member.monitoring_interval == 60 && member.monitoring_role_arn == aws_iam_role.monitoring.arn])
    error_message = "Members must report with the monitoring role."
  }
}

run "replicas_are_counted_beside_the_fixed_readers" {
  command = plan

  module {
    source = "./modules/mysql"
  }

  variables {
    members = 3
  }

  assert {
    condition     = aws_appautoscaling_target.replicas.min_capacity == 2 && aws_appautoscaling_target.replicas.max_capacity == 6
    error_message = "AWS counts all readers: the two fixed ones must be in both bounds."
  }

  assert {
    condition     = aws_appautoscaling_target.replicas.resource_id == "cluster:orders-test-mysql" && aws_appautoscaling_target.replicas.scalable_dimension == "rds:cluster:ReadReplicaCount"
    error_message = "The target must be the cluster's readers."
  }
}

run "replicas_follow_the_cpu_of_the_readers" {
  command = plan

  module {
    source = "./modules/mysql"
  }

  assert {
    condition     = aws_appautoscaling_policy.replicas.target_tracking_scaling_policy_configuration[0].predefined_metric_specification[0].predefined_metric_type == "RDSReaderAverageCPUUtilization"
    error_message = "The policy must follow the readers' CPU."
  }

  assert {
    condition     = aws_appautoscaling_policy.replicas.target_tracking_scaling_policy_configuration[0].target_value == 60 && aws_appautoscaling_policy.replicas.target_tracking_scaling_policy_configuration[0].scale_in_cooldown == 600 && aws_appautoscaling_policy.replicas.target_tracking_scaling_policy_configuration[0].scale_out_cooldown == 300
    error_message = "Target and cooldowns must be the given ones."
  }
}

run "outputs_tell_where_to_connect" {
  command = plan

  module {
    source = "./modules/mysql"
  }

  assert {
    condition     = output.cluster_id == "orders-test-mysql" && output.proxy_name == "orders-test-mysql" && output.port == 3306
    error_message = "Names must be built from the prefix."
  }

  assert {
    condition     = length(toset([output.cluster_endpoint, output.reader_endpoint, output.proxy_endpoint, output.proxy_reader_endpoint])) == 4
    error_message = "Each way in must have its own host name."
  }

  assert {
    condition     = output.admin_secret_arn == "arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds!cluster-mocked-AbCdEf"
    error_message = "The admin's secret must be the one that RDS made."
  }
}

run "one_member_is_refused" {
  command = plan

  module {
    source = "./modules/mysql"
  }

  variables {
    members = 1
  }

  expect_failures = [var.members]
}

run "more_readers_than_aurora_allows_are_refused" {
  command = plan

  module {
    source = "./modules/mysql"
  }

  variables {
    members = 13
  }

  expect_failures = [var.replicas]
}

run "negative_minimum_of_replicas_is_refused" {
  command = plan

  module {
    source = "./modules/mysql"
  }

  variables {
    replicas = { minimum = -1, maximum = 4, target_cpu_percent = 60, cooldown_in_s = 600, cooldown_out_s = 300 }
  }

  expect_failures = [var.replicas]
}

run "minimum_above_maximum_is_refused" {
  command = plan

  module {
    source = "./modules/mysql"
  }

  variables {
    replicas = { minimum = 5, maximum = 4, target_cpu_percent = 60, cooldown_in_s = 600, cooldown_out_s = 300 }
  }

  expect_failures = [var.replicas]
}

run "target_cpu_of_95_is_refused" {
  command = plan

  module {
    source = "./modules/mysql"
  }

  variables {
    replicas = { minimum = 0, maximum = 4, target_cpu_percent = 95, cooldown_in_s = 600, cooldown_out_s = 300 }
  }

  expect_failures = [var.replicas]
}

run "cooldown_shorter_than_a_replica_takes_is_refused" {
  command = plan

  module {
    source = "./modules/mysql"
  }

  variables {
    replicas = { minimum = 0, maximum = 4, target_cpu_percent = 60, cooldown_in_s = 600, cooldown_out_s = 30 }
  }

  expect_failures = [var.replicas]
}

run "proxy_that_takes_all_connections_is_refused" {
  command = plan

  module {
    source = "./modules/mysql"
  }

  variables {
    proxy = { borrow_timeout_s = 5, max_connections_percent = 100 }
  }

  expect_failures = [var.proxy]
}

run "borrow_timeout_of_zero_is_refused" {
  command = plan

  module {
    source = "./modules/mysql"
  }

  variables {
    proxy = { borrow_timeout_s = 0, max_connections_percent = 90 }
  }

  expect_failures = [var.proxy]
}

run "version_without_a_patch_is_refused" {
  command = plan

  module {
    source = "./modules/mysql"
  }

  variables {
    engine_version = "8.0"
  }

  expect_failures = [var.engine_version]
}

run "class_without_performance_insights_is_refused" {
  command = plan

  module {
    source = "./modules/mysql"
  }

  variables {
    instance_class = "db.t3.medium"
  }

  expect_failures = [var.instance_class]
}

run "two_subnets_are_refused" {
  command = plan

  module {
    source = "./modules/mysql"
  }

  variables {
    subnet_ids = ["subnet-a", "subnet-b"]
  }

  expect_failures = [var.subnet_ids]
}

run "name_with_capitals_is_refused" {
  command = plan

  module {
    source = "./modules/mysql"
  }

  variables {
    name = "Orders"
  }

  expect_failures = [var.name]
}

run "database_with_a_hyphen_is_refused" {
  command = plan

  module {
    source = "./modules/mysql"
  }

  variables {
    database = "orders-test"
  }

  expect_failures = [var.database]
}

run "reserved_admin_name_is_refused" {
  command = plan

  module {
    source = "./modules/mysql"
  }

  variables {
    admin_username = "rdsadmin"
  }

  expect_failures = [var.admin_username]
}

run "backup_of_zero_days_is_refused" {
  command = plan

  module {
    source = "./modules/mysql"
  }

  variables {
    backup_retention_days = 0
  }

  expect_failures = [var.backup_retention_days]
}

run "retention_that_cloudwatch_lacks_is_refused" {
  command = plan

  module {
    source = "./modules/mysql"
  }

  variables {
    log_retention_days = 31
  }

  expect_failures = [var.log_retention_days]
}
