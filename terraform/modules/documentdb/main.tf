locals {
  # Aurora and DocumentDB share one space of identifiers, hence the suffix.
  cluster_id             = "${var.name}-documents"
  scaled_instance_prefix = "${local.cluster_id}-scaled-"
  port                   = 27017

  # 5.0.0 -> docdb5.0
  family = "docdb${join(".", slice(split(".", var.engine_version), 0, 2))}"
}

resource "aws_docdb_subnet_group" "this" {
  name        = local.cluster_id
  description = "Private subnets of ${local.cluster_id}"
  subnet_ids  = var.subnet_ids
}

resource "aws_docdb_cluster_parameter_group" "this" {
  name        = "${local.cluster_id}-${replace(local.family, ".", "-")}"
  description = "Parameters of ${local.cluster_id}"
  family      = local.family

  parameter {
    name  = "tls"
    value = "enabled"
  }

  # The exported logs stay empty unless these turn them on.
  parameter {
    name  = "audit_logs"
    value = "enabled"
  }

  parameter {
    name  = "profiler"
    value = "enabled"
  }

  parameter {
    name  = "profiler_threshold_ms"
    value = "100"
  }

  # A group in use cannot be removed: its successor comes first, and the family in the name keeps the two apart.
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_cloudwatch_log_group" "this" {
  #checkov:skip=CKV_AWS_338: The retention is the caller's: a local stack needs no year of logs.
  for_each = toset(["audit", "profiler"])

  name              = "/aws/docdb/${local.cluster_id}/${each.key}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.log_kms_key_arn
}

# The name of the last snapshot must be new each time, or the second destroy of a stack fails at the first one's snapshot.
resource "terraform_data" "final_snapshot" {}

resource "aws_docdb_cluster" "this" {
  #checkov:skip=CKV_AWS_360: The caller decides; the read model can be built anew from MySQL.
  cluster_identifier = local.cluster_id
  engine             = "docdb"
  engine_version     = var.engine_version
  port               = local.port

  # The provider cannot name a key for this secret yet: Secrets Manager's own (aws/secretsmanager) encrypts it.
  master_username             = var.admin_username
  manage_master_user_password = true

  # No availability_zones: AWS adds zones to a list that names fewer, and the difference would replace the cluster. The
  # subnet group spreads the instances.
  db_subnet_group_name            = aws_docdb_subnet_group.this.name
  vpc_security_group_ids          = [var.security_group_id]
  db_cluster_parameter_group_name = aws_docdb_cluster_parameter_group.this.name

  storage_encrypted = true
  kms_key_id        = var.kms_key_arn

  backup_retention_period      = var.backup_retention_days
  preferred_backup_window      = "01:00-02:00"
  preferred_maintenance_window = "sun:02:30-sun:03:30"
  deletion_protection          = var.deletion_protection
  skip_final_snapshot          = false
  final_snapshot_identifier    = "${local.cluster_id}-final-${terraform_data.final_snapshot.id}"

  enabled_cloudwatch_logs_exports = ["audit", "profiler"]

  # DocumentDB would create a missing group by itself, without retention and key.
  depends_on = [aws_cloudwatch_log_group.this]
}

# The fixed members only. What the scaler adds has names with scaled_instance_prefix and is never in this state, so that a plan
# neither counts nor removes it.
resource "aws_docdb_cluster_instance" "this" {
  for_each = toset([for number in range(1, var.members + 1) : "member-${number}"])

  identifier         = "${local.cluster_id}-${each.key}"
  cluster_identifier = aws_docdb_cluster.this.cluster_identifier
  instance_class     = var.instance_class

  # Before the scaler's instances, which it creates with 15: a member is never removed, so it should become the primary.
  promotion_tier = 1

  auto_minor_version_upgrade = false
  copy_tags_to_snapshot      = true
  ca_cert_identifier         = "rds-ca-rsa2048-g1"
}
