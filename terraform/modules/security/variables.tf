variable "account_id" {
  description = "AWS account of the stack; key policies admit no other."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be the twelve digits of an AWS account, as a string, such as \"123456789012\"."
  }
}

variable "admin_username" {
  description = "Name of the broker's bootstrap administrator."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9_-]{1,31}$", var.admin_username)) && var.admin_username != "guest"
    error_message = "admin_username must be 2 to 32 lower-case letters, digits, - and _, begin with a letter and not be \"guest\", such as \"orders-admin\"."
  }

  validation {
    condition     = var.admin_username != var.application_username
    error_message = "admin_username must differ from application_username, such as \"orders-admin\" beside \"orders-app\"."
  }
}

variable "application_username" {
  description = "Name under which functions and workers log in to the broker, to MySQL and to DocumentDB."
  type        = string
  nullable    = false
  default     = "orders-app"

  validation {
    condition     = can(regex("^[a-z][a-z0-9_-]{1,31}$", var.application_username)) && !contains(["admin", "guest", "root"], var.application_username)
    error_message = "application_username must be 2 to 32 lower-case letters, digits, - and _, begin with a letter and not be admin, guest or root, such as \"orders-app\"."
  }
}

variable "key_deletion_window_days" {
  description = "Days between the destroy of a key and its end, in which it can be brought back."
  type        = number
  nullable    = false

  validation {
    condition     = var.key_deletion_window_days >= 7 && var.key_deletion_window_days <= 30 && floor(var.key_deletion_window_days) == var.key_deletion_window_days
    error_message = "key_deletion_window_days must be a whole number from 7 to 30."
  }
}

variable "name" {
  description = "Prefix of all names, such as orders-prod."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,30}[a-z0-9]$", var.name))
    error_message = "name must be 2 to 32 lower-case letters, digits and hyphens, begin with a letter and end with a letter or digit, such as orders-prod."
  }
}

variable "password_version" {
  description = "Raise it by one to give the application new passwords; the role migrate then sets them in the servers."
  type        = number
  nullable    = false
  default     = 1

  validation {
    condition     = var.password_version >= 1 && floor(var.password_version) == var.password_version
    error_message = "password_version must be a whole number from 1; raise it by one for new passwords."
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

variable "secret_recovery_window_days" {
  description = "Days in which a deleted secret can be brought back; until then its name is taken. 0 deletes at once."
  type        = number
  nullable    = false

  validation {
    condition     = var.secret_recovery_window_days == 0 || (var.secret_recovery_window_days >= 7 && var.secret_recovery_window_days <= 30 && floor(var.secret_recovery_window_days) == var.secret_recovery_window_days)
    error_message = "secret_recovery_window_days must be a whole number from 7 to 30, or 0 to delete at once."
  }
}
