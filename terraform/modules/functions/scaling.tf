locals {
  provisioned = { for key, f in var.functions : key => f.provisioned if f.provisioned != null }
}

# Application Auto Scaling alone sets provisioned concurrency: an aws_lambda_provisioned_concurrency_config would set it back
# to its own figure at every deployment. Step alarms cannot drive it; target tracking makes its own alarms.
resource "aws_appautoscaling_target" "provisioned" {
  for_each = local.provisioned

  service_namespace  = "lambda"
  scalable_dimension = "lambda:function:ProvisionedConcurrency"
  resource_id        = "function:${local.names[each.key]}:${aws_lambda_alias.this[each.key].name}"
  min_capacity       = each.value.minimum
  max_capacity       = each.value.maximum

  lifecycle {
    # AWS does not reliably give the tags of a target back, and each plan would set them again.
    ignore_changes = [tags_all]
  }
}

resource "aws_appautoscaling_policy" "provisioned" {
  for_each = local.provisioned

  name               = "${local.names[each.key]}-utilization"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.provisioned[each.key].service_namespace
  scalable_dimension = aws_appautoscaling_target.provisioned[each.key].scalable_dimension
  resource_id        = aws_appautoscaling_target.provisioned[each.key].resource_id

  target_tracking_scaling_policy_configuration {
    target_value       = each.value.target_utilization
    scale_in_cooldown  = each.value.cooldown_in_s
    scale_out_cooldown = each.value.cooldown_out_s

    predefined_metric_specification {
      predefined_metric_type = "LambdaProvisionedConcurrencyUtilization"
    }
  }
}
