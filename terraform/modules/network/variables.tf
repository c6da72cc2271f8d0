variable "availability_zones" {
  description = "The three availability zones of the stack. Their order decides which address range each gets: append nothing, reorder nothing."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(distinct(var.availability_zones)) == 3 && length(var.availability_zones) == 3
    error_message = "availability_zones must name three different zones, such as [\"eu-central-1a\", \"eu-central-1b\", \"eu-central-1c\"]."
  }

  validation {
    condition     = alltrue([for zone in var.availability_zones : can(regex("^${var.region}[a-z]$", zone))])
    error_message = "availability_zones must lie in the region ${var.region}, such as ${var.region}a."
  }
}

variable "cidr" {
  description = "IPv4 block of the VPC. Each private subnet gets a quarter of it (pods take an address each), each public one a sixteenth."
  type        = string
  nullable    = false

  validation {
    # The block must be its own network address: AWS would silently store 10.20.0.0/16 for 10.20.5.0/16 and every plan would show a change.
    condition = (
      can(regex("^[0-9.]+/(1[6-9]|20)$", var.cidr)) &&
      try("${cidrhost(var.cidr, 0)}/${split("/", var.cidr)[1]}" == var.cidr, false)
    )
    error_message = "cidr must be an IPv4 block from /16 to /20 that begins at its network address, such as 10.20.0.0/16."
  }
}

variable "flow_log_retention_days" {
  description = "Days for which the flow log is kept."
  type        = number
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.flow_log_retention_days)
    error_message = "flow_log_retention_days must be a period that CloudWatch Logs offers, such as 30, 90, 180 or 365."
  }
}

variable "flows" {
  description = "Which role may open connections to which, by TCP port. The key names the flow, such as \"commands-broker\"."
  type = map(object({
    from        = string
    to          = string
    port        = number
    description = string
  }))
  nullable = false

  validation {
    condition     = alltrue([for flow in values(var.flows) : contains(keys(var.roles), flow.from) && contains(keys(var.roles), flow.to)])
    error_message = "flows must lead from a role to a role; declare these in roles first: ${join(", ", setsubtract(flatten([for flow in values(var.flows) : [flow.from, flow.to]]), keys(var.roles)))}."
  }

  validation {
    condition     = alltrue([for flow in values(var.flows) : flow.from != flow.to])
    error_message = "flows must lead to another role; within one role set self_port of that role instead."
  }

  validation {
    condition     = alltrue([for flow in values(var.flows) : flow.port >= 1 && flow.port <= 65535 && floor(flow.port) == flow.port])
    error_message = "flows need a TCP port from 1 to 65535, such as 5671."
  }

  validation {
    condition     = length(distinct([for flow in values(var.flows) : "${flow.from}>${flow.to}:${flow.port}"])) == length(var.flows)
    error_message = "flows must not repeat a pair of roles with the same port: AWS refuses the second rule. Keep one of them."
  }

  validation {
    condition     = alltrue([for flow in values(var.flows) : can(regex("^[a-zA-Z0-9 ._:/()#,@\\[\\]+=&;{}!$*-]{1,255}$", flow.description))])
    error_message = "flows need a description of 1 to 255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*, which is what a security group rule takes."
  }
}

variable "interface_endpoints" {
  description = "Services that get an interface endpoint, by the end of the service name, such as \"sqs\" or \"ecr.api\"."
  type        = set(string)
  nullable    = false

  validation {
    condition     = alltrue([for service in var.interface_endpoints : can(regex("^[a-z][a-z0-9-]*([.][a-z0-9-]+)*$", service)) && !startswith(service, "com.")])
    error_message = "interface_endpoints takes the end of the service name, such as \"sqs\" or \"ecr.api\", without com.amazonaws and the region."
  }

  validation {
    condition     = !contains(var.interface_endpoints, "s3")
    error_message = "interface_endpoints must not contain \"s3\": the module always builds the gateway endpoint of S3, which costs nothing."
  }
}

variable "log_kms_key_arn" {
  description = "KMS key that encrypts the flow log; its policy must admit CloudWatch Logs."
  type        = string
  nullable    = false
}

variable "name" {
  description = "Prefix of all names, such as orders-prod."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,30}[a-z0-9]$", var.name)) && !startswith(var.name, "sg-")
    error_message = "name must be 2 to 32 lower-case letters, digits and hyphens, begin with a letter, end with a letter or digit and not begin with \"sg-\", such as orders-prod."
  }
}

variable "nat_gateways" {
  description = "\"one\" for all zones (cheap; its zone's outage cuts all off) or \"one_per_zone\"."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["one", "one_per_zone"], var.nat_gateways)
    error_message = "nat_gateways must be \"one\" or \"one_per_zone\"."
  }
}

variable "region" {
  description = "AWS region, such as eu-central-1."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must be the name of an AWS region, such as eu-central-1."
  }
}

variable "roles" {
  description = <<-EOT
    Who takes part in the network; each role gets one security group. calls_aws opens 443 to the interface endpoints and to the gateway endpoint of
    S3, internet opens 443 to anywhere, self_port lets members of the role reach each other on that port.
  EOT
  type = map(object({
    description = string
    calls_aws   = optional(bool, false)
    internet    = optional(bool, false)
    self_port   = optional(number)
  }))
  nullable = false

  validation {
    condition     = alltrue([for role in keys(var.roles) : can(regex("^[a-z][a-z0-9_-]*$", role)) && role != "endpoints"])
    error_message = "roles must have names of lower-case letters, digits, _ and -, such as \"database-proxy\"; \"endpoints\" is taken by the module."
  }

  validation {
    condition     = alltrue([for role in values(var.roles) : role.self_port == null ? true : role.self_port >= 1 && role.self_port <= 65535 && floor(role.self_port) == role.self_port])
    error_message = "roles need a self_port from 1 to 65535, such as 5671, or none."
  }

  validation {
    condition     = alltrue([for role in values(var.roles) : can(regex("^[a-zA-Z0-9 ._:/()#,@\\[\\]+=&;{}!$*-]{1,200}$", role.description))])
    error_message = "roles need a description of 1 to 200 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*, which is what a security group rule takes."
  }
}
