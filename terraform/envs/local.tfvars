# One machine: what a replay runs with. Limits are small on purpose, so that a laptop can reach them.
environment        = "local"
account_id         = "000000000000"
region             = "eu-central-1"
availability_zones = ["eu-central-1a", "eu-central-1b", "eu-central-1c"]

account = { concurrent_executions = 200 }

network = {
  cidr         = "10.10.0.0/16"
  nat_gateways = "one"
}

api = {
  throttle = { rate_per_s = 500, burst = 250 }
  jwt      = { issuer = "https://identity.orders.example/", audience = ["orders-api"] }
  cors     = { allow_origins = ["https://shop.orders.example"] }
}

route_throttles = {
  "POST /v1/users" = { rate_per_s = 50, burst = 50 }
}

functions = {
  commands        = { memory_mb = 512, timeout_s = 10, reserved_concurrency = 16, provisioned = { minimum = 8, maximum = 16 } }
  database_scaler = { memory_mb = 256, timeout_s = 60, reserved_concurrency = 1 }
  notifications   = { memory_mb = 256, timeout_s = 30, reserved_concurrency = 2, provisioned = { minimum = 1, maximum = 2 } }
  overflow_relay  = { memory_mb = 256, timeout_s = 20, reserved_concurrency = 10, provisioned = { minimum = 1, maximum = 10 } }
  queries         = { memory_mb = 512, timeout_s = 10, reserved_concurrency = 16, provisioned = { minimum = 8, maximum = 16 } }
  quotes          = { memory_mb = 256, timeout_s = 5, reserved_concurrency = 8, provisioned = { minimum = 3, maximum = 8 } }
  users           = { memory_mb = 256, timeout_s = 10, reserved_concurrency = 8, provisioned = { minimum = 2, maximum = 8 } }
}

event_sources = {
  overflow_relay = { batch_size = 10, window_s = 0, maximum_concurrency = 10 }
  notifications  = { batch_size = 100, window_s = 0.5 }
}

queues = {
  overflow = { visibility_timeout_s = 120 }
}

broker = { instance_class = "mq.m7g.medium" }

mysql = {
  instance_class = "db.t4g.medium"
  members        = 2
  replicas       = { minimum = 0, maximum = 2 }
  proxy          = { max_connections_percent = 80 }
}

documents = {
  instance_class = "db.t3.medium"
  members        = 2
  maximum        = 4
}

cluster = {
  administrator_arns = ["arn:aws:iam::000000000000:role/platform"]
  nodes              = { instance_class = "m7i.large", minimum = 2, maximum = 4 }
}

workers = {
  migrate = {
    replicas = { minimum = 1, maximum = 1 }
    requests = { cpu_m = 250, memory_mb = 256 }
  }
  orders = {
    replicas      = { minimum = 1, maximum = 8 }
    target_value  = 500
    prefetch      = 200
    batch_size    = 100
    batch_wait_ms = 10
    requests      = { cpu_m = 250, memory_mb = 256 }
  }
  outbox = {
    replicas      = { minimum = 1, maximum = 4 }
    target_value  = 2000
    prefetch      = 200
    batch_size    = 200
    batch_wait_ms = 20
    requests      = { cpu_m = 250, memory_mb = 256 }
  }
  pricing = {
    replicas       = { minimum = 1, maximum = 4 }
    target_value   = 60
    polling_s      = 15
    cooldown_out_s = 15
    requests       = { cpu_m = 250, memory_mb = 256 }
  }
  read_model = {
    replicas      = { minimum = 1, maximum = 8 }
    target_value  = 1000
    prefetch      = 400
    batch_size    = 200
    batch_wait_ms = 10
    requests      = { cpu_m = 250, memory_mb = 256 }
  }
}

protection = {
  deletion_protection         = false
  backup_retention_days       = 1
  key_deletion_window_days    = 7
  secret_recovery_window_days = 0
  log_retention_days          = 1
}

monitoring = {
  subscribers = ["on-call@orders.example"]
}
