variable "admin_username" {
  description = "Name of the master user. RDS makes its password and keeps it in a secret of its own."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z][A-Za-z0-9]{0,15}$", var.admin_username)) && !startswith(lower(var.admin_username), "rds")
    error_message = "admin_username must have at most 16 letters and digits, beginning with a letter but not with rds, such as ordersadmin."
  }
}

variable "application_secret_arn" {
  description = "Secret with username and password of the application's account: what the proxy signs in with, and what its clients must present."
  type        = string
  nullable    = false
}

variable "backup_retention_days" {
  description = "Days back to which the cluster can be restored, to the second."
  type        = number
  nullable    = false

  validation {
    condition     = var.backup_retention_days >= 1 && var.backup_retention_days <= 35 && floor(var.backup_retention_days) == var.backup_retention_days
    error_message = "backup_retention_days must be a whole number from 1 to 35; take 7 or more for anything that matters."
  }
}

variable "database" {
  description = "Database that is created with the cluster."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9_]{0,63}$", var.database))
    error_message = "database must have at most 64 lower-case letters, digits and underscores and begin with a letter, such as orders."
  }
}

variable "deletion_protection" {
  description = "Whether AWS refuses to delete the cluster until this is set to false and applied."
  type        = bool
  nullable    = false
}

variable "engine_version" {
  description = "Full version of Aurora MySQL."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^8\\.0\\.mysql_aurora\\.3\\.[0-9]{2}\\.[0-9]+$", var.engine_version))
    error_message = "engine_version must be a full version of Aurora MySQL 3, such as 8.0.mysql_aurora.3.08.2."
  }
}

variable "instance_class" {
  description = "Class of the writer, the readers and the replicas that scaling adds."
  type        = string
  nullable    = false

  # db.t3 and the small ones of db.t4g lack Performance Insights.
  validation {
    condition     = can(regex("^db\\.((r[0-9][a-z]*|x[0-9][a-z]*)\\.([0-9]*x)?large|t4g\\.(medium|large))$", var.instance_class))
    error_message = "instance_class must be a class of Aurora MySQL with Performance Insights, such as db.r7g.large, or db.t4g.medium for trials."
  }
}

variable "kms_key_arn" {
  description = "Key that encrypts storage, backups and Performance Insights."
  type        = string
  nullable    = false
}

variable "log_kms_key_arn" {
  description = "Key that encrypts the log groups."
  type        = string
  nullable    = false
}

variable "log_retention_days" {
  description = "Days for which CloudWatch keeps the logs of cluster and proxy."
  type        = number
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be a period that CloudWatch offers, such as 14, 30, 90 or 365."
  }
}

variable "members" {
  description = "Fixed instances: one writer, the others readers. Scaling adds to them and never removes them."
  type        = number
  nullable    = false

  # Target tracking reads the CPU of the readers: without a fixed one the metric does not exist and nothing ever scales out.
  validation {
    condition     = var.members >= 2 && var.members <= 16 && floor(var.members) == var.members
    error_message = "members must be a whole number from 2 to 16: a writer and at least one reader, whose CPU is what the replicas follow."
  }
}

variable "name" {
  description = "Prefix of all names, such as orders-prod."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]*(-[a-z0-9]+)*$", var.name)) && length(var.name) <= 32
    error_message = "name must be at most 32 lower-case letters, digits and single hyphens, beginning with a letter, such as orders-prod."
  }
}

variable "proxy" {
  description = "How long a client waits for a connection of the pool, and which part of the cluster's connections the pool may take."
  type = object({
    borrow_timeout_s        = number
    max_connections_percent = number
  })
  nullable = false

  validation {
    condition     = var.proxy.borrow_timeout_s >= 1 && var.proxy.borrow_timeout_s <= 3600
    error_message = "proxy.borrow_timeout_s must be from 1 to 3600 and below the timeout of the calling functions, such as 5."
  }

  validation {
    condition     = var.proxy.max_connections_percent >= 10 && var.proxy.max_connections_percent <= 95
    error_message = "proxy.max_connections_percent must be from 10 to 95, so that the workers, which connect directly, find the rest free."
  }
}

variable "replicas" {
  description = "Readers that target tracking adds to the fixed members: how few, how many, at which CPU of the readers, how fast."
  type = object({
    minimum            = number
    maximum            = number
    target_cpu_percent = number
    cooldown_in_s      = number
    cooldown_out_s     = number
  })
  nullable = false

  validation {
    condition     = var.replicas.minimum >= 0 && var.replicas.minimum <= var.replicas.maximum
    error_message = "replicas.minimum must be from 0 to replicas.maximum; the fixed members do not count."
  }

  validation {
    condition     = var.members + var.replicas.maximum <= 16
    error_message = "replicas.maximum and members together must not exceed 16: a writer and the 15 readers that Aurora allows."
  }

  validation {
    condition     = var.replicas.target_cpu_percent >= 20 && var.replicas.target_cpu_percent <= 90
    error_message = "replicas.target_cpu_percent must be from 20 to 90, such as 60."
  }

  validation {
    condition     = var.replicas.cooldown_in_s >= 60 && var.replicas.cooldown_out_s >= 60
    error_message = "replicas.cooldown_in_s and replicas.cooldown_out_s must be 60 or more, such as 600 and 300: a replica needs minutes to appear."
  }
}

variable "secret_kms_key_arn" {
  description = "Key that encrypts the master user's secret, and with which the application's secret is encrypted."
  type        = string
  nullable    = false
}

variable "security_group_ids" {
  description = "The security group of the cluster and that of the proxy."
  type        = object({ cluster = string, proxy = string })
  nullable    = false
}

variable "subnet_ids" {
  description = "Three private subnets, each in another zone."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.subnet_ids) == 3
    error_message = "subnet_ids must hold exactly three subnets, one in each zone."
  }
}
