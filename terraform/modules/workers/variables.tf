variable "account_id" {
  description = "AWS account of the cluster."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be the 12 digits of an AWS account, such as 123456789012."
  }
}

variable "addon_versions" {
  description = "Version by add-on, such as vpc-cni => v1.20.4-eksbuild.2. One left out gets EKS's default for the cluster's version when it is created, and keeps it."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.addon_versions) : contains(keys(local.addons), name)])
    error_message = "addon_versions must name add-ons of this module: ${join(", ", keys(local.addons))}."
  }
}

variable "administrator_arns" {
  description = "IAM roles or users that administer the cluster through access entries. Nobody else can, not even who creates it."
  type        = set(string)
  nullable    = false

  validation {
    condition     = length(var.administrator_arns) > 0 && alltrue([for arn in var.administrator_arns : can(regex("^arn:[^:]+:iam::[0-9]{12}:(role|user)/.+$", arn))])
    error_message = "administrator_arns must hold at least one ARN of an IAM role or user, such as arn:aws:iam::123456789012:role/platform: without one nobody can enter the cluster."
  }
}

variable "kms_key_arn" {
  description = "KMS key for Kubernetes secrets, the nodes' disks and the images."
  type        = string
  nullable    = false
}

variable "kubernetes_version" {
  description = "Minor version of Kubernetes, such as 1.33; control plane and nodes follow it, one minor at a time."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^1\\.[0-9]{2}$", var.kubernetes_version))
    error_message = "kubernetes_version must be a minor version, such as 1.33."
  }
}

variable "log_kms_key_arn" {
  description = "KMS key for the log groups."
  type        = string
  nullable    = false
}

variable "log_retention_days" {
  description = "Days that the logs of control plane, nodes and containers are kept."
  type        = number
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be a retention that CloudWatch Logs knows, such as 30, 90 or 365."
  }
}

variable "name" {
  description = "Prefix of every name, such as orders-prod; also the cluster's name."
  type        = string
  nullable    = false

  validation {
    # 24, because a load balancer's name has 32 at most and ours ends in -pricing.
    condition     = can(regex("^[a-z][a-z0-9-]{1,22}[a-z0-9]$", var.name))
    error_message = "name must be 3 to 24 lower-case letters, digits and hyphens, such as orders-prod."
  }
}

variable "nodes" {
  description = <<-EOT
    The node group: instance class, image and purchase option; bounds; disk; nodes added and removed by one step; and how long a new node counts as
    warming up, in which time it is not added again for the same need.
  EOT
  type = object({
    instance_class = string
    ami_type       = string
    capacity_type  = string
    minimum        = number
    maximum        = number
    disk_gb        = number
    step_out       = number
    step_in        = number
    warmup_s       = optional(number, 180)
  })
  nullable = false

  validation {
    condition     = contains(["AL2023_ARM_64_STANDARD", "AL2023_x86_64_STANDARD"], var.nodes.ami_type)
    error_message = "nodes.ami_type must be AL2023_ARM_64_STANDARD or AL2023_x86_64_STANDARD; the disk's device and the settings here are theirs."
  }

  validation {
    condition     = can(regex("^[a-z0-9-]+\\.[a-z0-9-]+$", var.nodes.instance_class)) && (can(regex("^(a1|[a-z]+[0-9][a-z]*g[a-z]*)\\.", var.nodes.instance_class)) == strcontains(var.nodes.ami_type, "ARM"))
    error_message = "nodes.instance_class must suit nodes.ami_type: a Graviton class such as m7g.large for AL2023_ARM_64_STANDARD, another such as m7i.large for AL2023_x86_64_STANDARD."
  }

  validation {
    condition     = contains(["ON_DEMAND", "SPOT"], var.nodes.capacity_type)
    error_message = "nodes.capacity_type must be ON_DEMAND or SPOT."
  }

  validation {
    condition     = var.nodes.minimum >= 1 && var.nodes.maximum > var.nodes.minimum && var.nodes.maximum <= 450
    error_message = "nodes.minimum must be at least 1 and nodes.maximum above it (at most 450), so that there is room to scale."
  }

  validation {
    condition     = var.nodes.disk_gb >= 20 && var.nodes.disk_gb <= 1024
    error_message = "nodes.disk_gb must be from 20 to 1024: below that the images do not fit."
  }

  validation {
    condition     = var.nodes.step_out >= 1 && var.nodes.step_in >= 1 && var.nodes.step_out <= var.nodes.maximum - var.nodes.minimum && var.nodes.step_in <= var.nodes.maximum - var.nodes.minimum
    error_message = "nodes.step_out and nodes.step_in must be positive and at most maximum - minimum; both are counts of nodes."
  }

  validation {
    condition     = var.nodes.warmup_s >= 60 && var.nodes.warmup_s <= 900
    error_message = "nodes.warmup_s must be from 60 to 900, the seconds from a launch until pods run on the node."
  }
}

variable "pricing" {
  description = "The pricing service behind its load balancer: port that clients call, port of the pods, path of the pods' health check."
  type = object({
    listener_port = number
    target_port   = number
    health_path   = string
  })
  nullable = false

  validation {
    condition     = var.pricing.listener_port >= 1 && var.pricing.listener_port <= 65535
    error_message = "pricing.listener_port must be a port from 1 to 65535, such as 80."
  }

  validation {
    condition     = var.pricing.target_port >= 1024 && var.pricing.target_port <= 65535
    error_message = "pricing.target_port must be a port from 1024 to 65535, such as 8080: the pods do not run as root."
  }

  validation {
    condition     = can(regex("^/[^\\s]*$", var.pricing.health_path))
    error_message = "pricing.health_path must be a path that begins with /, such as /health."
  }
}

variable "private_access_cidrs" {
  description = "Addresses inside the VPC, or reached by VPN or peering, from which the cluster is administered and deployed to."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for cidr in var.private_access_cidrs : can(cidrhost(cidr, 0)) && !endswith(cidr, "/0")])
    error_message = "private_access_cidrs must be IPv4 blocks of a network or host, such as 10.0.0.0/16 or 10.30.4.7/32."
  }
}

variable "public_access_cidrs" {
  description = "Addresses that may reach the Kubernetes API from outside the VPC; empty means that it has a private endpoint only."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for cidr in var.public_access_cidrs : can(cidrhost(cidr, 0)) && can(regex("/(1[6-9]|2[0-9]|3[0-2])$", cidr))])
    error_message = "public_access_cidrs must be IPv4 blocks of a known office or runner, from /16 to /32, such as 203.0.113.0/24."
  }
}

variable "region" {
  description = "AWS region of the cluster."
  type        = string
  nullable    = false
}

variable "security_group_ids" {
  description = "Security groups by role: the control plane's interfaces, the nodes, the pricing load balancer."
  type = object({
    cluster = string
    nodes   = string
    pricing = string
  })
  nullable = false
}

variable "subnet_ids" {
  description = "Private subnets of the control plane's interfaces, the nodes and the load balancer, one a zone."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "subnet_ids must hold subnets of at least two zones, as EKS demands."
  }
}

variable "vpc_id" {
  description = "VPC of the target group."
  type        = string
  nullable    = false
}

variable "workloads" {
  description = "What runs in the cluster and calls AWS, by name: its Kubernetes service account and the statements of its role."
  type = map(object({
    namespace       = string
    service_account = string
    statements = list(object({
      sid       = string
      actions   = list(string)
      resources = list(string)
      conditions = optional(list(object({
        test     = string
        variable = string
        values   = list(string)
      })), [])
    }))
  }))
  nullable = false

  validation {
    condition     = alltrue([for key in keys(var.workloads) : can(regex("^[a-z][a-z0-9-_]{0,30}$", key))])
    error_message = "A key of workloads must be at most 31 lower-case letters, digits, hyphens and underscores, such as orders."
  }

  validation {
    condition     = length(distinct([for workload in values(var.workloads) : "${workload.namespace}/${workload.service_account}"])) == length(var.workloads)
    error_message = "Each of workloads must have a service account of its own: EKS gives one role to a service account."
  }

  validation {
    condition     = alltrue(flatten([for workload in values(var.workloads) : [for statement in workload.statements : !contains(statement.resources, "*") || startswith(statement.sid, "AnyResource")]]))
    error_message = "A statement on every resource must have a sid that begins with AnyResource, and only where AWS knows no other resource for its actions."
  }
}
