# Millions of users.
environment        = "prod"
account_id         = "222222222222"
region             = "eu-central-1"
availability_zones = ["eu-central-1a", "eu-central-1b", "eu-central-1c"]
architecture       = "arm64"

# Above the default of a new account, as are 320 on-demand vCPUs for 40 nodes: ask for both quotas before the first apply.
account = { concurrent_executions = 4000 }

network = {
  cidr         = "10.30.0.0/16"
  nat_gateways = "one_per_zone"
}

# The identity provider comes first: API Gateway reads <issuer>/.well-known/openid-configuration when it makes the authorizer.
api = {
  throttle = { rate_per_s = 10000, burst = 5000 }
  jwt      = { issuer = "https://identity.orders.example/", audience = ["orders-api"] }
  cors     = { allow_origins = ["https://shop.orders.example"] }
}

route_throttles = {
  "POST /v1/users" = { rate_per_s = 500, burst = 500 }
}

functions = {
  commands        = { memory_mb = 1769, timeout_s = 10, reserved_concurrency = 800, provisioned = { minimum = 40, maximum = 600 } }
  database_scaler = { memory_mb = 256, timeout_s = 60, reserved_concurrency = 1 }
  notifications   = { memory_mb = 1769, timeout_s = 60, reserved_concurrency = 2, provisioned = { minimum = 1, maximum = 2 } }
  overflow_relay  = { memory_mb = 512, timeout_s = 20, reserved_concurrency = 100, provisioned = { minimum = 2, maximum = 50 } }
  queries         = { memory_mb = 1769, timeout_s = 10, reserved_concurrency = 1500, provisioned = { minimum = 80, maximum = 1200 } }
  quotes          = { memory_mb = 512, timeout_s = 5, reserved_concurrency = 400, provisioned = { minimum = 20, maximum = 300 } }
  users           = { memory_mb = 512, timeout_s = 10, reserved_concurrency = 200, provisioned = { minimum = 10, maximum = 150 } }
}

event_sources = {
  overflow_relay = { batch_size = 10, window_s = 0, maximum_concurrency = 100 }
  notifications  = { batch_size = 1000, window_s = 0.5 }
}

queues = {
  overflow = { visibility_timeout_s = 120 }
}

broker = { instance_class = "mq.m7g.2xlarge" }

mysql = {
  instance_class = "db.r7g.4xlarge"
  members        = 3
  replicas       = { minimum = 0, maximum = 8 }
  proxy          = { max_connections_percent = 80 }
}

documents = {
  instance_class = "db.r6g.4xlarge"
  members        = 3
  maximum        = 10
}

cluster = {
  administrator_arns = ["arn:aws:iam::222222222222:role/platform"]
  nodes              = { instance_class = "m7g.2xlarge", ami_type = "AL2023_ARM_64_STANDARD", minimum = 6, maximum = 40, step_out = 4, step_in = 1 }
}

workers = {
  migrate = {
    replicas = { minimum = 1, maximum = 1 }
    requests = { cpu_m = 500, memory_mb = 512 }
  }
  orders = {
    replicas      = { minimum = 4, maximum = 60 }
    target_value  = 2000
    prefetch      = 500
    batch_size    = 250
    batch_wait_ms = 10
    grace_s       = 60
    requests      = { cpu_m = 1000, memory_mb = 512 }
  }
  outbox = {
    replicas      = { minimum = 3, maximum = 20 }
    target_value  = 5000
    prefetch      = 500
    batch_size    = 500
    batch_wait_ms = 20
    grace_s       = 60
    requests      = { cpu_m = 1000, memory_mb = 512 }
  }
  pricing = {
    replicas       = { minimum = 6, maximum = 60 }
    target_value   = 60
    polling_s      = 15
    cooldown_out_s = 15
    requests       = { cpu_m = 1000, memory_mb = 512 }
  }
  read_model = {
    replicas      = { minimum = 4, maximum = 60 }
    target_value  = 4000
    prefetch      = 1000
    batch_size    = 500
    batch_wait_ms = 10
    grace_s       = 60
    requests      = { cpu_m = 1000, memory_mb = 512 }
  }
}

protection = {
  deletion_protection         = true
  backup_retention_days       = 14
  key_deletion_window_days    = 30
  secret_recovery_window_days = 30
  log_retention_days          = 365
}

monitoring = {
  subscribers = ["on-call@orders.example"]
}
