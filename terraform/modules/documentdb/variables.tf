variable "admin_username" {
  description = "Name of the master user. DocumentDB makes its password and keeps it in a secret of its own."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z][A-Za-z0-9]{0,62}$", var.admin_username)) && !contains(["admin", "rdsadmin", "root"], lower(var.admin_username))
    error_message = "admin_username must have at most 63 letters and digits, begin with a letter and be none of admin, rdsadmin and root, such as ordersadmin."
  }
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

variable "deletion_protection" {
  description = "Whether AWS refuses to delete the cluster until this is set to false and applied."
  type        = bool
  nullable    = false
}

variable "engine_version" {
  description = "Version of DocumentDB."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[458]\\.0\\.[0-9]+$", var.engine_version))
    error_message = "engine_version must be a version of DocumentDB 4.0, 5.0 or 8.0 with its patch, such as 5.0.0."
  }
}

variable "instance_class" {
  description = "Class of all instances, also of those that the scaler adds."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^db\\.(r[0-9][a-z]*\\.([0-9]*x)?large|t4g\\.medium|t3\\.medium)$", var.instance_class))
    error_message = "instance_class must be a class of DocumentDB, such as db.r6g.large, or db.t4g.medium for trials."
  }
}

variable "kms_key_arn" {
  description = "Key that encrypts storage and backups."
  type        = string
  nullable    = false
}

variable "log_kms_key_arn" {
  description = "Key that encrypts the log groups."
  type        = string
  nullable    = false
}

variable "log_retention_days" {
  description = "Days for which CloudWatch keeps the logs of the cluster."
  type        = number
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be a period that CloudWatch offers, such as 14, 30, 90 or 365."
  }
}

variable "maximum" {
  description = "Instances up to which the scaler may grow the cluster, the fixed members included."
  type        = number
  nullable    = false

  validation {
    condition     = var.maximum >= var.members && var.maximum <= 16 && floor(var.maximum) == var.maximum
    error_message = "maximum must be a whole number from members to 16, which is all that a cluster of DocumentDB takes."
  }
}

variable "members" {
  description = "Fixed instances: one primary, the others replicas. The scaler adds to them and never removes them."
  type        = number
  nullable    = false

  validation {
    condition     = var.members >= 2 && var.members <= 16 && floor(var.members) == var.members
    error_message = "members must be a whole number from 2 to 16: a primary and at least one replica that can take its place."
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

variable "security_group_id" {
  description = "Security group of the cluster."
  type        = string
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
