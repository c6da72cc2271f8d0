# Steps of the node group. The alarms that take them are in the monitoring module: pending pods and reserved CPU as Container Insights sees them. EC2's
# own CPU would not do, because pods that wait for a node use none. Auto Scaling repeats a step each minute that its alarm lasts, but for the warm-up.

resource "aws_autoscaling_policy" "out" {
  name                      = "${var.name}-nodes-out"
  autoscaling_group_name    = aws_eks_node_group.this[local.node_group].resources[0].autoscaling_groups[0].name
  policy_type               = "StepScaling"
  adjustment_type           = "ChangeInCapacity"
  metric_aggregation_type   = "Maximum"
  estimated_instance_warmup = var.nodes.warmup_s

  step_adjustment {
    metric_interval_lower_bound = 0
    scaling_adjustment          = var.nodes.step_out
  }
}

resource "aws_autoscaling_policy" "in" {
  name                    = "${var.name}-nodes-in"
  autoscaling_group_name  = aws_eks_node_group.this[local.node_group].resources[0].autoscaling_groups[0].name
  policy_type             = "StepScaling"
  adjustment_type         = "ChangeInCapacity"
  metric_aggregation_type = "Average"

  step_adjustment {
    metric_interval_upper_bound = 0
    scaling_adjustment          = -var.nodes.step_in
  }
}
