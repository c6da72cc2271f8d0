# Made before the functions, whose roles may not make groups: otherwise Lambda would make one without a key or an end, and
# again after a destroy.
resource "aws_cloudwatch_log_group" "this" {
  for_each = var.functions

  name              = "/aws/lambda/${local.names[each.key]}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.log_kms_key_arn
}
