variable "account_id" {
  description = "AWS account that owns the functions; part of the ARNs in their policies."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be the 12 digits of an AWS account, such as \"123456789012\"."
  }
}

variable "alias" {
  description = "Alias of the published version that every caller, event source and scaling policy uses."
  type        = string
  default     = "live"
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9_-]{1,128}$", var.alias)) && !can(regex("^[0-9]+$", var.alias))
    error_message = "alias must be letters, digits, hyphens or underscores and not a number alone, such as \"live\"."
  }
}

variable "environment_kms_key_arn" {
  description = "KMS key that encrypts the functions' environment variables."
  type        = string
  nullable    = false
}

variable "functions" {
  description = <<-EOT
    The functions, by key. `reserved_concurrency` null leaves a function in the account's common pool. `provisioned` keeps
    environments of the alias warm between `minimum` and `maximum`, by target tracking of their utilization (0 to 1).
    `statements` are what the code itself may do; `package.sha256` is the base64 SHA-256 of the zip file.
  EOT
  type = map(object({
    architecture         = string
    description          = string
    environment          = map(string)
    handler              = string
    memory_mb            = number
    reserved_concurrency = optional(number)
    runtime              = string
    security_group_id    = string
    timeout_s            = number
    package = object({
      path   = string
      sha256 = string
    })
    provisioned = optional(object({
      minimum            = number
      maximum            = number
      target_utilization = number
      cooldown_in_s      = number
      cooldown_out_s     = number
    }))
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
    condition     = alltrue([for key in keys(var.functions) : can(regex("^[a-z][a-z0-9_]{0,23}$", key))])
    error_message = "Keys of functions must be 1 to 24 lower-case letters, digits or underscores that begin with a letter, such as \"overflow_relay\"."
  }

  validation {
    condition     = alltrue([for f in var.functions : contains(["arm64", "x86_64"], f.architecture)])
    error_message = "architecture must be \"arm64\" or \"x86_64\"."
  }

  validation {
    condition     = alltrue([for f in var.functions : contains(["python3.11", "python3.12", "python3.13"], f.runtime)])
    error_message = "runtime must be \"python3.11\", \"python3.12\" or \"python3.13\"."
  }

  validation {
    condition     = alltrue([for f in var.functions : can(regex("^[A-Za-z0-9_./-]+\\.[A-Za-z0-9_]+$", f.handler))])
    error_message = "handler must name a module and a function in it, such as \"handler.handler\"."
  }

  validation {
    condition     = alltrue([for f in var.functions : length(f.description) >= 1 && length(f.description) <= 256])
    error_message = "description must be 1 to 256 characters that say what the function does."
  }

  validation {
    condition     = alltrue([for f in var.functions : f.memory_mb >= 128 && f.memory_mb <= 10240 && floor(f.memory_mb) == f.memory_mb])
    error_message = "memory_mb must be a whole number from 128 to 10240, such as 512."
  }

  validation {
    condition     = alltrue([for f in var.functions : f.timeout_s >= 1 && f.timeout_s <= 900 && floor(f.timeout_s) == f.timeout_s])
    error_message = "timeout_s must be a whole number of seconds from 1 to 900, such as 10."
  }

  validation {
    condition = alltrue([
      for f in var.functions : f.reserved_concurrency == null ? true : f.reserved_concurrency >= 1 && floor(f.reserved_concurrency) == f.reserved_concurrency
    ])
    error_message = "reserved_concurrency must be a whole number from 1, such as 16, or null for the account's common pool; 0 would switch the function off."
  }

  validation {
    condition = alltrue([
      for f in var.functions : f.provisioned == null ? true : (
        f.provisioned.minimum >= 1 && floor(f.provisioned.minimum) == f.provisioned.minimum
        && f.provisioned.maximum >= f.provisioned.minimum && floor(f.provisioned.maximum) == f.provisioned.maximum
      )
    ])
    error_message = "provisioned.minimum and provisioned.maximum must be whole numbers with 1 <= minimum <= maximum, such as 2 and 8; leave provisioned out for none."
  }

  validation {
    condition = alltrue([
      for f in var.functions : f.provisioned == null || f.reserved_concurrency == null ? true : f.provisioned.maximum <= f.reserved_concurrency
    ])
    error_message = "provisioned.maximum must not exceed reserved_concurrency: provisioned environments count against it. Lower the one or raise the other."
  }

  validation {
    condition = alltrue([
      for f in var.functions : f.provisioned == null ? true : f.provisioned.target_utilization >= 0.1 && f.provisioned.target_utilization <= 0.9
    ])
    error_message = "provisioned.target_utilization must be a share from 0.1 to 0.9, such as 0.7."
  }

  validation {
    condition     = alltrue([for f in var.functions : f.provisioned == null ? true : min(f.provisioned.cooldown_in_s, f.provisioned.cooldown_out_s) >= 0])
    error_message = "provisioned.cooldown_in_s and provisioned.cooldown_out_s must be seconds from 0, such as 300 and 60."
  }

  validation {
    condition     = alltrue([for f in var.functions : can(regex("^[A-Za-z0-9+/]{43}=$", f.package.sha256))])
    error_message = "package.sha256 must be the base64 SHA-256 of the zip file, as filebase64sha256() gives it."
  }

  validation {
    condition = alltrue(flatten([
      for f in var.functions : [
        for s in f.statements : can(regex("^[A-Za-z0-9]+$", s.sid)) && length(s.actions) > 0 && length(s.resources) > 0
      ]
    ]))
    error_message = "Every statement needs a sid of letters and digits, and at least one action and one resource."
  }

  validation {
    condition     = alltrue(flatten([for f in var.functions : [for s in f.statements : [for a in s.actions : can(regex("^[a-z0-9-]+:[A-Za-z0-9]+$", a))]]]))
    error_message = "Statements must name their actions, such as \"sqs:SendMessage\"; no \"*\" in them."
  }

  validation {
    condition = alltrue(flatten([
      for f in var.functions : [for s in f.statements : [for r in s.resources : r != "*" || startswith(s.sid, "AnyResource")]]
    ]))
    error_message = "Statements must name their resources; where AWS takes nothing but \"*\", begin the sid with \"AnyResource\"."
  }
}

variable "log_kms_key_arn" {
  description = "KMS key that encrypts the log groups."
  type        = string
  nullable    = false
}

variable "log_retention_days" {
  description = "Days that the functions' logs are kept."
  type        = number
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be a period that CloudWatch Logs offers, such as 7, 30, 90 or 365."
  }
}

variable "name" {
  description = "Prefix of every name, such as \"orders-prod\"."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,28}[a-z0-9]$", var.name))
    error_message = "name must be 2 to 30 lower-case letters, digits or hyphens that begin with a letter, such as \"orders-prod\"."
  }
}

variable "rabbitmq_event_sources" {
  description = <<-EOT
    Queues of the broker that call a function, by key. `secret_arn` holds {"username","password"}; `window_s` 0.5 is
    AWS's own default. AWS runs one batch at a time, whatever the function's concurrency.
  EOT
  type = map(object({
    batch_size   = number
    broker_arn   = string
    function     = string
    queue        = string
    secret_arn   = string
    virtual_host = string
    window_s     = number
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for s in var.rabbitmq_event_sources : contains(keys(var.functions), s.function)])
    error_message = "rabbitmq_event_sources: function must be a key of functions; it may be one of ${join(", ", keys(var.functions))}."
  }

  validation {
    condition     = alltrue([for s in var.rabbitmq_event_sources : s.batch_size >= 1 && s.batch_size <= 10000 && floor(s.batch_size) == s.batch_size])
    error_message = "rabbitmq_event_sources: batch_size must be a whole number from 1 to 10000, such as 100."
  }

  validation {
    condition = alltrue([
      for s in var.rabbitmq_event_sources : s.window_s == 0.5 || (s.window_s >= 1 && s.window_s <= 300 && floor(s.window_s) == s.window_s)
    ])
    error_message = "rabbitmq_event_sources: window_s must be 0.5 or whole seconds from 1 to 300."
  }

  validation {
    condition     = alltrue([for s in var.rabbitmq_event_sources : length(s.queue) > 0 && length(s.virtual_host) > 0])
    error_message = "rabbitmq_event_sources: queue and virtual_host must not be empty; RabbitMQ's first virtual host is \"/\"."
  }

  validation {
    condition     = alltrue([for s in var.rabbitmq_event_sources : try(var.functions[s.function].timeout_s, 0) <= 840])
    error_message = "rabbitmq_event_sources: the function's timeout_s must be at most 840; AWS refuses more for Amazon MQ."
  }
}

variable "region" {
  description = "AWS region of the functions; part of the ARNs in their policies."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must be the code of an AWS region, such as \"eu-central-1\"."
  }
}

variable "sqs_event_sources" {
  description = "Standard queues that call a function, by key. `maximum_concurrency` bounds the batches in progress."
  type = map(object({
    batch_size          = number
    function            = string
    maximum_concurrency = number
    queue_arn           = string
    window_s            = number
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for s in var.sqs_event_sources : contains(keys(var.functions), s.function)])
    error_message = "sqs_event_sources: function must be a key of functions; it may be one of ${join(", ", keys(var.functions))}."
  }

  validation {
    condition     = alltrue([for s in var.sqs_event_sources : s.batch_size >= 1 && s.batch_size <= 10000 && floor(s.batch_size) == s.batch_size])
    error_message = "sqs_event_sources: batch_size must be a whole number from 1 to 10000, such as 10."
  }

  validation {
    condition     = alltrue([for s in var.sqs_event_sources : s.window_s >= 0 && s.window_s <= 300 && floor(s.window_s) == s.window_s])
    error_message = "sqs_event_sources: window_s must be whole seconds from 0 to 300."
  }

  validation {
    condition     = alltrue([for s in var.sqs_event_sources : s.batch_size <= 10 || s.window_s >= 1])
    error_message = "sqs_event_sources: a batch_size above 10 needs a window_s of at least 1."
  }

  validation {
    condition = alltrue([
      for s in var.sqs_event_sources : s.maximum_concurrency >= 2 && s.maximum_concurrency <= 1000 && floor(s.maximum_concurrency) == s.maximum_concurrency
    ])
    error_message = "sqs_event_sources: maximum_concurrency must be a whole number from 2 to 1000, such as 10."
  }

  validation {
    # A throttled batch goes back to the queue and counts as a receive, until the message is a dead letter.
    condition = alltrue([
      for s in var.sqs_event_sources : try(var.functions[s.function].reserved_concurrency, null) == null ? true : s.maximum_concurrency <= var.functions[s.function].reserved_concurrency
    ])
    error_message = "sqs_event_sources: maximum_concurrency must not exceed the function's reserved_concurrency. Lower the one or raise the other."
  }
}

variable "subnet_ids" {
  description = "Private subnets that the functions are attached to, at least two."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "subnet_ids must hold the private subnets of at least two zones, so that a zone may fail."
  }
}
