# Rules of modules/network.

mock_provider "aws" {
  source          = "./tests/mocks/aws"
  override_during = plan
}

variables {
  name                    = "orders-test"
  region                  = "eu-central-1"
  cidr                    = "10.20.0.0/16"
  availability_zones      = ["eu-central-1a", "eu-central-1b", "eu-central-1c"]
  nat_gateways            = "one_per_zone"
  interface_endpoints     = ["ecr.api", "sqs"]
  flow_log_retention_days = 30
  log_kms_key_arn         = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  roles = {
    commands = { description = "Function commands", calls_aws = true }
    broker   = { description = "RabbitMQ and the pollers of its event source", internet = true, self_port = 5671 }
    pods     = { description = "Pods" }
  }
  flows = {
    commands-broker = { from = "commands", to = "broker", port = 5671, description = "Commands are published" }
    pods-broker     = { from = "pods", to = "broker", port = 5671, description = "Commands are consumed" }
    pods-management = { from = "pods", to = "broker", port = 443, description = "Topology is declared" }
  }
}

run "subnets_lie_in_three_zones_and_do_not_overlap" {
  command = plan

  module {
    source = "./modules/network"
  }

  assert {
    condition     = [for zone in var.availability_zones : aws_subnet.private[zone].cidr_block] == ["10.20.0.0/18", "10.20.64.0/18", "10.20.128.0/18"]
    error_message = "private subnets must be a quarter of the block each, in the order of the zones"
  }

  assert {
    condition     = [for zone in var.availability_zones : aws_subnet.public[zone].cidr_block] == ["10.20.192.0/20", "10.20.208.0/20", "10.20.224.0/20"]
    error_message = "public subnets must be a sixteenth of the block each, in the order of the zones"
  }

  assert {
    condition     = alltrue([for subnet in aws_subnet.public : subnet.map_public_ip_on_launch != true])
    error_message = "no subnet may hand out public addresses"
  }

  assert {
    condition     = length(output.private_subnet_ids) == 3 && length(output.public_subnet_ids) == 3 && output.vpc_cidr == "10.20.0.0/16"
    error_message = "three private and three public subnets must be put out"
  }

  assert {
    condition     = output.private_cidrs == [for zone in var.availability_zones : aws_subnet.private[zone].cidr_block]
    error_message = "the blocks that are put out must be those of the private subnets, in the order of the zones"
  }
}

run "the_smallest_block_holds_all_subnets" {
  command = plan

  module {
    source = "./modules/network"
  }

  variables {
    cidr = "10.20.16.0/20"
  }

  assert {
    condition     = aws_subnet.private["eu-central-1a"].cidr_block == "10.20.16.0/22" && aws_subnet.public["eu-central-1c"].cidr_block == "10.20.30.0/24"
    error_message = "a /20 must give private /22 and public /24 subnets"
  }
}

run "each_zone_leaves_by_its_own_nat_gateway" {
  command = plan

  module {
    source = "./modules/network"
  }

  assert {
    condition     = toset(keys(aws_nat_gateway.this)) == toset(var.availability_zones)
    error_message = "one_per_zone must build a gateway in each zone"
  }

  assert {
    condition     = local.nat_zone == { for zone in var.availability_zones : zone => zone }
    error_message = "the traffic of a zone must not leave by another"
  }
}

run "one_nat_gateway_serves_all_zones" {
  command = plan

  module {
    source = "./modules/network"
  }

  variables {
    nat_gateways = "one"
  }

  assert {
    condition     = keys(aws_nat_gateway.this) == ["eu-central-1a"] && keys(aws_eip.nat) == ["eu-central-1a"]
    error_message = "one must build a single gateway, in the first zone"
  }

  assert {
    condition     = length(aws_route.private_internet) == 3 && alltrue([for zone in values(local.nat_zone) : zone == "eu-central-1a"])
    error_message = "every zone must keep its route, by the one gateway"
  }
}

run "endpoints_are_reached_by_callers_alone" {
  command = plan

  module {
    source = "./modules/network"
  }

  assert {
    condition     = keys(aws_vpc_endpoint.interface) == ["ecr.api", "sqs"] && aws_vpc_endpoint.interface["ecr.api"].service_name == "com.amazonaws.eu-central-1.ecr.api"
    error_message = "each service must get its endpoint"
  }

  assert {
    condition     = alltrue([for endpoint in aws_vpc_endpoint.interface : endpoint.private_dns_enabled && endpoint.vpc_endpoint_type == "Interface"])
    error_message = "clients must find the endpoint by the usual name of the service"
  }

  assert {
    condition     = aws_vpc_endpoint.s3.service_name == "com.amazonaws.eu-central-1.s3" && aws_vpc_endpoint.s3.vpc_endpoint_type == "Gateway"
    error_message = "S3 must have its gateway endpoint"
  }

  assert {
    condition     = keys(aws_vpc_security_group_egress_rule.endpoints) == ["commands"] && keys(aws_vpc_security_group_ingress_rule.endpoints) == ["commands"]
    error_message = "only a role with calls_aws may reach the endpoints"
  }

  assert {
    condition     = aws_vpc_security_group_egress_rule.endpoints["commands"].from_port == 443 && aws_vpc_security_group_egress_rule.endpoints["commands"].to_port == 443
    error_message = "endpoints are reached on 443"
  }

  assert {
    condition     = keys(aws_vpc_security_group_egress_rule.s3) == ["commands"] && aws_vpc_security_group_egress_rule.s3["commands"].prefix_list_id == aws_vpc_endpoint.s3.prefix_list_id
    error_message = "a role with calls_aws must reach image layers by the prefix list of S3"
  }

  assert {
    condition     = one(data.aws_iam_policy_document.s3.statement).actions == toset(["s3:GetObject"]) && one(data.aws_iam_policy_document.s3.statement).resources == toset(["arn:aws:s3:::prod-eu-central-1-starport-layer-bucket/*"])
    error_message = "the endpoint of S3 must pass the layers of ECR and nothing else"
  }
}

run "a_flow_opens_one_port_on_both_sides" {
  command = plan

  module {
    source = "./modules/network"
  }

  assert {
    condition     = toset(keys(aws_vpc_security_group_egress_rule.flow)) == toset(keys(var.flows)) && toset(keys(aws_vpc_security_group_ingress_rule.flow)) == toset(keys(var.flows))
    error_message = "each flow must have a rule on either side"
  }

  assert {
    condition     = alltrue([for key, rule in aws_vpc_security_group_ingress_rule.flow : rule.from_port == var.flows[key].port && rule.to_port == var.flows[key].port && rule.ip_protocol == "tcp" && rule.cidr_ipv4 == null])
    error_message = "a flow must open its port alone, and to a group alone"
  }

  assert {
    condition     = keys(aws_vpc_security_group_egress_rule.self) == ["broker"] && aws_vpc_security_group_ingress_rule.self["broker"].from_port == 5671
    error_message = "self_port must let the members of the role reach each other"
  }

  assert {
    condition     = keys(aws_vpc_security_group_egress_rule.internet) == ["broker"] && aws_vpc_security_group_egress_rule.internet["broker"].from_port == 443
    error_message = "only a role with internet may leave, on 443"
  }
}

run "what_a_role_reaches_is_known_before_apply" {
  command = plan

  module {
    source = "./modules/network"
  }

  assert {
    condition     = jsonencode(output.reachable) == jsonencode({ broker = ["broker:5671"], commands = ["broker:5671"], pods = ["broker:443", "broker:5671"] })
    error_message = "reachable must list each role with what it may open"
  }
}

run "groups_keep_name_and_description" {
  command = plan

  module {
    source = "./modules/network"
  }

  assert {
    condition     = alltrue([for key, group in aws_security_group.role : group.name == "orders-test-${key}"])
    error_message = "the name of a group must follow from the prefix and the role"
  }

  assert {
    condition     = length(distinct([for group in aws_security_group.role : group.description])) == 1
    error_message = "the description must not depend on the role: a change replaces the group"
  }

  assert {
    condition     = keys(output.security_group_ids) == ["broker", "commands", "pods"]
    error_message = "each role must have its group in the output"
  }
}

run "a_rule_may_change_what_it_says_and_the_group_stays" {
  command = plan

  module {
    source = "./modules/network"
  }

  variables {
    roles = {
      commands = { description = "Other words" }
      broker   = { description = "Other words" }
      pods     = { description = "Other words" }
    }
  }

  assert {
    condition     = aws_security_group.role["broker"].description == "Access is given by rules that are resources of their own."
    error_message = "the description of the role belongs to its rules, not to its group"
  }
}

run "the_default_group_is_closed_and_flows_are_logged" {
  command = plan

  module {
    source = "./modules/network"
  }

  assert {
    condition     = length(aws_default_security_group.this.ingress) == 0 && length(aws_default_security_group.this.egress) == 0
    error_message = "the default group must have no rule"
  }

  assert {
    condition     = aws_flow_log.this.traffic_type == "ALL" && aws_cloudwatch_log_group.flow_log.retention_in_days == 30 && aws_cloudwatch_log_group.flow_log.kms_key_id == var.log_kms_key_arn
    error_message = "all traffic must be logged, encrypted and for the days given"
  }

  assert {
    condition     = !contains(flatten([for statement in data.aws_iam_policy_document.flow_log.statement : tolist(statement.actions)]), "logs:CreateLogGroup")
    error_message = "the flow log must not be able to create its group again"
  }
}

run "zones_are_three_and_differ" {
  command = plan

  module {
    source = "./modules/network"
  }

  variables {
    availability_zones = ["eu-central-1a", "eu-central-1b", "eu-central-1b"]
  }

  expect_failures = [var.availability_zones]
}

run "zones_lie_in_the_region" {
  command = plan

  module {
    source = "./modules/network"
  }

  variables {
    availability_zones = ["eu-central-1a", "eu-central-1b", "eu-west-1c"]
  }

  expect_failures = [var.availability_zones]
}

run "a_block_smaller_than_20_is_refused" {
  command = plan

  module {
    source = "./modules/network"
  }

  variables {
    cidr = "10.20.0.0/21"
  }

  expect_failures = [var.cidr]
}

run "a_block_begins_at_its_network_address" {
  command = plan

  module {
    source = "./modules/network"
  }

  variables {
    cidr = "10.20.5.0/16"
  }

  expect_failures = [var.cidr]
}

run "retention_is_one_that_cloudwatch_offers" {
  command = plan

  module {
    source = "./modules/network"
  }

  variables {
    flow_log_retention_days = 31
  }

  expect_failures = [var.flow_log_retention_days]
}

run "flows_lead_from_role_to_role" {
  command = plan

  module {
    source = "./modules/network"
  }

  variables {
    flows = {
      one = { from = "commands", to = "nowhere", port = 5671, description = "Words" }
    }
  }

  expect_failures = [var.flows]
}

run "flows_lead_to_another_role" {
  command = plan

  module {
    source = "./modules/network"
  }

  variables {
    flows = {
      one = { from = "commands", to = "commands", port = 5671, description = "Words" }
    }
  }

  expect_failures = [var.flows]
}

run "flows_have_a_port" {
  command = plan

  module {
    source = "./modules/network"
  }

  variables {
    flows = {
      one = { from = "commands", to = "broker", port = 0, description = "Words" }
    }
  }

  expect_failures = [var.flows]
}

run "flows_are_not_given_twice" {
  command = plan

  module {
    source = "./modules/network"
  }

  variables {
    flows = {
      one = { from = "commands", to = "broker", port = 5671, description = "Words" }
      two = { from = "commands", to = "broker", port = 5671, description = "Words" }
    }
  }

  expect_failures = [var.flows]
}

run "flows_are_described_in_plain_characters" {
  command = plan

  module {
    source = "./modules/network"
  }

  variables {
    flows = {
      one = { from = "commands", to = "broker", port = 5671, description = "broker’s" }
    }
  }

  expect_failures = [var.flows]
}

run "endpoints_are_named_without_region" {
  command = plan

  module {
    source = "./modules/network"
  }

  variables {
    interface_endpoints = ["com.amazonaws.eu-central-1.sqs"]
  }

  expect_failures = [var.interface_endpoints]
}

run "endpoints_do_not_contain_s3" {
  command = plan

  module {
    source = "./modules/network"
  }

  variables {
    interface_endpoints = ["s3"]
  }

  expect_failures = [var.interface_endpoints]
}

run "name_does_not_begin_like_a_group_id" {
  command = plan

  module {
    source = "./modules/network"
  }

  variables {
    name = "sg-orders"
  }

  expect_failures = [var.name]
}

run "nat_gateways_are_one_or_one_per_zone" {
  command = plan

  module {
    source = "./modules/network"
  }

  variables {
    nat_gateways = "none"
  }

  expect_failures = [var.nat_gateways]
}

run "region_is_no_zone" {
  command = plan

  module {
    source = "./modules/network"
  }

  variables {
    region = "eu-central-1a"
  }

  expect_failures = [var.region]
}

run "roles_leave_endpoints_to_the_module" {
  command = plan

  module {
    source = "./modules/network"
  }

  variables {
    roles = {
      endpoints = { description = "Words" }
    }
    flows = {}
  }

  expect_failures = [var.roles]
}

run "roles_have_a_port_that_exists" {
  command = plan

  module {
    source = "./modules/network"
  }

  variables {
    roles = {
      commands = { description = "Words", self_port = 70000 }
    }
    flows = {}
  }

  expect_failures = [var.roles]
}

run "roles_are_described_in_plain_characters" {
  command = plan

  module {
    source = "./modules/network"
  }

  variables {
    roles = {
      commands = { description = "" }
    }
    flows = {}
  }

  expect_failures = [var.roles]
}
