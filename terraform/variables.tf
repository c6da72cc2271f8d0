# What an environment may say: sizes, limits and names. What the application is (its functions, workers, queues and who
# reaches what) stands in application.tf and is the same everywhere.

variable "account" {
  description = "Limits of the AWS account in this region: `concurrent_executions` is the Lambda quota that all its functions share."
  type = object({
    concurrent_executions = number
  })
  nullable = false

  validation {
    condition     = var.account.concurrent_executions >= 110 && floor(var.account.concurrent_executions) == var.account.concurrent_executions
    error_message = "account.concurrent_executions must be a whole number from 110 (AWS keeps 100 unreserved); a new account has 1000."
  }
}

variable "account_id" {
  description = "The AWS account that the stack belongs to. Terraform refuses to work on any other."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be the twelve digits of an AWS account, such as \"123456789012\"."
  }
}

variable "api" {
  description = "The HTTP API: the stage's throttle, who issues tokens, which web origins may call, and how long an integration may take."
  type = object({
    throttle = object({ rate_per_s = number, burst = number })
    jwt      = object({ issuer = string, audience = list(string) })
    cors = object({
      allow_origins  = list(string)
      allow_methods  = optional(list(string), ["GET", "POST"])
      allow_headers  = optional(list(string), ["authorization", "content-type", "idempotency-key", "min-version", "if-none-match", "traceparent"])
      expose_headers = optional(list(string), ["etag", "location", "retry-after"])
      max_age_s      = optional(number, 600)
    })
    integration_timeout_s = optional(number, 30)
  })
  nullable = false

  validation {
    condition     = var.api.throttle.rate_per_s > 0 && var.api.throttle.burst > 0
    error_message = "api.throttle: rate_per_s and burst must be above 0."
  }

  validation {
    condition     = startswith(var.api.jwt.issuer, "https://") && length(var.api.jwt.audience) > 0
    error_message = "api.jwt: issuer must be an https:// URL exactly as in the tokens' `iss`, audience at least one value."
  }

  validation {
    condition     = var.api.integration_timeout_s >= 1 && var.api.integration_timeout_s <= 30
    error_message = "api.integration_timeout_s must be from 1 to 30, the most that an HTTP API waits."
  }

  validation {
    condition     = length(var.api.cors.allow_origins) > 0 && !contains(var.api.cors.allow_origins, "*")
    error_message = "api.cors.allow_origins must name origins, such as [\"https://shop.example.com\"]; \"*\" would let any page send requests."
  }
}

variable "architecture" {
  description = "Processor of the functions: arm64 or x86_64. `make package` vendors wheels for it."
  type        = string
  default     = "x86_64"
  nullable    = false

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "architecture must be \"arm64\" or \"x86_64\"."
  }
}

variable "availability_zones" {
  description = "The three zones of the region that the stack spreads over."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.availability_zones) == 3 && length(distinct(var.availability_zones)) == 3
    error_message = "availability_zones must name three different zones, such as [\"eu-central-1a\", \"eu-central-1b\", \"eu-central-1c\"]."
  }

  validation {
    condition     = alltrue([for zone in var.availability_zones : startswith(zone, var.region)])
    error_message = "availability_zones must lie in the region of `region`."
  }
}

variable "broker" {
  description = "Amazon MQ for RabbitMQ: version as X.Y, and instance class of each of its three nodes."
  type = object({
    engine_version = optional(string, "4.2")
    instance_class = string
    # An alarm before the broker itself stops publishers. Bytes of free disk, which AWS does not let us choose.
    disk_free_alarm_gib = optional(number, 5)
    maintenance_window = optional(object({
      day_of_week = optional(string, "SUNDAY")
      time_of_day = optional(string, "03:00")
      time_zone   = optional(string, "UTC")
    }), {})
  })
  nullable = false
}

variable "cluster" {
  description = "EKS: Kubernetes version, who administers it and from where, versions of its add-ons, and its nodes. `step_out` and `step_in` are nodes per scaling step."
  type = object({
    kubernetes_version   = optional(string, "1.36")
    private_access_cidrs = optional(set(string), [])
    public_access_cidrs  = optional(set(string), [])
    administrator_arns   = set(string)
    addon_versions       = optional(map(string), {})
    nodes = object({
      instance_class = string
      ami_type       = optional(string, "AL2023_x86_64_STANDARD")
      capacity_type  = optional(string, "ON_DEMAND")
      minimum        = number
      maximum        = number
      disk_gb        = optional(number, 50)
      step_out       = optional(number, 2)
      step_in        = optional(number, 1)
      warmup_s       = optional(number, 180)
      cpu_high       = optional(number, 80)
      cpu_low        = optional(number, 35)
    })
  })
  nullable = false

  validation {
    condition     = var.cluster.nodes.cpu_low + 20 <= var.cluster.nodes.cpu_high
    error_message = "cluster.nodes: cpu_low must be at least 20 below cpu_high (percent of CPU reserved by pods), or the steps out and in would chase each other."
  }
}

variable "documents" {
  description = "DocumentDB: fixed members, the bound and timing of what `database_scaler` adds, and the CPU (percent) at which it does."
  type = object({
    engine_version = optional(string, "5.0.0")
    database       = optional(string, "orders")
    instance_class = string
    members        = number
    maximum        = number
    cpu_high       = optional(number, 70)
    cpu_low        = optional(number, 25)
    cooldown_out_s = optional(number, 600)
    cooldown_in_s  = optional(number, 1800)
  })
  nullable = false

  validation {
    condition     = var.documents.cpu_low * 2 <= var.documents.cpu_high
    error_message = "documents.cpu_low must be at most half of cpu_high, or removing an instance would at once call for one more."
  }

  validation {
    condition     = contains(["4.0.0", "5.0.0"], var.documents.engine_version)
    error_message = "documents.engine_version must be \"4.0.0\" or \"5.0.0\": the application's queries are held to what these understand."
  }
}

variable "environment" {
  description = "Which copy of the stack this is. Part of every name."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["local", "dev", "prod"], var.environment)
    error_message = "environment must be \"local\", \"dev\" or \"prod\"; its values are in envs/<environment>.tfvars."
  }
}

variable "event_sources" {
  description = "Batches that Lambda takes from SQS and RabbitMQ. `maximum_concurrency` bounds the SQS source; RabbitMQ's runs one batch at a time, whatever is set."
  type = object({
    overflow_relay = object({ batch_size = number, window_s = number, maximum_concurrency = number })
    notifications  = object({ batch_size = number, window_s = number })
  })
  nullable = false
}

variable "functions" {
  description = "Size of each Lambda function. `reserved_concurrency` null shares the account's unreserved part; `provisioned` is what target tracking moves between."
  type = map(object({
    memory_mb            = number
    timeout_s            = number
    reserved_concurrency = optional(number)
    provisioned = optional(object({
      minimum            = number
      maximum            = number
      target_utilization = optional(number, 0.7)
      cooldown_in_s      = optional(number, 300)
      cooldown_out_s     = optional(number, 60)
    }))
  }))
  nullable = false

  validation {
    condition     = toset(keys(var.functions)) == toset(["commands", "database_scaler", "notifications", "overflow_relay", "queries", "quotes", "users"])
    error_message = "functions must size exactly these: commands, database_scaler, notifications, overflow_relay, queries, quotes, users."
  }

  validation {
    condition     = try(var.functions["database_scaler"].reserved_concurrency, null) == 1
    error_message = "functions.database_scaler.reserved_concurrency must be 1: two scalers at once would each add an instance."
  }
}

variable "log_level" {
  description = "Level of the application's own logs."
  type        = string
  default     = "INFO"
  nullable    = false

  validation {
    condition     = contains(["DEBUG", "INFO", "WARNING", "ERROR"], var.log_level)
    error_message = "log_level must be \"DEBUG\", \"INFO\", \"WARNING\" or \"ERROR\"."
  }
}

variable "monitoring" {
  description = "Who is told of alarms (e-mail addresses), and the figures at which the general ones go off."
  type = object({
    subscribers            = optional(set(string), [])
    api_errors             = optional(number, 5)
    api_latency_ms         = optional(number, 1000)
    broker_backlog         = optional(number, 100000)
    overflow_age_s         = optional(number, 300)
    replica_lag_ms         = optional(number, 1000)
    database_cpu           = optional(number, 80)
    database_memory_free_b = optional(number, 268435456)
  })
  nullable = false

  validation {
    condition     = var.environment != "prod" || length(var.monitoring.subscribers) > 0
    error_message = "monitoring.subscribers: prod needs at least one e-mail address, or no alarm reaches anybody."
  }
}

variable "mysql" {
  description = "Aurora MySQL: fixed members, replicas by target tracking on CPU, and the share of connections that RDS Proxy may take."
  type = object({
    engine_version = optional(string, "8.0.mysql_aurora.3.10.4")
    database       = optional(string, "orders")
    instance_class = string
    members        = number
    replicas = object({
      minimum            = number
      maximum            = number
      target_cpu_percent = optional(number, 60)
      cooldown_in_s      = optional(number, 600)
      cooldown_out_s     = optional(number, 300)
    })
    proxy = object({
      borrow_timeout_s        = optional(number, 5)
      max_connections_percent = number
    })
  })
  nullable = false
}

variable "name" {
  description = "Name of the product; every resource is called `<name>-<environment>-…`."
  type        = string
  default     = "orders"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]*(-[a-z0-9]+)*$", var.name)) && length(var.name) >= 2 && length(var.name) <= 16
    error_message = "name must be 2 to 16 lower-case letters, digits and single hyphens, beginning with a letter, such as \"orders\"."
  }
}

variable "network" {
  description = "The VPC's addresses, whether one NAT gateway serves all zones or each has its own, and the services reached without it."
  type = object({
    cidr         = string
    nat_gateways = string
    interface_endpoints = optional(set(string), [
      "ec2", "ecr.api", "ecr.dkr", "eks-auth", "elasticloadbalancing", "lambda", "logs", "monitoring", "rds", "secretsmanager",
      "sqs", "sts",
    ])
  })
  nullable = false
}

variable "offline" {
  description = "Plan without asking AWS anything: for `make stack`, which needs no account."
  type        = bool
  default     = false
  nullable    = false
}

variable "packages" {
  description = "The functions' zip files, as `make package` writes them: path, and SHA-256 in base64."
  type        = map(object({ path = string, sha256 = string }))
  nullable    = false

  validation {
    condition     = length(setsubtract(keys(var.functions), keys(var.packages))) == 0
    error_message = "packages lacks a function's zip; `make package` writes all of them and the file to pass with -var-file."
  }
}

variable "pricing_deadline_s" {
  description = "Seconds within which the pricing service must have answered `quotes`."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = var.pricing_deadline_s > 0 && var.pricing_deadline_s < try(var.functions["quotes"].timeout_s, 0)
    error_message = "pricing_deadline_s must be above 0 and below functions.quotes.timeout_s, so that the function can still answer 503 itself."
  }
}

variable "protection" {
  description = "What a mistake may cost: deletion protection of databases, days that backups, keys, secrets and logs are kept."
  type = object({
    deletion_protection         = bool
    backup_retention_days       = number
    key_deletion_window_days    = number
    secret_recovery_window_days = number
    log_retention_days          = number
    # Raised by one, it gives the application new passwords.
    password_version = optional(number, 1)
  })
  nullable = false

  validation {
    condition     = var.environment != "prod" || (var.protection.deletion_protection && var.protection.backup_retention_days >= 7)
    error_message = "protection: prod needs deletion_protection = true and backup_retention_days of at least 7."
  }
}

variable "queues" {
  description = "The SQS queue that takes commands while the broker is away. `max_receive_count` must outlast an outage of hours: each try backs off to 300 s."
  type = object({
    overflow = object({
      visibility_timeout_s = number
      retention_s          = optional(number, 1209600)
      max_receive_count    = optional(number, 1000)
    })
  })
  nullable = false

  validation {
    condition     = var.queues.overflow.max_receive_count >= 100 && var.queues.overflow.max_receive_count <= 1000
    error_message = "queues.overflow.max_receive_count must be from 100, so that an outage of eight hours (a try each 300 s) dead-letters nothing, to 1000, the most that SQS allows."
  }
}

variable "region" {
  description = "The AWS region."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must be an AWS region, such as \"eu-central-1\"."
  }
}

variable "route_throttles" {
  description = "Throttles of single routes, by route key; the stage's applies to the others."
  type        = map(object({ rate_per_s = number, burst = number }))
  default     = {}
  nullable    = false

  validation {
    condition     = length(setsubtract(keys(var.route_throttles), keys(var.routes))) == 0
    error_message = "route_throttles names a route that `routes` does not have; write route keys such as \"POST /v1/users\"."
  }
}

variable "routes" {
  description = "The HTTP API's routes, by route key: the function that answers, and whether a token is asked for."
  type = map(object({
    function      = string
    authorization = optional(string, "jwt")
    scopes        = optional(list(string), [])
  }))
  default = {
    "GET /v1/health"              = { function = "queries", authorization = "none" }
    "GET /v1/orders/{id}"         = { function = "queries" }
    "GET /v1/products"            = { function = "queries" }
    "GET /v1/products/{sku}"      = { function = "queries" }
    "GET /v1/users/{id}/orders"   = { function = "queries" }
    "POST /v1/orders"             = { function = "commands" }
    "POST /v1/orders/{id}/cancel" = { function = "commands" }
    "POST /v1/quotes"             = { function = "quotes" }
    "POST /v1/users"              = { function = "users" }
  }
  nullable = false

  validation {
    condition     = alltrue([for route in values(var.routes) : contains(["commands", "queries", "quotes", "users"], route.function)])
    error_message = "routes: function must be one that answers HTTP: commands, queries, quotes or users."
  }
}

variable "runtime" {
  description = "Lambda runtime of the functions."
  type        = string
  default     = "python3.12"
  nullable    = false

  validation {
    condition     = contains(["python3.11", "python3.12", "python3.13"], var.runtime)
    error_message = "runtime must be \"python3.11\", \"python3.12\" or \"python3.13\"."
  }
}

variable "workers" {
  description = <<-EOT
    Size of each role in containers. `target_value` is what one replica is scaled for: messages for a consumer, unpublished events for the
    relay, percent of requested CPU for the service; `polling_s` is how often KEDA looks (its answer is cached between). A job has neither.
  EOT
  type = map(object({
    replicas       = object({ minimum = number, maximum = number })
    target_value   = optional(number)
    polling_s      = optional(number, 60)
    cooldown_in_s  = optional(number, 300)
    cooldown_out_s = optional(number, 60)
    prefetch       = optional(number, 0)
    batch_size     = optional(number, 0)
    batch_wait_ms  = optional(number, 0)
    max_attempts   = optional(number, 5)
    grace_s        = optional(number, 30)
    requests       = object({ cpu_m = number, memory_mb = number })
  }))
  nullable = false

  validation {
    condition     = toset(keys(var.workers)) == toset(["migrate", "orders", "outbox", "pricing", "read_model"])
    error_message = "workers must size exactly these: migrate, orders, outbox, pricing, read_model."
  }

  validation {
    condition     = alltrue([for worker in values(var.workers) : worker.replicas.minimum >= 1 && worker.replicas.minimum <= worker.replicas.maximum])
    error_message = "workers: replicas.minimum must be from 1 to replicas.maximum."
  }

  validation {
    condition     = alltrue([for name in ["orders", "outbox", "read_model"] : try(var.workers[name].polling_s >= 60, true)])
    error_message = "workers: polling_s of orders, outbox and read_model must be at least 60: Amazon MQ refreshes a queue's figures once a minute."
  }

  validation {
    condition     = alltrue([for name in ["orders", "outbox", "pricing", "read_model"] : try(var.workers[name].target_value > 0, false)])
    error_message = "workers: orders, outbox, pricing and read_model each need a target_value above 0."
  }

  validation {
    # Quorum queues take no prefetch above 2,000, and a batch larger than the prefetch would never fill.
    condition = alltrue([for name in ["orders", "outbox", "read_model"] : try(
      var.workers[name].batch_size >= 1 && var.workers[name].batch_size <= var.workers[name].prefetch && var.workers[name].prefetch <= 2000, true
    )])
    error_message = "workers: orders, outbox and read_model need 1 <= batch_size <= prefetch <= 2000."
  }

  validation {
    condition     = alltrue([for worker in values(var.workers) : worker.grace_s >= 5 && worker.grace_s <= 300])
    error_message = "workers: grace_s must be from 5 to 300 seconds, well under what a node's drain waits."
  }
}
