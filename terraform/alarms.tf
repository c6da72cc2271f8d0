# Alarms of every tier. `subject` names what is watched, logically; metric_dimensions says what CloudWatch calls it.
# `across` asks for the worst over a further dimension whose values nobody knows before apply, such as a broker's nodes.

locals {
  # What most alarms have in common: two of three minutes, silence is health.
  alarm_defaults = {
    period_s           = 60
    evaluation_periods = 3
    datapoints         = 2
    missing_data       = "notBreaching"
    comparison         = "GreaterThanOrEqualToThreshold"
    across             = []
    actions            = ["notify"]
  }

  api_alarms = {
    api_5xx = {
      tier        = "api", namespace = "AWS/ApiGateway", metric = "5xx", statistic = "Sum", threshold = var.monitoring.api_errors
      subject     = { kind = "api", name = var.name }
      description = "The API answers with 5xx: functions fail, are throttled or take too long"
    }
    api_latency = {
      tier        = "api", namespace = "AWS/ApiGateway", metric = "Latency", statistic = "p99", threshold = var.monitoring.api_latency_ms
      subject     = { kind = "api", name = var.name }
      description = "One request in a hundred takes longer than users wait"
    }
  }

  function_alarms = merge([for name, function in var.functions : {
    "${name}_errors" = {
      tier        = "functions", namespace = "AWS/Lambda", metric = "Errors", statistic = "Sum", threshold = 1
      subject     = { kind = "function", name = name }
      description = "${name} raises errors, crashes or times out"
    }
    "${name}_throttles" = {
      tier        = "functions", namespace = "AWS/Lambda", metric = "Throttles", statistic = "Sum", threshold = 1
      subject     = { kind = "function", name = name }
      description = "${name} is refused environments: its reservation or the account's concurrency is used up"
    }
    "${name}_duration" = {
      tier        = "functions", namespace = "AWS/Lambda", metric = "Duration", statistic = "Maximum", threshold = 800 * function.timeout_s
      subject     = { kind = "function", name = name }
      description = "${name} comes within a fifth of its timeout"
    }
    "${name}_saturation" = {
      tier        = "functions", namespace = "AWS/Lambda", metric = "ConcurrentExecutions", statistic = "Maximum"
      threshold   = max(1, ceil(0.9 * coalesce(function.reserved_concurrency, var.account.concurrent_executions - 100)))
      subject     = { kind = "function", name = name }
      description = "${name} uses nine tenths of the environments that it may have"
    }
  } if name != "database_scaler"]...)

  scaler_alarms = {
    database_scaler_errors = {
      tier        = "functions", namespace = "AWS/Lambda", metric = "Errors", statistic = "Sum", threshold = 1
      subject     = { kind = "function", name = "database_scaler" }
      description = "database_scaler fails, so DocumentDB neither grows nor shrinks"
    }
  }

  broker_alarms = {
    broker_memory = {
      # RabbitMQ stops every publisher at its watermark; this goes off at three quarters of that.
      tier        = "broker", namespace = "AWS/AmazonMQ", metric = "RabbitMQMemUsed", statistic = "Maximum"
      threshold   = floor(0.75 * module.broker.memory_watermark * module.broker.memory_bytes)
      subject     = { kind = "broker", name = var.name }
      across      = ["Node"]
      description = "A node of the broker comes near the memory at which RabbitMQ stops all publishers"
    }
    broker_disk = {
      tier        = "broker", namespace = "AWS/AmazonMQ", metric = "RabbitMQDiskFree", statistic = "Minimum"
      threshold   = var.broker.disk_free_alarm_gib * 1073741824, comparison = "LessThanOrEqualToThreshold"
      subject     = { kind = "broker", name = var.name }
      across      = ["Node"]
      description = "A node of the broker comes near the free disk at which RabbitMQ stops all publishers"
    }
    broker_cpu = {
      tier        = "broker", namespace = "AWS/AmazonMQ", metric = "SystemCpuUtilization", statistic = "Maximum", threshold = 80
      subject     = { kind = "broker", name = var.name }
      across      = ["Node"]
      description = "A node of the broker is short of CPU"
    }
    broker_connections = {
      tier        = "broker", namespace = "AWS/AmazonMQ", metric = "ConnectionCount", statistic = "Maximum"
      threshold   = floor(0.8 * module.broker.connection_limit)
      subject     = { kind = "broker", name = var.name }
      description = "The broker comes near its limit of connections, beyond which publishers overflow into SQS"
    }
    broker_backlog = {
      tier        = "broker", namespace = "AWS/AmazonMQ", metric = "MessageReadyCount", statistic = "Maximum", threshold = var.monitoring.broker_backlog
      subject     = { kind = "broker", name = var.name }
      description = "Messages wait in the broker: workers are too few, stand still, or park"
    }
  }

  queue_alarms = {
    overflow_age = {
      tier        = "queues", namespace = "AWS/SQS", metric = "ApproximateAgeOfOldestMessage", statistic = "Maximum", threshold = var.monitoring.overflow_age_s
      subject     = { kind = "queue", name = "overflow" }
      description = "Accepted commands wait in SQS: nothing takes them out"
    }
    overflow_in_flight = {
      # The age leaves out what was received three times, and the relay postpones a message within seconds when the broker
      # is away: then messages are always in flight.
      tier               = "queues", namespace = "AWS/SQS", metric = "ApproximateNumberOfMessagesNotVisible", statistic = "Minimum", threshold = 1
      subject            = { kind = "queue", name = "overflow" }
      evaluation_periods = ceil(var.monitoring.overflow_age_s / 60), datapoints = ceil(var.monitoring.overflow_age_s / 60)
      description        = "Accepted commands are postponed in SQS again and again: the broker has been away for long"
    }
    overflow_dead_letters = {
      tier        = "queues", namespace = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", statistic = "Maximum", threshold = 1
      subject     = { kind = "queue", name = "overflow-dead-letters" }
      datapoints  = 1, evaluation_periods = 1
      description = "An accepted command could not be brought back to the broker; see `harness redrive`"
    }
  }

  mysql_alarms = {
    mysql_cpu = {
      tier        = "mysql", namespace = "AWS/RDS", metric = "CPUUtilization", statistic = "Maximum", threshold = var.monitoring.database_cpu
      subject     = { kind = "mysql_writer", name = var.name }
      description = "Aurora's writer is short of CPU; replicas do not help it, a larger class does"
    }
    mysql_connections = {
      tier        = "mysql", namespace = "AWS/RDS", metric = "DatabaseConnections", statistic = "Maximum"
      threshold   = floor(0.8 * local.mysql_connection_limit)
      subject     = { kind = "mysql_writer", name = var.name }
      description = "Aurora's writer comes near its limit of connections"
    }
    mysql_memory = {
      tier        = "mysql", namespace = "AWS/RDS", metric = "FreeableMemory", statistic = "Minimum", comparison = "LessThanOrEqualToThreshold"
      threshold   = var.monitoring.database_memory_free_b
      subject     = { kind = "mysql", name = var.name }
      description = "An Aurora instance is short of memory"
    }
    mysql_replica_lag = {
      tier        = "mysql", namespace = "AWS/RDS", metric = "AuroraReplicaLagMaximum", statistic = "Maximum", threshold = var.monitoring.replica_lag_ms
      subject     = { kind = "mysql", name = var.name }
      description = "Aurora's replicas lag, so reads by RDS Proxy's reader endpoint are old"
    }
    mysql_deadlocks = {
      tier        = "mysql", namespace = "AWS/RDS", metric = "Deadlocks", statistic = "Maximum", threshold = 0, comparison = "GreaterThanThreshold"
      subject     = { kind = "mysql_writer", name = var.name }
      description = "Transactions deadlock: something takes rows in another order than the workers do"
    }
    mysql_borrow_latency = {
      tier        = "mysql", namespace = "AWS/RDS", metric = "DatabaseConnectionsBorrowLatency", statistic = "Average"
      threshold   = 1000000 * var.mysql.proxy.borrow_timeout_s / 5
      subject     = { kind = "proxy", name = var.name }
      description = "Functions wait for a connection of RDS Proxy (microseconds): the pool is used up"
    }
  }

  documents_alarms = {
    # Of the replicas alone: they have the reads, and an instance that is added becomes one of them. The mean of the whole
    # cluster would stay below the threshold while two replicas are full and the primary has little to write.
    documents_cpu_high = {
      tier        = "documents", namespace = "AWS/DocDB", metric = "CPUUtilization", statistic = "Average", threshold = var.documents.cpu_high
      subject     = { kind = "documents_replicas", name = var.name }
      datapoints  = 3, evaluation_periods = 5, actions = ["notify", "scale_out_documents"]
      description = "DocumentDB's replicas are short of CPU; database_scaler adds an instance"
    }
    documents_cpu_low = {
      tier        = "documents", namespace = "AWS/DocDB", metric = "CPUUtilization", statistic = "Average", threshold = var.documents.cpu_low
      subject     = { kind = "documents_replicas", name = var.name }
      comparison  = "LessThanOrEqualToThreshold", datapoints = 15, evaluation_periods = 15, actions = ["scale_in_documents"]
      description = "DocumentDB's replicas idle; database_scaler removes an instance that it added"
    }
    documents_primary_cpu = {
      tier        = "documents", namespace = "AWS/DocDB", metric = "CPUUtilization", statistic = "Maximum", threshold = var.monitoring.database_cpu
      subject     = { kind = "documents_primary", name = var.name }
      description = "DocumentDB's primary is short of CPU; replicas do not help it, a larger class does"
    }
    documents_connections = {
      tier        = "documents", namespace = "AWS/DocDB", metric = "DatabaseConnections", statistic = "Maximum"
      threshold   = floor(0.8 * local.documents_connection_limit)
      subject     = { kind = "documents", name = var.name }
      description = "A DocumentDB instance comes near its limit of connections"
    }
    documents_memory = {
      tier        = "documents", namespace = "AWS/DocDB", metric = "FreeableMemory", statistic = "Minimum", comparison = "LessThanOrEqualToThreshold"
      threshold   = var.monitoring.database_memory_free_b
      subject     = { kind = "documents", name = var.name }
      description = "A DocumentDB instance is short of memory"
    }
    documents_replica_lag = {
      tier        = "documents", namespace = "AWS/DocDB", metric = "DBClusterReplicaLagMaximum", statistic = "Maximum", threshold = var.monitoring.replica_lag_ms
      subject     = { kind = "documents", name = var.name }
      description = "DocumentDB's replicas lag, so reads from them are old"
    }
  }

  worker_alarms = {
    nodes_pending_pods = {
      # EC2's CPU does not see a pod that has no node, so it can never call for one. Nor does the phase Pending do: a pod
      # whose image does not exist has it too, and no number of nodes would help.
      tier        = "workers", namespace = "AWS/EKS", metric = "scheduler_pending_pods_UNSCHEDULABLE", statistic = "Maximum", threshold = 1
      subject     = { kind = "cluster", name = var.name }
      actions     = ["scale_out_nodes"]
      description = "Pods wait for a node"
    }
    pods_pending_long = {
      tier        = "workers", namespace = "ContainerInsights", metric = "pod_status_pending", statistic = "Maximum", threshold = 1
      subject     = { kind = "cluster", name = var.name }
      datapoints  = 15, evaluation_periods = 15
      description = "A pod does not start: its image is missing, or no node takes it even at the most nodes"
    }
    nodes_cpu_high = {
      tier        = "workers", namespace = "ContainerInsights", metric = "node_cpu_reserved_capacity", statistic = "Average", threshold = var.cluster.nodes.cpu_high
      subject     = { kind = "cluster", name = var.name }
      actions     = ["scale_out_nodes"]
      description = "Pods have reserved most of the nodes' CPU"
    }
    nodes_cpu_low = {
      tier        = "workers", namespace = "ContainerInsights", metric = "node_cpu_reserved_capacity", statistic = "Average", threshold = var.cluster.nodes.cpu_low
      subject     = { kind = "cluster", name = var.name }
      comparison  = "LessThanOrEqualToThreshold", datapoints = 15, evaluation_periods = 15, actions = ["scale_in_nodes"]
      description = "Pods have reserved little of the nodes' CPU"
    }
    pricing_unhealthy = {
      tier        = "workers", namespace = "AWS/NetworkELB", metric = "UnHealthyHostCount", statistic = "Maximum", threshold = 1
      subject     = { kind = "pricing", name = var.name }
      description = "A pricing pod does not answer its health check"
    }
    nodes_failed = {
      tier        = "workers", namespace = "ContainerInsights", metric = "cluster_failed_node_count", statistic = "Maximum", threshold = 1
      subject     = { kind = "cluster", name = var.name }
      description = "A node has failed"
    }
  }

  alarms = { for name, alarm in merge(
    local.api_alarms, local.function_alarms, local.scaler_alarms, local.broker_alarms, local.queue_alarms, local.mysql_alarms,
    local.documents_alarms, local.worker_alarms,
  ) : name => merge(local.alarm_defaults, alarm) }

  # Not from the monitoring module's output: `database_scaler` has them in its environment, and monitoring needs that
  # function's ARN.
  alarm_names = { for name in ["documents_cpu_high", "documents_cpu_low"] : name => "${local.prefix}-${replace(name, "_", "-")}" }

  metric_dimensions = {
    api                = { (var.name) = { ApiId = module.api.id } }
    function           = { for name, function_name in module.functions.names : name => { FunctionName = function_name } }
    broker             = { (var.name) = { Broker = module.broker.broker_name } }
    queue              = { for name, queue_name in module.queues.names : name => { QueueName = queue_name } }
    mysql              = { (var.name) = { DBClusterIdentifier = module.mysql.cluster_id } }
    mysql_writer       = { (var.name) = { DBClusterIdentifier = module.mysql.cluster_id, Role = "WRITER" } }
    proxy              = { (var.name) = { ProxyName = module.mysql.proxy_name } }
    documents          = { (var.name) = { DBClusterIdentifier = module.documentdb.cluster_id } }
    documents_primary  = { (var.name) = { DBClusterIdentifier = module.documentdb.cluster_id, Role = "WRITER" } }
    documents_replicas = { (var.name) = { DBClusterIdentifier = module.documentdb.cluster_id, Role = "READER" } }
    pricing            = { (var.name) = module.workers.pricing_dimensions }
    cluster            = { (var.name) = { ClusterName = module.workers.cluster_name } }
  }

  action_arns = {
    scale_out_nodes = module.workers.scale_out_policy_arn
    scale_in_nodes  = module.workers.scale_in_policy_arn
  }
}
