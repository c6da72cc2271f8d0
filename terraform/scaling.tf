# Every rule by which something grows and shrinks, as the output `stack` shows it. The same figures feed the modules
# (target tracking, step policies, database_scaler) and the rendered KEDA and HPA objects.

locals {
  function_scaling = { for name, function in var.functions : name => {
    controller     = "target_tracking"
    target         = "functions.${name}"
    metric         = "provisioned_concurrency_utilization"
    target_value   = function.provisioned.target_utilization
    minimum        = function.provisioned.minimum
    maximum        = function.provisioned.maximum
    polling_s      = 60
    cooldown_in_s  = function.provisioned.cooldown_in_s
    cooldown_out_s = function.provisioned.cooldown_out_s
  } if function.provisioned != null }

  worker_metrics = {
    consumer = { controller = "keda", metric = "queue_length" }
    relay    = { controller = "keda", metric = "outbox_unpublished" }
    service  = { controller = "hpa", metric = "cpu_percent" }
  }
  worker_scaling = { for name, worker in local.workers : name => {
    controller     = local.worker_metrics[worker.kind].controller
    target         = "workers.${name}"
    metric         = local.worker_metrics[worker.kind].metric
    target_value   = var.workers[name].target_value
    minimum        = var.workers[name].replicas.minimum
    maximum        = var.workers[name].replicas.maximum
    polling_s      = var.workers[name].polling_s
    cooldown_in_s  = var.workers[name].cooldown_in_s
    cooldown_out_s = var.workers[name].cooldown_out_s
  } if worker.kind != "job" }

  scaling = merge(local.function_scaling, local.worker_scaling, {
    documents = {
      controller     = "database_scaler"
      target         = "documents.members"
      metric         = "cpu_percent"
      target_value   = var.documents.cpu_high
      minimum        = var.documents.members
      maximum        = var.documents.maximum
      polling_s      = 60
      cooldown_in_s  = var.documents.cooldown_in_s
      cooldown_out_s = var.documents.cooldown_out_s
    }
    mysql_replicas = {
      controller     = "target_tracking"
      target         = "mysql.replicas"
      metric         = "cpu_percent"
      target_value   = var.mysql.replicas.target_cpu_percent
      minimum        = var.mysql.replicas.minimum
      maximum        = var.mysql.replicas.maximum
      polling_s      = 60
      cooldown_in_s  = var.mysql.replicas.cooldown_in_s
      cooldown_out_s = var.mysql.replicas.cooldown_out_s
    }
    nodes = {
      controller   = "step"
      target       = "cluster.nodes"
      metric       = "cpu_reserved_percent"
      target_value = var.cluster.nodes.cpu_high
      minimum      = var.cluster.nodes.minimum
      maximum      = var.cluster.nodes.maximum
      polling_s    = 60
      # EC2 Auto Scaling repeats a step in each minute that its alarm lasts; out, the warm-up holds it back.
      cooldown_in_s  = 0
      cooldown_out_s = var.cluster.nodes.warmup_s
    }
  })

  # CloudWatch tells `database_scaler` of a change of state once; this carries on while the state lasts.
  schedules = {
    database_scaler_reconcile = { function = "database_scaler", every_s = 300 }
  }
}
