variable "admin" {
  description = "The first and only user that is created with the broker. Role `migrate` creates all others over the management API."
  type        = object({ username = string, password = string })
  sensitive   = true
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9._~-]{1,99}$", var.admin.username)) && var.admin.username != "guest"
    error_message = "admin.username must have 2 to 100 letters, digits, dots, underscores, tildes or hyphens and not be guest, such as orders-admin."
  }

  validation {
    condition     = can(regex("^[^,:=[:cntrl:]]{12,250}$", var.admin.password))
    error_message = "admin.password must have 12 to 250 characters without a comma, colon or equals sign; generate it with exclude_punctuation."
  }
}

variable "client_connections" {
  description = "Connections that all clients together can open: the functions that publish, at their full concurrency, and every worker at its highest count."
  type        = number
  nullable    = false

  validation {
    condition     = var.client_connections >= 1 && floor(var.client_connections) == var.client_connections
    error_message = "client_connections must be a whole number of 1 or more: the publishers' concurrency plus the workers."
  }
}

variable "engine_version" {
  description = "RabbitMQ version as major.minor; Amazon MQ chooses the patch."
  type        = string
  nullable    = false

  # Amazon MQ refuses a patch where minor upgrades are automatic, and a version that it normalizes would differ in every plan.
  validation {
    condition     = can(regex("^(3\\.13|4\\.[2-9])$", var.engine_version))
    error_message = "engine_version must be a version that Amazon MQ runs, as major.minor without a patch: 4.2 or later, or 3.13."
  }
}

variable "instance_class" {
  description = "Class of each of the three nodes."
  type        = string
  nullable    = false

  validation {
    condition     = contains(keys(local.classes), var.instance_class)
    error_message = "instance_class must be one of ${join(", ", keys(local.classes))}."
  }
}

variable "kms_key_arn" {
  description = "Key that encrypts the messages on disk."
  type        = string
  nullable    = false
}

variable "maintenance_window" {
  description = "When Amazon MQ may upgrade and restart the nodes, one after the other, and when changes of class or version take effect."
  type = object({
    day_of_week = optional(string, "SUNDAY")
    time_of_day = optional(string, "03:00")
    time_zone   = optional(string, "UTC")
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"], var.maintenance_window.day_of_week)
    error_message = "maintenance_window.day_of_week must be a day in capitals, such as SUNDAY."
  }

  validation {
    condition     = can(regex("^([01][0-9]|2[0-3]):[0-5][0-9]$", var.maintenance_window.time_of_day))
    error_message = "maintenance_window.time_of_day must be hours and minutes of a 24-hour clock, such as 03:00."
  }

  validation {
    condition     = can(regex("^(UTC|[A-Z][A-Za-z_]+(/[A-Za-z0-9_+-]+)+)$", var.maintenance_window.time_zone))
    error_message = "maintenance_window.time_zone must be UTC or a zone of the tz database, such as Europe/Berlin."
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
  description = "The one security group of the broker. It cannot be exchanged later."
  type        = string
  nullable    = false
}

variable "subnet_ids" {
  description = "Three private subnets, each in another zone: one for each node."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.subnet_ids) == 3
    error_message = "subnet_ids must hold exactly three subnets, one in each zone."
  }
}
