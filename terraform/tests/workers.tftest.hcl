mock_provider "aws" {
  source          = "./tests/mocks/aws"
  override_during = plan
}

variables {
  name               = "orders-test"
  account_id         = "123456789012"
  region             = "eu-central-1"
  kubernetes_version = "1.33"
  vpc_id             = "vpc-0123456789abcdef0"
  subnet_ids         = ["subnet-0000000000000000a", "subnet-0000000000000000b", "subnet-0000000000000000c"]
  administrator_arns = ["arn:aws:iam::123456789012:role/platform"]
  kms_key_arn        = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  log_kms_key_arn    = "arn:aws:kms:eu-central-1:123456789012:key/66666666-7777-8888-9999-000000000000"
  log_retention_days = 90

  security_group_ids = {
    cluster = "sg-0000000000000000c"
    nodes   = "sg-0000000000000000d"
    pricing = "sg-0000000000000000e"
  }

  nodes = {
    instance_class = "m7g.large"
    ami_type       = "AL2023_ARM_64_STANDARD"
    capacity_type  = "ON_DEMAND"
    minimum        = 3
    maximum        = 9
    disk_gb        = 40
    step_out       = 2
    step_in        = 1
    warmup_s       = 240
  }

  pricing = {
    listener_port = 80
    target_port   = 8080
    health_path   = "/health"
  }

  workloads = {
    orders = {
      namespace       = "orders"
      service_account = "orders-worker"
      statements = [{
        sid       = "ReadSecret"
        actions   = ["secretsmanager:GetSecretValue"]
        resources = ["arn:aws:secretsmanager:eu-central-1:123456789012:secret:orders-test-broker"]
        conditions = [{
          test     = "StringEquals"
          variable = "secretsmanager:VersionStage"
          values   = ["AWSCURRENT"]
        }]
      }]
    }
    pricing = {
      namespace       = "orders"
      service_account = "pricing"
      statements      = []
    }
  }
}

run "the_kubernetes_api_is_private_by_default" {
  command = plan
  module { source = "./modules/workers" }

  assert {
    condition     = aws_eks_cluster.this.vpc_config[0].endpoint_private_access && !aws_eks_cluster.this.vpc_config[0].endpoint_public_access
    error_message = "Without public_access_cidrs the API has a private endpoint only."
  }

  assert {
    condition     = aws_eks_cluster.this.vpc_config[0].security_group_ids == toset([var.security_group_ids.cluster])
    error_message = "The control plane's interfaces carry the cluster's security group."
  }
}

run "the_kubernetes_api_is_public_for_listed_addresses_only" {
  command = plan
  module { source = "./modules/workers" }

  variables {
    public_access_cidrs = ["203.0.113.0/24"]
  }

  assert {
    condition     = aws_eks_cluster.this.vpc_config[0].endpoint_public_access && aws_eks_cluster.this.vpc_config[0].public_access_cidrs == toset(["203.0.113.0/24"])
    error_message = "A listed block opens the public endpoint for itself."
  }

  assert {
    condition     = aws_eks_cluster.this.vpc_config[0].endpoint_private_access
    error_message = "The nodes keep the private endpoint."
  }
}

run "the_cluster_encrypts_logs_and_knows_its_administrators" {
  command = plan
  module { source = "./modules/workers" }

  assert {
    condition     = aws_eks_cluster.this.encryption_config[0].resources == toset(["secrets"]) && aws_eks_cluster.this.encryption_config[0].provider[0].key_arn == var.kms_key_arn
    error_message = "Kubernetes secrets are encrypted with the key."
  }

  assert {
    condition     = aws_eks_cluster.this.enabled_cluster_log_types == toset(["api", "audit", "authenticator", "controllerManager", "scheduler"])
    error_message = "The control plane writes every log."
  }

  assert {
    condition     = aws_eks_cluster.this.access_config[0].authentication_mode == "API" && !aws_eks_cluster.this.access_config[0].bootstrap_cluster_creator_admin_permissions
    error_message = "Access entries alone decide who may enter."
  }

  assert {
    condition     = toset(keys(aws_eks_access_policy_association.administrator)) == var.administrator_arns && endswith(aws_eks_access_policy_association.administrator["arn:aws:iam::123456789012:role/platform"].policy_arn, "/AmazonEKSClusterAdminPolicy")
    error_message = "Each administrator has the cluster's admin policy."
  }
}

run "every_log_group_exists_first_with_retention_and_key" {
  command = plan
  module { source = "./modules/workers" }

  assert {
    condition = toset([for group in values(aws_cloudwatch_log_group.this) : group.name]) == toset([
      "/aws/eks/orders-test/cluster",
      "/aws/containerinsights/orders-test/application",
      "/aws/containerinsights/orders-test/dataplane",
      "/aws/containerinsights/orders-test/host",
      "/aws/containerinsights/orders-test/performance",
    ])
    error_message = "The groups are those that EKS and the add-on write to."
  }

  assert {
    condition     = alltrue([for group in values(aws_cloudwatch_log_group.this) : group.retention_in_days == 90 && group.kms_key_id == var.log_kms_key_arn])
    error_message = "Every group has the retention and the key."
  }

  assert {
    condition     = !contains(flatten([for statement in data.aws_iam_policy_document.observability.statement : statement.actions]), "logs:CreateLogGroup")
    error_message = "The agent must not create groups: it would do so again after a destroy."
  }
}

run "nodes_are_hardened" {
  command = plan
  module { source = "./modules/workers" }

  assert {
    condition     = aws_launch_template.nodes.metadata_options[0].http_tokens == "required" && aws_launch_template.nodes.metadata_options[0].http_put_response_hop_limit == 1
    error_message = "Instance metadata takes version 2 and no pod."
  }

  assert {
    condition = (
      aws_launch_template.nodes.block_device_mappings[0].ebs[0].encrypted == "true" &&
      aws_launch_template.nodes.block_device_mappings[0].ebs[0].kms_key_id == var.kms_key_arn &&
      aws_launch_template.nodes.block_device_mappings[0].ebs[0].volume_type == "gp3" &&
      aws_launch_template.nodes.block_device_mappings[0].ebs[0].volume_size == 40
    )
    error_message = "The disk is gp3, encrypted with the key."
  }

  assert {
    condition     = aws_launch_template.nodes.vpc_security_group_ids == toset([output.cluster_security_group_id, var.security_group_ids.nodes])
    error_message = "A node carries the cluster's own group and ours."
  }

  assert {
    condition     = toset([for key, attachment in aws_iam_role_policy_attachment.managed : attachment.policy_arn if attachment.role == aws_iam_role.node.name]) == toset(["arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy", "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly"])
    error_message = "The node may join and pull, and not more; pods have roles of their own."
  }
}

run "the_node_group_keeps_its_size_and_follows_the_cluster" {
  command = plan
  module { source = "./modules/workers" }

  assert {
    condition     = aws_eks_node_group.this["arm64-on-demand"].scaling_config[0].min_size == 3 && aws_eks_node_group.this["arm64-on-demand"].scaling_config[0].max_size == 9 && aws_eks_node_group.this["arm64-on-demand"].version == "1.33"
    error_message = "Bounds and version are the variables'."
  }

  assert {
    condition     = aws_launch_template.nodes.instance_type == "m7g.large" && length(aws_eks_node_group.this["arm64-on-demand"].instance_types) == 0
    error_message = "The instance class is the launch template's: its change is a rolling update, not a replacement."
  }

  assert {
    condition     = output.node_group_name == "orders-test-arm64-on-demand" && aws_eks_node_group.this["arm64-on-demand"].node_group_name == output.node_group_name
    error_message = "What cannot change in place is part of the name."
  }
}

run "spot_nodes_on_intel_are_another_group" {
  command = plan
  module { source = "./modules/workers" }

  variables {
    nodes = merge(var.nodes, { instance_class = "m7i.large", ami_type = "AL2023_x86_64_STANDARD", capacity_type = "SPOT" })
  }

  assert {
    condition     = output.node_group_name == "orders-test-amd64-spot" && keys(aws_eks_node_group.this) == ["amd64-spot"]
    error_message = "A new image or purchase option is a new group: it is made while the old one drains."
  }
}

run "nodes_scale_by_steps_in_both_directions" {
  command = plan
  module { source = "./modules/workers" }

  assert {
    condition = (
      aws_autoscaling_policy.out.policy_type == "StepScaling" &&
      one(aws_autoscaling_policy.out.step_adjustment).scaling_adjustment == 2 &&
      one(aws_autoscaling_policy.out.step_adjustment).metric_interval_lower_bound == "0" &&
      aws_autoscaling_policy.out.estimated_instance_warmup == 240
    )
    error_message = "A step out adds step_out nodes, once in a warm-up."
  }

  assert {
    condition     = one(aws_autoscaling_policy.in.step_adjustment).scaling_adjustment == -1 && one(aws_autoscaling_policy.in.step_adjustment).metric_interval_upper_bound == "0"
    error_message = "A step in removes step_in nodes."
  }

  assert {
    condition     = aws_autoscaling_policy.out.autoscaling_group_name == output.autoscaling_group_name && aws_autoscaling_policy.in.autoscaling_group_name == output.autoscaling_group_name
    error_message = "Both act on the node group's Auto Scaling group."
  }
}

run "addons_come_in_the_order_that_nodes_need" {
  command = plan
  module { source = "./modules/workers" }

  assert {
    condition     = toset(keys(aws_eks_addon.before_nodes)) == toset(["eks-pod-identity-agent", "kube-proxy", "vpc-cni"])
    error_message = "Network and identity stand before the first node."
  }

  assert {
    condition     = toset(keys(aws_eks_addon.after_nodes)) == toset(["amazon-cloudwatch-observability", "coredns", "metrics-server"])
    error_message = "What needs a node comes after."
  }

  assert {
    condition     = jsondecode(aws_eks_addon.before_nodes["vpc-cni"].configuration_values).enableNetworkPolicy == "true"
    error_message = "Network policies are enforced."
  }

  assert {
    condition     = jsondecode(aws_eks_addon.after_nodes["amazon-cloudwatch-observability"].configuration_values).agent.config.logs.metrics_collected.kubernetes.enhanced_container_insights
    error_message = "Enhanced Container Insights publishes the pending pods by which nodes scale."
  }

  assert {
    condition     = one(aws_eks_addon.before_nodes["vpc-cni"].pod_identity_association).service_account == "aws-node" && one(aws_eks_addon.after_nodes["amazon-cloudwatch-observability"].pod_identity_association).service_account == "cloudwatch-agent"
    error_message = "The add-ons that call AWS have roles of their own."
  }
}

run "an_addon_can_be_pinned" {
  command = plan
  module { source = "./modules/workers" }

  variables {
    addon_versions = { vpc-cni = "v1.20.4-eksbuild.2" }
  }

  assert {
    condition     = aws_eks_addon.before_nodes["vpc-cni"].addon_version == "v1.20.4-eksbuild.2"
    error_message = "A version given is the version taken."
  }
}

run "each_workload_has_a_role_for_its_service_account_alone" {
  command = plan
  module { source = "./modules/workers" }

  assert {
    condition     = aws_eks_pod_identity_association.workload["orders"].namespace == "orders" && aws_eks_pod_identity_association.workload["orders"].service_account == "orders-worker"
    error_message = "The association names the workload's service account."
  }

  assert {
    condition     = toset(keys(aws_eks_pod_identity_association.workload)) == toset(["orders", "pricing"]) && toset(keys(output.workload_role_arns)) == toset(["orders", "pricing"])
    error_message = "Every workload has an association and a role, those without rights too."
  }

  assert {
    condition = { for condition in data.aws_iam_policy_document.assume_pod["orders"].statement[0].condition : condition.variable => one(condition.values) } == {
      "aws:RequestTag/eks-cluster-arn"            = "arn:aws:eks:eu-central-1:123456789012:cluster/orders-test"
      "aws:RequestTag/kubernetes-namespace"       = "orders"
      "aws:RequestTag/kubernetes-service-account" = "orders-worker"
    }
    error_message = "Cluster, namespace and service account are conditions of the trust."
  }

  assert {
    condition = (
      toset(keys(aws_iam_role_policy.workload)) == toset(["orders"]) &&
      data.aws_iam_policy_document.workload["orders"].statement[0].sid == "ReadSecret" &&
      data.aws_iam_policy_document.workload["orders"].statement[0].actions == toset(["secretsmanager:GetSecretValue"]) &&
      one(data.aws_iam_policy_document.workload["orders"].statement[0].condition).variable == "secretsmanager:VersionStage"
    )
    error_message = "A role holds the workload's statements, conditions included; one without any has no policy."
  }
}

run "statements_on_every_resource_are_these" {
  command = plan
  module { source = "./modules/workers" }

  assert {
    condition     = [for statement in data.aws_iam_policy_document.observability.statement : statement.sid if contains(statement.resources, "*")] == ["AnyResourcePutMetrics", "AnyResourceDescribeNode"]
    error_message = "CloudWatch and EC2 know no resource for PutMetricData, DescribeTags and DescribeVolumes; nothing else is open."
  }

  assert {
    condition     = one(data.aws_iam_policy_document.observability.statement[1].condition).variable == "cloudwatch:namespace"
    error_message = "Metrics go into two namespaces only."
  }
}

run "images_are_immutable_scanned_and_encrypted" {
  command = plan
  module { source = "./modules/workers" }

  assert {
    condition     = aws_ecr_repository.this.image_tag_mutability == "IMMUTABLE" && aws_ecr_repository.this.image_scanning_configuration[0].scan_on_push
    error_message = "A tag means one image, and each is scanned."
  }

  assert {
    condition     = aws_ecr_repository.this.encryption_configuration[0].kms_key == var.kms_key_arn
    error_message = "Images are encrypted with the key."
  }

  assert {
    condition     = [for rule in jsondecode(aws_ecr_lifecycle_policy.this.policy).rules : rule.selection.tagStatus] == ["untagged", "any"]
    error_message = "Untagged images expire first, then the oldest."
  }
}

run "pricing_is_internal_and_calls_the_pods" {
  command = plan
  module { source = "./modules/workers" }

  assert {
    condition     = aws_lb.pricing.internal && aws_lb.pricing.load_balancer_type == "network" && aws_lb.pricing.security_groups == toset([var.security_group_ids.pricing])
    error_message = "The load balancer is internal and has its security group."
  }

  assert {
    condition     = aws_lb_listener.pricing.port == 80 && aws_lb_target_group.pricing.port == 8080 && aws_lb_target_group.pricing.target_type == "ip"
    error_message = "It listens on listener_port and calls the pods."
  }

  assert {
    condition     = aws_lb_target_group.pricing.health_check[0].path == "/health" && aws_lb_target_group.pricing.health_check[0].protocol == "HTTP"
    error_message = "A pod counts only if it answers."
  }

  assert {
    condition     = aws_lb_target_group.pricing.preserve_client_ip == "false"
    error_message = "The pods see the load balancer's address, which the nodes' security group admits."
  }

  assert {
    condition     = output.pricing_dimensions == { LoadBalancer = aws_lb.pricing.arn_suffix, TargetGroup = aws_lb_target_group.pricing.arn_suffix }
    error_message = "The dimensions are those under which the load balancer's metrics are published."
  }
}

run "refuses_an_account_that_is_no_account" {
  command = plan
  module { source = "./modules/workers" }
  variables { account_id = "123" }
  expect_failures = [var.account_id]
}

run "refuses_a_version_of_an_unknown_addon" {
  command = plan
  module { source = "./modules/workers" }
  variables { addon_versions = { ebs-csi = "v1" } }
  expect_failures = [var.addon_versions]
}

run "refuses_a_cluster_without_administrators" {
  command = plan
  module { source = "./modules/workers" }
  variables { administrator_arns = [] }
  expect_failures = [var.administrator_arns]
}

run "refuses_a_kubernetes_version_with_a_patch" {
  command = plan
  module { source = "./modules/workers" }
  variables { kubernetes_version = "1.33.1" }
  expect_failures = [var.kubernetes_version]
}

run "refuses_a_retention_that_cloudwatch_does_not_know" {
  command = plan
  module { source = "./modules/workers" }
  variables { log_retention_days = 100 }
  expect_failures = [var.log_retention_days]
}

run "refuses_a_name_too_long_for_a_load_balancer" {
  command = plan
  module { source = "./modules/workers" }
  variables { name = "orders-production-in-europe" }
  expect_failures = [var.name]
}

run "refuses_an_unknown_image" {
  command = plan
  module { source = "./modules/workers" }
  variables { nodes = merge(var.nodes, { ami_type = "BOTTLEROCKET_ARM_64" }) }
  expect_failures = [var.nodes]
}

run "refuses_graviton_with_an_intel_image" {
  command = plan
  module { source = "./modules/workers" }
  variables { nodes = merge(var.nodes, { ami_type = "AL2023_x86_64_STANDARD" }) }
  expect_failures = [var.nodes]
}

run "refuses_an_unknown_purchase_option" {
  command = plan
  module { source = "./modules/workers" }
  variables { nodes = merge(var.nodes, { capacity_type = "RESERVED" }) }
  expect_failures = [var.nodes]
}

run "refuses_bounds_without_room_to_scale" {
  command = plan
  module { source = "./modules/workers" }
  variables { nodes = merge(var.nodes, { minimum = 9, step_out = 1 }) }
  expect_failures = [var.nodes]
}

run "refuses_a_disk_too_small_for_images" {
  command = plan
  module { source = "./modules/workers" }
  variables { nodes = merge(var.nodes, { disk_gb = 10 }) }
  expect_failures = [var.nodes]
}

run "refuses_a_step_in_written_as_a_negative" {
  command = plan
  module { source = "./modules/workers" }
  variables { nodes = merge(var.nodes, { step_in = -1 }) }
  expect_failures = [var.nodes]
}

run "refuses_a_warmup_of_an_hour" {
  command = plan
  module { source = "./modules/workers" }
  variables { nodes = merge(var.nodes, { warmup_s = 3600 }) }
  expect_failures = [var.nodes]
}

run "refuses_a_listener_port_that_is_none" {
  command = plan
  module { source = "./modules/workers" }
  variables { pricing = merge(var.pricing, { listener_port = 0 }) }
  expect_failures = [var.pricing]
}

run "refuses_a_target_port_that_needs_root" {
  command = plan
  module { source = "./modules/workers" }
  variables { pricing = merge(var.pricing, { target_port = 80 }) }
  expect_failures = [var.pricing]
}

run "refuses_a_health_path_that_is_none" {
  command = plan
  module { source = "./modules/workers" }
  variables { pricing = merge(var.pricing, { health_path = "health" }) }
  expect_failures = [var.pricing]
}

run "refuses_the_whole_internet_as_private" {
  command = plan
  module { source = "./modules/workers" }
  variables { private_access_cidrs = ["0.0.0.0/0"] }
  expect_failures = [var.private_access_cidrs]
}

run "refuses_the_whole_internet" {
  command = plan
  module { source = "./modules/workers" }
  variables { public_access_cidrs = ["0.0.0.0/0"] }
  expect_failures = [var.public_access_cidrs]
}

run "refuses_a_single_subnet" {
  command = plan
  module { source = "./modules/workers" }
  variables { subnet_ids = ["subnet-0000000000000000a"] }
  expect_failures = [var.subnet_ids]
}

run "refuses_a_workload_key_with_capitals" {
  command = plan
  module { source = "./modules/workers" }
  variables { workloads = { Orders = var.workloads.orders } }
  expect_failures = [var.workloads]
}

run "refuses_two_roles_for_one_service_account" {
  command = plan
  module { source = "./modules/workers" }
  variables { workloads = { orders = var.workloads.orders, outbox = var.workloads.orders } }
  expect_failures = [var.workloads]
}

run "refuses_a_silent_wildcard" {
  command = plan
  module { source = "./modules/workers" }
  variables {
    workloads = {
      orders = merge(var.workloads.orders, { statements = [{ sid = "ReadSecret", actions = ["secretsmanager:GetSecretValue"], resources = ["*"] }] })
    }
  }
  expect_failures = [var.workloads]
}
