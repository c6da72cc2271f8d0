mock_resource "aws_autoscaling_policy" {
  defaults = {
    arn = "arn:aws:autoscaling:eu-central-1:123456789012:scalingPolicy:11111111-2222-3333-4444-555555555555:autoScalingGroupName/mocked:policyName/mocked"
  }
}

mock_resource "aws_ecr_repository" {
  defaults = {
    arn            = "arn:aws:ecr:eu-central-1:123456789012:repository/mocked"
    repository_url = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/mocked"
  }
}

mock_resource "aws_eks_cluster" {
  defaults = {
    arn      = "arn:aws:eks:eu-central-1:123456789012:cluster/mocked"
    endpoint = "https://mocked.gr7.eu-central-1.eks.amazonaws.com"
    status   = "ACTIVE"
    vpc_config = {
      cluster_security_group_id = "sg-0123456789abcdef0"
    }
  }
}

mock_resource "aws_eks_node_group" {
  defaults = {
    status = "ACTIVE"
    arn    = "arn:aws:eks:eu-central-1:123456789012:nodegroup/mocked/mocked/11111111-2222-3333-4444-555555555555"
    resources = [{
      autoscaling_groups              = [{ name = "eks-mocked" }]
      remote_access_security_group_id = ""
    }]
  }
}

mock_resource "aws_launch_template" {
  defaults = {
    id             = "lt-0123456789abcdef0"
    latest_version = 1
  }
}

mock_resource "aws_lb" {
  defaults = {
    arn        = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/net/mocked/0123456789abcdef"
    arn_suffix = "net/mocked/0123456789abcdef"
    dns_name   = "mocked-0123456789abcdef.elb.eu-central-1.amazonaws.com"
  }
}

mock_resource "aws_lb_target_group" {
  defaults = {
    arn        = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/mocked/0123456789abcdef"
    arn_suffix = "targetgroup/mocked/0123456789abcdef"
  }
}
