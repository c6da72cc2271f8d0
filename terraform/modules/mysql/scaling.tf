resource "aws_appautoscaling_target" "replicas" {
  service_namespace  = "rds"
  scalable_dimension = "rds:cluster:ReadReplicaCount"
  resource_id        = "cluster:${aws_rds_cluster.this.cluster_identifier}"

  # AWS counts every reader of the cluster, the fixed ones too.
  min_capacity = var.members - 1 + var.replicas.minimum
  max_capacity = var.members - 1 + var.replicas.maximum

  lifecycle {
    # The service returns tags that it does not take, so that they would differ in every plan.
    ignore_changes = [tags_all]
  }

  # The policy's metric needs a reader, and a destroy must end the scaling before it removes the members.
  depends_on = [aws_rds_cluster_instance.this]
}

resource "aws_appautoscaling_policy" "replicas" {
  name               = "${local.cluster_id}-reader-cpu"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.replicas.service_namespace
  scalable_dimension = aws_appautoscaling_target.replicas.scalable_dimension
  resource_id        = aws_appautoscaling_target.replicas.resource_id

  target_tracking_scaling_policy_configuration {
    target_value       = var.replicas.target_cpu_percent
    scale_in_cooldown  = var.replicas.cooldown_in_s
    scale_out_cooldown = var.replicas.cooldown_out_s

    predefined_metric_specification {
      predefined_metric_type = "RDSReaderAverageCPUUtilization"
    }
  }
}
