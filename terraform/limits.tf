# Limits that AWS sets by class, and what the stack may ask for in all. Each is checked against the other when planning,
# because AWS itself would accept the sum and fail under load.

locals {
  # Aurora MySQL's default max_connections (Amazon Aurora User Guide, "Maximum connections to an Aurora MySQL DB instance").
  mysql_connections = merge(
    { "db.t3.medium" = 90, "db.t3.large" = 135, "db.t4g.medium" = 90, "db.t4g.large" = 135 },
    { for pair in setproduct(["r5", "r6g", "r6i", "r7g", "r8g"], [
      ["large", 1000], ["xlarge", 2000], ["2xlarge", 3000], ["4xlarge", 4000], ["8xlarge", 5000], ["12xlarge", 6000], ["16xlarge", 6000],
    ]) : "db.${pair[0]}.${pair[1][0]}" => pair[1][1] },
  )
  mysql_connection_limit = lookup(local.mysql_connections, var.mysql.instance_class, 0)

  # Amazon DocumentDB Developer Guide, "Instance limits".
  documents_connections = merge(
    { "db.t3.medium" = 1000, "db.t4g.medium" = 1000 },
    { for pair in setproduct(["r5", "r6g", "r8g"], [
      ["large", 3400], ["xlarge", 7000], ["2xlarge", 14200], ["4xlarge", 28400], ["8xlarge", 60000], ["12xlarge", 60000], ["16xlarge", 60000],
    ]) : "db.${pair[0]}.${pair[1][0]}" => pair[1][1] },
  )
  documents_connection_limit = lookup(local.documents_connections, var.documents.instance_class, 0)

  # Environments that a function may have at most; one without a reservation may have all that is unreserved.
  concurrency = { for name, function in var.functions : name => coalesce(
    function.reserved_concurrency, var.account.concurrent_executions - 100
  ) }

  # Who holds how many connections to what at most. Each environment and each replica keeps one to the broker and to
  # MySQL; RabbitMQ's event source adds one of its own.
  holders = { for role, address in { broker = "broker.url", mysql = "mysql.direct_url", documents = "documents.url" } : role => merge(
    { for name, function in local.functions : name => local.concurrency[name] if contains(values(function.references), address) },
    { for name, worker in local.workers : name => var.workers[name].replicas.maximum if contains(values(worker.references), address) },
  ) }
  broker_connections       = sum(concat([1], values(local.holders.broker)))
  mysql_direct_connections = sum(concat([0], values(local.holders.mysql)))
  mysql_direct_limit       = floor(local.mysql_connection_limit * (100 - var.mysql.proxy.max_connections_percent) / 100)
  # pymongo's pool of two in a function and of four in a worker, and its monitors beside them.
  documents_connection_sum = sum([for name, count in local.holders.documents : count * (contains(keys(local.functions), name) ? 3 : 6)])

  reserved_concurrency = sum([for function in values(var.functions) : coalesce(function.reserved_concurrency, 0)])
}

# Holds what no single module can check.
resource "terraform_data" "limits" {
  input = {
    reserved_concurrency     = local.reserved_concurrency
    broker_connections       = local.broker_connections
    mysql_direct_connections = local.mysql_direct_connections
    documents_connections    = local.documents_connection_sum
  }

  lifecycle {
    precondition {
      condition     = local.reserved_concurrency <= var.account.concurrent_executions - 100
      error_message = "Functions reserve ${local.reserved_concurrency} environments, but the account has ${var.account.concurrent_executions} and keeps 100 unreserved; lower reserved_concurrency or have the quota raised."
    }

    precondition {
      condition     = local.mysql_connection_limit > 0
      error_message = "mysql.instance_class ${var.mysql.instance_class}: its limit of connections is not known; add it to limits.tf or take one of ${join(", ", sort(keys(local.mysql_connections)))}."
    }

    precondition {
      condition     = local.mysql_connection_limit == 0 || local.mysql_direct_connections <= local.mysql_direct_limit
      error_message = "Workers may open ${local.mysql_direct_connections} connections to MySQL, but RDS Proxy leaves them ${local.mysql_direct_limit} of ${local.mysql_connection_limit}; lower mysql.proxy.max_connections_percent or replicas, or take a larger class."
    }

    precondition {
      condition     = local.documents_connection_limit > 0
      error_message = "documents.instance_class ${var.documents.instance_class}: its limit of connections is not known; add it to limits.tf or take one of ${join(", ", sort(keys(local.documents_connections)))}."
    }

    precondition {
      condition     = local.documents_connection_limit == 0 || local.documents_connection_sum <= local.documents_connection_limit
      error_message = "Functions and workers may open ${local.documents_connection_sum} connections to DocumentDB's primary, which takes ${local.documents_connection_limit}; lower concurrency or take a larger class."
    }

    precondition {
      condition     = alltrue([for name in ["commands", "notifications", "overflow_relay"] : var.functions[name].reserved_concurrency != null])
      error_message = "functions.commands, notifications and overflow_relay need reserved_concurrency: they hold broker connections, which must be bounded."
    }

    precondition {
      condition     = var.event_sources.overflow_relay.maximum_concurrency <= coalesce(var.functions["overflow_relay"].reserved_concurrency, 1000)
      error_message = "event_sources.overflow_relay.maximum_concurrency must not exceed functions.overflow_relay.reserved_concurrency, or SQS batches would be throttled and use up their receives."
    }
  }
}
