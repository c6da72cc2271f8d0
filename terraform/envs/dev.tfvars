# A shared environment for developers: every part of prod, in the smallest sizes that behave like it.
environment        = "dev"
account_id         = "111111111111"
region             = "eu-central-1"
availability_zones = ["eu-central-1a", "eu-central-1b", "eu-central-1c"]
architecture       = "arm64"

account = { concurrent_executions = 1000 }

network = {
  cidr         = "10.20.0.0/16"
  nat_gateways = "one"
}

# The identity provider comes first: API Gateway reads <issuer>/.well-known/openid-configuration when it makes the authorizer.
api = {
  throttle = { rate_per_s = 500, burst = 500 }
  jwt      = { issuer = "https://identity.dev.orders.example/", audience = ["orders-api"] }
  cors     = { allow_origins = ["https://shop.dev.orders.example"] }
}

route_throttles = {
  "POST /v1/users" = { rate_per_s = 50, burst = 50 }
}

functions = {
  commands        = { memory_mb = 512, timeout_s = 10, reserved_concurrency = 30, provisioned = { minimum = 1, maximum = 20 } }
  database_scaler = { memory_mb = 256, timeout_s = 60, reserved_concurrency = 1 }
  notifications   = { memory_mb = 256, timeout_s = 30, reserved_concurrency = 2, provisioned = { minimum = 1, maximum = 2 } }
  overflow_relay  = { memory_mb = 256, timeout_s = 20, reserved_concurrency = 10, provisioned = { minimum = 1, maximum = 10 } }
  queries         = { memory_mb = 512, timeout_s = 10, reserved_concurrency = 50, provisioned = { minimum = 1, maximum = 30 } }
  quotes          = { memory_mb = 256, timeout_s = 5, reserved_concurrency = 20, provisioned = { minimum = 1, maximum = 10 } }
  users           = { memory_mb = 256, timeout_s = 10, reserved_concurrency = 20, provisioned = { minimum = 1, maximum = 10 } }
}

event_sources = {
  overflow_relay = { batch_size = 10, window_s = 0, maximum_concurrency = 10 }
  notifications  = { batch_size = 100, window_s = 0.5 }
}

queues = {
  overflow = { visibility_timeout_s = 120 }
}

broker = { instance_class = "mq.m7g.large" }

mysql = {
  instance_class = "db.t4g.large"
  members        = 2
  replicas       = { minimum = 0, maximum = 2 }
  proxy          = { max_connections_percent = 80 }
}

documents = {
  instance_class = "db.t3.medium"
  members        = 2
  maximum        = 3
}

cluster = {
  administrator_arns = ["arn:aws:iam::111111111111:role/platform"]
  nodes              = { instance_class = "m7g.large", ami_type = "AL2023_ARM_64_STANDARD", minimum = 2, maximum = 4 }
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
    replicas       = { minimum = 2, maximum = 4 }
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
  backup_retention_days       = 3
  key_deletion_window_days    = 7
  secret_recovery_window_days = 7
  log_retention_days          = 30
}

monitoring = {
  subscribers = ["on-call@orders.example"]
}
