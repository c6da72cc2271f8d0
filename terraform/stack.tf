# The description that replay and simulation run from (harness/stack reads it). Built from the very locals and variables
# that feed the modules, with logical names only, so that every value is known when planning.

output "stack" {
  description = "The whole stack in logical names, known at plan time; `make stack` writes it to stack.<environment>.json."
  value = {
    schema_version = 2
    name           = var.name
    environment    = var.environment
    region         = var.region
    account        = { concurrent_executions = var.account.concurrent_executions }

    network = {
      availability_zones  = var.availability_zones
      private_cidrs       = module.network.private_cidrs
      nat_gateways        = var.network.nat_gateways == "one" ? 1 : length(var.availability_zones)
      interface_endpoints = sort(var.network.interface_endpoints)
    }

    # Aurora and DocumentDB each keep their administrator's password in a secret of their own.
    security = {
      keys    = length(module.security.key_arns)
      secrets = length(module.security.secret_arns) + 2
    }

    api = {
      name                  = var.name
      stage                 = local.stage
      integration_timeout_s = var.api.integration_timeout_s
      throttle              = var.api.throttle
      jwt                   = var.api.jwt
      cors                  = var.api.cors
      routes                = local.routes
    }

    functions = { for name, function in local.functions : name => {
      handler                 = local.handler
      runtime                 = var.runtime
      architecture            = var.architecture
      memory_mb               = var.functions[name].memory_mb
      timeout_s               = var.functions[name].timeout_s
      reserved_concurrency    = var.functions[name].reserved_concurrency
      provisioned_concurrency = try(var.functions[name].provisioned.minimum, 0)
      settings                = function.settings
      references              = function.references
    } }

    event_sources = local.event_sources
    schedules     = local.schedules
    queues        = local.queues

    broker = {
      engine_version   = var.broker.engine_version
      instance_class   = var.broker.instance_class
      deployment       = module.broker.deployment
      nodes            = module.broker.nodes
      connection_limit = module.broker.connection_limit
      virtual_host     = local.virtual_host
    }

    mysql = {
      engine_version                = var.mysql.engine_version
      database                      = var.mysql.database
      connection_limit              = local.mysql_connection_limit
      members                       = { instance_class = var.mysql.instance_class, minimum = var.mysql.members, maximum = var.mysql.members }
      replicas                      = { instance_class = var.mysql.instance_class, minimum = var.mysql.replicas.minimum, maximum = var.mysql.replicas.maximum }
      proxy_max_connections_percent = var.mysql.proxy.max_connections_percent
      proxy_borrow_timeout_s        = var.mysql.proxy.borrow_timeout_s
    }

    documents = {
      engine_version   = var.documents.engine_version
      database         = var.documents.database
      connection_limit = local.documents_connection_limit
      read_preference  = local.read_preference
      members          = { instance_class = var.documents.instance_class, minimum = var.documents.members, maximum = var.documents.maximum }
    }

    cluster = {
      kubernetes_version = var.cluster.kubernetes_version
      nodes = {
        instance_class = var.cluster.nodes.instance_class
        capacity_type  = var.cluster.nodes.capacity_type
        minimum        = var.cluster.nodes.minimum
        maximum        = var.cluster.nodes.maximum
        disk_gb        = var.cluster.nodes.disk_gb
        step_out       = var.cluster.nodes.step_out
        step_in        = var.cluster.nodes.step_in
        warmup_s       = var.cluster.nodes.warmup_s
      }
    }

    workers = { for name, worker in local.workers : name => {
      kind          = worker.kind
      queue         = worker.queue
      port          = worker.port
      settings      = worker.settings
      references    = worker.references
      replicas      = var.workers[name].replicas
      prefetch      = var.workers[name].prefetch
      batch_size    = var.workers[name].batch_size
      batch_wait_ms = var.workers[name].batch_wait_ms
      max_attempts  = var.workers[name].max_attempts
      grace_s       = var.workers[name].grace_s
      requests      = var.workers[name].requests
    } }

    scaling = local.scaling

    alarms = { for name, alarm in local.alarms : name => merge(
      { for key, value in alarm : key => value if !contains(["description", "subject"], key) },
      { dimensions = { (alarm.subject.kind) = alarm.subject.name } },
    ) }
  }
}
