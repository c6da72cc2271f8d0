# What only shows after apply. A failed check is a warning: it stops nothing, and says what to do.

check "event_sources_enabled" {
  assert {
    condition     = alltrue([for state in values(module.functions.event_source_states) : contains(["Enabled", "Enabling"], state)])
    error_message = "An event source is not enabled: ${jsonencode(module.functions.event_source_states)}. RabbitMQ's is created so; enable it once `migrate` has made its queue."
  }
}

check "cluster_active" {
  assert {
    condition     = alltrue([for state in values(module.workers.status) : state == "ACTIVE"])
    error_message = "The EKS cluster or its nodes are not ACTIVE: ${jsonencode(module.workers.status)}. The console shows the health issues of each."
  }
}

check "alarms_reach_somebody" {
  assert {
    condition     = length(module.monitoring.unconfirmed_subscribers) == 0
    error_message = "These have not confirmed their subscription, and hear of no alarm: ${join(", ", module.monitoring.unconfirmed_subscribers)}."
  }
}
