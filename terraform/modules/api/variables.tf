variable "cors" {
  description = "What browsers may do from other origins. API Gateway answers the preflight itself."
  type = object({
    allow_headers  = list(string)
    allow_methods  = list(string)
    allow_origins  = list(string)
    expose_headers = list(string)
    max_age_s      = number
  })
  nullable = false

  validation {
    condition     = length(var.cors.allow_origins) > 0 && alltrue([for o in var.cors.allow_origins : can(regex("^https?://[^/*]+$", o))])
    error_message = "cors.allow_origins must list origins without path or \"*\", such as \"https://shop.orders.example\"."
  }

  validation {
    condition = length(var.cors.allow_methods) > 0 && alltrue([
      for m in var.cors.allow_methods : contains(["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"], m)
    ])
    error_message = "cors.allow_methods must list HTTP methods in capitals, such as \"GET\" and \"POST\"."
  }

  validation {
    condition     = alltrue([for h in concat(var.cors.allow_headers, var.cors.expose_headers) : can(regex("^[a-z0-9-]+$", h))])
    error_message = "cors.allow_headers and cors.expose_headers must list header names in lower case, such as \"idempotency-key\"."
  }

  validation {
    condition     = var.cors.max_age_s >= 0 && var.cors.max_age_s <= 86400 && floor(var.cors.max_age_s) == var.cors.max_age_s
    error_message = "cors.max_age_s must be whole seconds from 0 to 86400, such as 600."
  }
}

variable "functions" {
  description = "Functions that routes may name, by key. They are invoked by their alias (`qualifier`) only."
  type = map(object({
    alias_invoke_arn = string
    name             = string
    qualifier        = string
    timeout_s        = number
  }))
  nullable = false
}

variable "integration_timeout_s" {
  description = "Longest that API Gateway waits for a function before it answers 503 itself."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.integration_timeout_s >= 0.05 && var.integration_timeout_s <= 30
    error_message = "integration_timeout_s must be from 0.05 to 30 seconds; AWS allows no more for HTTP APIs."
  }
}

variable "jwt" {
  description = "Issuer and audiences of the users' tokens. API Gateway fetches the keys from the issuer."
  type = object({
    audience = list(string)
    issuer   = string
  })
  nullable = false

  validation {
    condition     = can(regex("^https://[^ ]+$", var.jwt.issuer))
    error_message = "jwt.issuer must be the https URL that tokens carry as \"iss\", such as \"https://identity.orders.example/\"."
  }

  validation {
    condition     = length(var.jwt.audience) > 0 && alltrue([for a in var.jwt.audience : length(a) > 0])
    error_message = "jwt.audience must list at least one audience, such as \"orders-api\"; without one any token of the issuer would do."
  }
}

variable "log_kms_key_arn" {
  description = "KMS key that encrypts the access log."
  type        = string
  nullable    = false
}

variable "log_retention_days" {
  description = "Days that the access log is kept."
  type        = number
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be a period that CloudWatch Logs offers, such as 7, 30, 90 or 365."
  }
}

variable "name" {
  description = "Name of the API, such as \"orders-prod\"."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,28}[a-z0-9]$", var.name))
    error_message = "name must be 2 to 30 lower-case letters, digits or hyphens that begin with a letter, such as \"orders-prod\"."
  }
}

variable "routes" {
  description = <<-EOT
    The routes, by their key (`POST /v1/orders`). `function` is a key of `functions`; `authorization` is `jwt` or `none`;
    `throttle` replaces the stage's for this route; a token must carry one of `scopes`, where there are any.
  EOT
  type = map(object({
    authorization = string
    function      = string
    scopes        = optional(list(string), [])
    throttle = optional(object({
      burst      = number
      rate_per_s = number
    }))
  }))
  nullable = false

  validation {
    condition     = length(var.routes) > 0 && length(var.routes) <= 300
    error_message = "routes must hold 1 to 300 routes, the limit of an HTTP API."
  }

  validation {
    condition     = alltrue([for key in keys(var.routes) : can(regex("^(ANY|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT) /[^ ]*$", key))])
    error_message = "Keys of routes must be a method in capitals, one space and a path, such as \"GET /v1/orders/{id}\"."
  }

  validation {
    condition     = alltrue([for r in var.routes : contains(["jwt", "none"], r.authorization)])
    error_message = "authorization of a route must be \"jwt\" or \"none\"."
  }

  validation {
    condition     = alltrue([for r in var.routes : r.authorization == "jwt" || length(r.scopes) == 0])
    error_message = "scopes need authorization \"jwt\": a route without a token has none to look at."
  }

  validation {
    condition     = alltrue([for r in var.routes : contains(keys(var.functions), r.function)])
    error_message = "function of a route must be a key of functions; it may be one of ${join(", ", keys(var.functions))}."
  }

  validation {
    condition = alltrue([
      for r in var.routes : r.throttle == null ? true : (
        r.throttle.rate_per_s > 0 && r.throttle.rate_per_s <= 10000
        && r.throttle.burst >= 1 && r.throttle.burst <= 10000 && floor(r.throttle.burst) == r.throttle.burst
      )
    ])
    error_message = "throttle of a route must have a rate_per_s above 0 and a whole burst from 1, both up to the account's 10000; leave throttle out for the stage's."
  }
}

variable "stage" {
  description = "Name of the stage; \"$default\" serves at the root of the endpoint."
  type        = string
  default     = "$default"
  nullable    = false

  validation {
    condition     = can(regex("^(\\$default|[a-zA-Z0-9_-]{1,128})$", var.stage))
    error_message = "stage must be \"$default\", or letters, digits, hyphens and underscores, such as \"v1\"."
  }
}

variable "throttle" {
  description = "Requests each route takes: `rate_per_s` on average, `burst` at once. API Gateway answers 429 beyond."
  type = object({
    burst      = number
    rate_per_s = number
  })
  nullable = false

  validation {
    condition = (
      var.throttle.rate_per_s > 0 && var.throttle.rate_per_s <= 10000
      && var.throttle.burst >= 1 && var.throttle.burst <= 10000 && floor(var.throttle.burst) == var.throttle.burst
    )
    error_message = "throttle must have a rate_per_s above 0 and a whole burst from 1, both up to the account's 10000; 0 would refuse every request."
  }
}
