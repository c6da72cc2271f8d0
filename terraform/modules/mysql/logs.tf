locals {
  log_exports = ["audit", "error", "slowquery"]
}

resource "aws_cloudwatch_log_group" "cluster" {
  #checkov:skip=CKV_AWS_338: The retention is the caller's: a local stack needs no year of logs.
  for_each = toset(local.log_exports)

  name              = "/aws/rds/cluster/${local.cluster_id}/${each.key}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.log_kms_key_arn
}

resource "aws_cloudwatch_log_group" "proxy" {
  #checkov:skip=CKV_AWS_338: The retention is the caller's: a local stack needs no year of logs.
  name              = "/aws/rds/proxy/${local.proxy_name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.log_kms_key_arn
}
