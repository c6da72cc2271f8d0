output "endpoint_security_group_id" {
  description = "Security group of the interface endpoints."
  value       = aws_security_group.endpoints.id
}

output "private_cidrs" {
  description = "IPv4 blocks of the private subnets, in the order of availability_zones; known when planning."
  value       = [for zone in var.availability_zones : local.private_blocks[zone]]
}

output "private_subnet_ids" {
  description = "Private subnets, in the order of availability_zones."
  value       = [for zone in var.availability_zones : aws_subnet.private[zone].id]

  # Whoever starts in these subnets calls out at once.
  depends_on = [aws_route.private_internet, aws_route_table_association.private]
}

output "public_subnet_ids" {
  description = "Public subnets, in the order of availability_zones."
  value       = [for zone in var.availability_zones : aws_subnet.public[zone].id]
}

output "reachable" {
  description = "What each role may open, as a sorted list of role:port, its own members included; endpoints and internet apart."
  value = {
    for name, role in var.roles : name => sort(concat(
      [for flow in values(var.flows) : "${flow.to}:${flow.port}" if flow.from == name],
      role.self_port == null ? [] : ["${name}:${role.self_port}"],
    ))
  }
}

output "security_group_ids" {
  description = "Security group of each role."
  value       = { for name, group in aws_security_group.role : name => group.id }
}

output "vpc_cidr" {
  description = "IPv4 block of the VPC."
  value       = aws_vpc.this.cidr_block
}

output "vpc_id" {
  description = "The VPC."
  value       = aws_vpc.this.id
}
