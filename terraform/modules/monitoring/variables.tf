variable "account_id" {
  description = "AWS account that holds the alarms; only its alarms may publish to the topic and invoke the scaler."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be the 12 digits of an AWS account, such as 123456789012."
  }
}

variable "action_arns" {
  description = "ARN behind each logical action that an alarm may name, such as scale_out_nodes => a scaling policy. `notify` and the scaler's actions are known here already."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = length(setintersection(keys(var.action_arns), setunion(["notify"], var.scaler.actions))) == 0
    error_message = "action_arns must not name notify or an action of scaler.actions; the module knows where those lead."
  }
}

variable "alarms" {
  description = <<-EOT
    Alarms by key; the alarm is called "<name>-<key>". `tier` is the section of the dashboard. `statistic` is Average, Sum, Minimum, Maximum,
    SampleCount or a percentile such as p99. With `across` the alarm watches the worst value over these further dimensions (a broker's nodes, a
    cluster's instances). `actions` are logical: notify, a key of action_arns, or one of scaler.actions.
  EOT
  type = map(object({
    description        = string
    tier               = string
    namespace          = string
    metric             = string
    statistic          = string
    period_s           = number
    evaluation_periods = number
    datapoints         = number
    threshold          = number
    comparison         = string
    missing_data       = string
    dimensions         = map(string)
    across             = optional(list(string), [])
    actions            = list(string)
  }))
  nullable = false

  validation {
    condition     = alltrue([for key in keys(var.alarms) : can(regex("^[a-z][a-z0-9_]*$", key))])
    error_message = "A key of alarms must be lower-case letters, digits and underscores, such as broker_memory."
  }

  validation {
    condition     = alltrue([for alarm in values(var.alarms) : can(regex("^(Average|Sum|Minimum|Maximum|SampleCount|p(100|[0-9]{1,2}(\\.[0-9]{1,2})?))$", alarm.statistic))])
    error_message = "statistic must be Average, Sum, Minimum, Maximum, SampleCount or a percentile such as p99 or p99.9."
  }

  validation {
    condition = alltrue([for alarm in values(var.alarms) : contains([
      "GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanOrEqualToThreshold", "LessThanThreshold",
    ], alarm.comparison)])
    error_message = "comparison must be GreaterThanOrEqualToThreshold, GreaterThanThreshold, LessThanOrEqualToThreshold or LessThanThreshold."
  }

  validation {
    condition     = alltrue([for alarm in values(var.alarms) : contains(["breaching", "ignore", "missing", "notBreaching"], alarm.missing_data)])
    error_message = "missing_data must be breaching, ignore, missing or notBreaching."
  }

  validation {
    condition     = alltrue([for alarm in values(var.alarms) : alarm.period_s >= 60 && alarm.period_s % 60 == 0])
    error_message = "period_s must be a multiple of 60, such as 60 or 300: the metrics here come once a minute."
  }

  validation {
    condition     = alltrue([for alarm in values(var.alarms) : alarm.datapoints >= 1 && alarm.datapoints <= alarm.evaluation_periods])
    error_message = "datapoints must be from 1 to evaluation_periods: the alarm fires when that many of the last evaluation_periods breach."
  }

  validation {
    condition     = alltrue([for alarm in values(var.alarms) : alarm.period_s * alarm.evaluation_periods <= (length(alarm.across) > 0 ? 10800 : 86400)])
    error_message = "period_s × evaluation_periods must be at most 86400 (one day), and 10800 with across: a Metrics Insights alarm looks back three hours."
  }

  validation {
    condition = alltrue([for alarm in values(var.alarms) :
      length(alarm.across) == 0 || alarm.statistic == (startswith(alarm.comparison, "Less") ? "Minimum" : "Maximum")
    ])
    error_message = "With across the statistic must be Maximum, or Minimum for a Less… comparison: the alarm watches the worst single value."
  }

  validation {
    condition     = alltrue([for alarm in values(var.alarms) : length(setintersection(keys(alarm.dimensions), alarm.across)) == 0])
    error_message = "across must name dimensions that are not in dimensions: one is fixed to a value, the other left open."
  }

  validation {
    condition = alltrue([for alarm in values(var.alarms) :
      length(setsubtract(alarm.actions, setunion(["notify"], keys(var.action_arns), var.scaler.actions))) == 0
    ])
    error_message = "Each of an alarm's actions must be notify, a key of action_arns, or one of scaler.actions."
  }

  validation {
    condition     = alltrue([for alarm in values(var.alarms) : length(alarm.actions) >= 1 && length(alarm.actions) <= 5])
    error_message = "An alarm must have one to five actions, such as [\"notify\"]; one without any is a graph."
  }
}

variable "broker_engine_version" {
  description = "Version of the RabbitMQ broker as X.Y; from 4.0 on Amazon MQ publishes no per-queue metrics."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]+\\.[0-9]+$", var.broker_engine_version))
    error_message = "broker_engine_version must be major.minor, such as 4.2."
  }
}

variable "kms_key_arn" {
  description = "KMS key that encrypts the topic; its policy must let CloudWatch alarms use it, or their messages are lost."
  type        = string
  nullable    = false
}

variable "name" {
  description = "Prefix of every name, such as orders-prod."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}[a-z0-9]$", var.name))
    error_message = "name must be 3 to 32 lower-case letters, digits and hyphens, such as orders-prod."
  }
}

variable "region" {
  description = "AWS region of the alarms, for their ARNs and the dashboard's graphs."
  type        = string
  nullable    = false
}

variable "scaler" {
  description = "The function that scales the document database: alias, the logical actions that invoke it, and how often it runs without an alarm."
  type = object({
    function_name     = string
    qualifier         = string
    alias_arn         = string
    actions           = set(string)
    reconcile_minutes = number
  })
  nullable = false

  validation {
    condition     = length(var.scaler.actions) > 0 && !contains(var.scaler.actions, "notify")
    error_message = "scaler.actions must name at least one logical action, such as scale_out_documents, and not notify."
  }

  validation {
    condition     = var.scaler.reconcile_minutes >= 1 && var.scaler.reconcile_minutes <= 60 && floor(var.scaler.reconcile_minutes) == var.scaler.reconcile_minutes
    error_message = "scaler.reconcile_minutes must be a whole number from 1 to 60, such as 5."
  }
}

variable "subscribers" {
  description = "E-mail addresses that get the alarms; each has to confirm once."
  type        = set(string)
  nullable    = false

  validation {
    condition     = alltrue([for address in var.subscribers : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", address))])
    error_message = "subscribers must be e-mail addresses, such as on-call@example.com."
  }
}
