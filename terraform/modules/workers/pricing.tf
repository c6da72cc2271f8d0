# The pricing service for callers outside the cluster. The load balancer is made here and not by a Service, so that its name is known to the
# functions and its rights are few: a controller in the cluster may register pods (TargetGroupBinding) and nothing else.

resource "aws_lb" "pricing" {
  #checkov:skip=CKV_AWS_91: a network load balancer logs TLS listeners only; flow logs show its connections
  #checkov:skip=CKV_AWS_150: it holds no data, and a destroy of the stack has to remove it
  name                             = "${var.name}-pricing"
  load_balancer_type               = "network"
  internal                         = true
  subnets                          = var.subnet_ids
  security_groups                  = [var.security_group_ids.pricing]
  enable_cross_zone_load_balancing = true

  tags = { Name = "${var.name}-pricing" }
}

resource "aws_lb_target_group" "pricing" {
  name        = "${var.name}-pricing"
  vpc_id      = var.vpc_id
  target_type = "ip"
  protocol    = "TCP"
  port        = var.pricing.target_port
  # The pods then see the load balancer's address, and the nodes' security group can name its group.
  preserve_client_ip = false
  # Longer than a quote may take, and well within the time in which a node is drained.
  deregistration_delay   = 30
  connection_termination = true

  health_check {
    protocol            = "HTTP"
    path                = var.pricing.health_path
    port                = "traffic-port"
    matcher             = "200"
    interval            = 10
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 2
  }

  tags = { Name = "${var.name}-pricing" }
}

resource "aws_lb_listener" "pricing" {
  load_balancer_arn = aws_lb.pricing.arn
  protocol          = "TCP"
  port              = var.pricing.listener_port

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.pricing.arn
  }

  tags = { Name = "${var.name}-pricing" }
}
