locals {
  calling = { for name, role in var.roles : name => role if role.calls_aws }
  surfing = { for name, role in var.roles : name => role if role.internet }
  meshed  = { for name, role in var.roles : name => role if role.self_port != null }
}

# Name and description stay as they are for good: a change of either replaces the group, and Amazon MQ cannot change the group of a
# RabbitMQ broker. Inline rules are never used: with rules elsewhere two groups may name each other without a cycle.
resource "aws_security_group" "role" {
  #checkov:skip=CKV2_AWS_5: attached outside of this module, by whatever plays the role
  for_each = var.roles

  name        = "${var.name}-${each.key}"
  description = "Access is given by rules that are resources of their own."
  vpc_id      = aws_vpc.this.id

  tags = { Name = "${var.name}-${each.key}" }
}

resource "aws_vpc_security_group_egress_rule" "flow" {
  for_each = var.flows

  security_group_id            = aws_security_group.role[each.value.from].id
  referenced_security_group_id = aws_security_group.role[each.value.to].id
  description                  = each.value.description
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port

  tags = { Name = each.key }
}

resource "aws_vpc_security_group_ingress_rule" "flow" {
  for_each = var.flows

  security_group_id            = aws_security_group.role[each.value.to].id
  referenced_security_group_id = aws_security_group.role[each.value.from].id
  description                  = each.value.description
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port

  tags = { Name = each.key }
}

resource "aws_vpc_security_group_egress_rule" "self" {
  for_each = local.meshed

  security_group_id            = aws_security_group.role[each.key].id
  referenced_security_group_id = aws_security_group.role[each.key].id
  description                  = "${each.value.description} - among themselves"
  ip_protocol                  = "tcp"
  from_port                    = each.value.self_port
  to_port                      = each.value.self_port

  tags = { Name = "${each.key}-self" }
}

resource "aws_vpc_security_group_ingress_rule" "self" {
  for_each = local.meshed

  security_group_id            = aws_security_group.role[each.key].id
  referenced_security_group_id = aws_security_group.role[each.key].id
  description                  = "${each.value.description} - among themselves"
  ip_protocol                  = "tcp"
  from_port                    = each.value.self_port
  to_port                      = each.value.self_port

  tags = { Name = "${each.key}-self" }
}

resource "aws_vpc_security_group_egress_rule" "endpoints" {
  for_each = local.calling

  security_group_id            = aws_security_group.role[each.key].id
  referenced_security_group_id = aws_security_group.endpoints.id
  description                  = "${each.value.description} - to AWS by interface endpoints"
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443

  tags = { Name = "${each.key}-endpoints" }
}

resource "aws_vpc_security_group_ingress_rule" "endpoints" {
  for_each = local.calling

  security_group_id            = aws_security_group.endpoints.id
  referenced_security_group_id = aws_security_group.role[each.key].id
  description                  = "${each.value.description} - to AWS by interface endpoints"
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443

  tags = { Name = "${each.key}-endpoints" }
}

# A gateway endpoint has no security group: its prefix list stands for it.
resource "aws_vpc_security_group_egress_rule" "s3" {
  for_each = local.calling

  security_group_id = aws_security_group.role[each.key].id
  prefix_list_id    = aws_vpc_endpoint.s3.prefix_list_id
  description       = "${each.value.description} - to image layers by the S3 endpoint"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443

  tags = { Name = "${each.key}-s3" }
}

resource "aws_vpc_security_group_egress_rule" "internet" {
  for_each = local.surfing

  security_group_id = aws_security_group.role[each.key].id
  cidr_ipv4         = "0.0.0.0/0"
  description       = "${each.value.description} - to the internet by NAT"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443

  tags = { Name = "${each.key}-internet" }
}
