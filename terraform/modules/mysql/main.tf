locals {
  cluster_id = "${var.name}-mysql"
  proxy_name = "${var.name}-mysql"
  port       = 3306
}

resource "aws_db_subnet_group" "this" {
  name        = local.cluster_id
  description = "Private subnets of ${local.cluster_id}"
  subnet_ids  = var.subnet_ids
}

resource "aws_rds_cluster_parameter_group" "this" {
  name        = "${local.cluster_id}-aurora-mysql8-0"
  description = "Parameters of ${local.cluster_id}"
  family      = "aurora-mysql8.0"

  dynamic "parameter" {
    for_each = local.parameters

    content {
      name         = parameter.key
      value        = parameter.value
      apply_method = "immediate"
    }
  }

  # A group in use cannot be removed: its successor comes first, and the family in the name keeps the two apart.
  lifecycle {
    create_before_destroy = true
  }
}

locals {
  parameters = {
    require_secure_transport = "ON"

    # Workers lock single rows by their keys; the gap locks of REPEATABLE-READ would only make them wait and deadlock.
    transaction_isolation = "READ-COMMITTED"

    # Keys and ids are compared byte by byte.
    character_set_server = "utf8mb4"
    collation_server     = "utf8mb4_bin"

    # Without these two the exported audit log stays empty. Queries are left out: they hold people's data.
    server_audit_logging = "1"
    server_audit_events  = "CONNECT,QUERY_DCL,QUERY_DDL"

    slow_query_log  = "1"
    long_query_time = "1"
  }
}

# The name of the last snapshot must be new each time, or the second destroy of a stack fails at the first one's snapshot.
resource "terraform_data" "final_snapshot" {}

resource "aws_rds_cluster" "this" {
  #checkov:skip=CKV_AWS_139: The caller decides, and prod sets it: a trial must be destroyable without an apply before.
  #checkov:skip=CKV_AWS_162: Clients sign in with the application's secret, at the proxy and directly; a second way in would only have to be guarded.
  #checkov:skip=CKV_AWS_326: Backtrack rewinds in place, under events that are already published; a point in time is restored beside the cluster instead.
  #checkov:skip=CKV2_AWS_8: The cluster's own continuous backup and final snapshot are kept; a plan of AWS Backup is the account's affair.
  cluster_identifier = local.cluster_id
  engine             = "aurora-mysql"
  engine_version     = var.engine_version
  database_name      = var.database
  port               = local.port

  master_username               = var.admin_username
  manage_master_user_password   = true
  master_user_secret_kms_key_id = var.secret_kms_key_arn

  # No availability_zones: AWS adds zones to a list that names fewer, and the difference would replace the cluster. The
  # subnet group spreads the instances.
  db_subnet_group_name            = aws_db_subnet_group.this.name
  vpc_security_group_ids          = [var.security_group_ids.cluster]
  db_cluster_parameter_group_name = aws_rds_cluster_parameter_group.this.name

  storage_encrypted = true
  kms_key_id        = var.kms_key_arn

  backup_retention_period      = var.backup_retention_days
  preferred_backup_window      = "01:00-02:00"
  preferred_maintenance_window = "sun:02:30-sun:03:30"
  copy_tags_to_snapshot        = true
  deletion_protection          = var.deletion_protection
  skip_final_snapshot          = false
  final_snapshot_identifier    = "${local.cluster_id}-final-${terraform_data.final_snapshot.id}"

  enabled_cloudwatch_logs_exports = local.log_exports

  # RDS would create a missing group by itself, without retention and key.
  depends_on = [aws_cloudwatch_log_group.cluster]
}

resource "aws_rds_cluster_instance" "this" {
  #checkov:skip=CKV_AWS_226: The version is var.engine_version. An upgrade that AWS makes by itself would make the next plan a downgrade.
  for_each = toset([for number in range(1, var.members + 1) : "member-${number}"])

  identifier         = "${local.cluster_id}-${each.key}"
  cluster_identifier = aws_rds_cluster.this.cluster_identifier
  engine             = aws_rds_cluster.this.engine
  engine_version     = aws_rds_cluster.this.engine_version
  instance_class     = var.instance_class

  # Before the replicas of the scaling, which AWS creates with 15: a member is never removed, so it should become the writer.
  promotion_tier = 1

  publicly_accessible        = false
  auto_minor_version_upgrade = false
  copy_tags_to_snapshot      = true
  ca_cert_identifier         = "rds-ca-rsa2048-g1"

  monitoring_interval = 60
  monitoring_role_arn = aws_iam_role.monitoring.arn

  performance_insights_enabled          = true
  performance_insights_kms_key_id       = var.kms_key_arn
  performance_insights_retention_period = 7

  depends_on = [aws_iam_role_policy_attachment.monitoring]
}
