module "network" {
  source = "./modules/network"

  name                    = local.prefix
  region                  = var.region
  cidr                    = var.network.cidr
  availability_zones      = var.availability_zones
  nat_gateways            = var.network.nat_gateways
  interface_endpoints     = var.network.interface_endpoints
  roles                   = local.roles
  flows                   = local.flows
  flow_log_retention_days = var.protection.log_retention_days
  log_kms_key_arn         = module.security.key_arns.logs
}

module "security" {
  source = "./modules/security"

  name                        = local.prefix
  account_id                  = var.account_id
  region                      = var.region
  key_deletion_window_days    = var.protection.key_deletion_window_days
  secret_recovery_window_days = var.protection.secret_recovery_window_days
  application_username        = local.application_username
  admin_username              = local.admin_username
  password_version            = var.protection.password_version
}

module "broker" {
  source = "./modules/broker"

  name               = local.prefix
  engine_version     = var.broker.engine_version
  instance_class     = var.broker.instance_class
  subnet_ids         = module.network.private_subnet_ids
  security_group_id  = module.network.security_group_ids["broker"]
  kms_key_arn        = module.security.key_arns.data
  admin              = module.security.broker_admin
  client_connections = local.broker_connections
  maintenance_window = var.broker.maintenance_window
}

module "queues" {
  source = "./modules/queues"

  name                 = local.prefix
  kms_key_arn          = module.security.key_arns.messages
  queues               = local.queues
  minimum_visibility_s = local.minimum_visibility_s
}

module "mysql" {
  source = "./modules/mysql"

  name                   = local.prefix
  engine_version         = var.mysql.engine_version
  database               = var.mysql.database
  instance_class         = var.mysql.instance_class
  members                = var.mysql.members
  replicas               = var.mysql.replicas
  proxy                  = var.mysql.proxy
  subnet_ids             = module.network.private_subnet_ids
  security_group_ids     = { cluster = module.network.security_group_ids["mysql"], proxy = module.network.security_group_ids["mysql_proxy"] }
  kms_key_arn            = module.security.key_arns.data
  secret_kms_key_arn     = module.security.key_arns.secrets
  application_secret_arn = module.security.secret_arns.mysql
  admin_username         = local.admin_username
  backup_retention_days  = var.protection.backup_retention_days
  deletion_protection    = var.protection.deletion_protection
  log_retention_days     = var.protection.log_retention_days
  log_kms_key_arn        = module.security.key_arns.logs
}

module "documentdb" {
  source = "./modules/documentdb"

  name                  = local.prefix
  engine_version        = var.documents.engine_version
  instance_class        = var.documents.instance_class
  members               = var.documents.members
  maximum               = var.documents.maximum
  subnet_ids            = module.network.private_subnet_ids
  security_group_id     = module.network.security_group_ids["documents"]
  kms_key_arn           = module.security.key_arns.data
  admin_username        = local.admin_username
  backup_retention_days = var.protection.backup_retention_days
  deletion_protection   = var.protection.deletion_protection
  log_retention_days    = var.protection.log_retention_days
  log_kms_key_arn       = module.security.key_arns.logs
}

module "functions" {
  source = "./modules/functions"

  name                    = local.prefix
  account_id              = var.account_id
  region                  = var.region
  subnet_ids              = module.network.private_subnet_ids
  log_retention_days      = var.protection.log_retention_days
  log_kms_key_arn         = module.security.key_arns.logs
  environment_kms_key_arn = module.security.key_arns.secrets

  functions = { for name, function in local.functions : name => {
    description          = function.description
    handler              = local.handler
    runtime              = var.runtime
    architecture         = var.architecture
    memory_mb            = var.functions[name].memory_mb
    timeout_s            = var.functions[name].timeout_s
    reserved_concurrency = var.functions[name].reserved_concurrency
    provisioned          = var.functions[name].provisioned
    environment = merge(
      function.settings, { for variable, address in function.references : variable => local.addresses.function[address] }
    )
    security_group_id = module.network.security_group_ids[name]
    statements        = local.statements[name]
    package           = var.packages[name]
  } }

  sqs_event_sources = { for name, source in local.event_sources : name => {
    function            = source.function
    queue_arn           = module.queues.arns[source.queue]
    batch_size          = source.batch_size
    window_s            = source.window_s
    maximum_concurrency = source.maximum_concurrency
  } if source.kind == "sqs" }

  rabbitmq_event_sources = { for name, source in local.event_sources : name => {
    function     = source.function
    broker_arn   = module.broker.arn
    queue        = source.queue
    virtual_host = source.virtual_host
    secret_arn   = module.security.secret_arns.broker
    batch_size   = source.batch_size
    window_s     = source.window_s
  } if source.kind == "rabbitmq" }
}

module "api" {
  source = "./modules/api"

  name                  = local.prefix
  stage                 = local.stage
  routes                = local.routes
  jwt                   = var.api.jwt
  throttle              = var.api.throttle
  cors                  = var.api.cors
  integration_timeout_s = var.api.integration_timeout_s
  log_retention_days    = var.protection.log_retention_days
  log_kms_key_arn       = module.security.key_arns.logs

  functions = { for name in toset([for route in values(var.routes) : route.function]) : name => {
    name             = module.functions.names[name]
    qualifier        = module.functions.alias
    alias_arn        = module.functions.alias_arns[name]
    alias_invoke_arn = module.functions.alias_invoke_arns[name]
    timeout_s        = var.functions[name].timeout_s
  } }
}

module "workers" {
  source = "./modules/workers"

  name                 = local.prefix
  account_id           = var.account_id
  region               = var.region
  kubernetes_version   = var.cluster.kubernetes_version
  vpc_id               = module.network.vpc_id
  subnet_ids           = module.network.private_subnet_ids
  private_access_cidrs = var.cluster.private_access_cidrs
  public_access_cidrs  = var.cluster.public_access_cidrs
  addon_versions       = var.cluster.addon_versions
  administrator_arns   = var.cluster.administrator_arns
  workloads            = local.workloads
  kms_key_arn          = module.security.key_arns.data
  log_kms_key_arn      = module.security.key_arns.logs
  log_retention_days   = var.protection.log_retention_days

  security_group_ids = {
    cluster = module.network.security_group_ids["cluster"]
    nodes   = module.network.security_group_ids["nodes"]
    pricing = module.network.security_group_ids["pricing"]
  }

  nodes = {
    instance_class = var.cluster.nodes.instance_class
    ami_type       = var.cluster.nodes.ami_type
    capacity_type  = var.cluster.nodes.capacity_type
    minimum        = var.cluster.nodes.minimum
    maximum        = var.cluster.nodes.maximum
    disk_gb        = var.cluster.nodes.disk_gb
    step_out       = var.cluster.nodes.step_out
    step_in        = var.cluster.nodes.step_in
    warmup_s       = var.cluster.nodes.warmup_s
  }

  pricing = {
    listener_port = local.pricing_port
    target_port   = local.workers.pricing.port
    health_path   = "/ready"
  }
}

module "monitoring" {
  source = "./modules/monitoring"

  name                  = local.prefix
  account_id            = var.account_id
  region                = var.region
  kms_key_arn           = module.security.key_arns.messages
  subscribers           = var.monitoring.subscribers
  broker_engine_version = var.broker.engine_version
  action_arns           = local.action_arns

  alarms = { for name, alarm in local.alarms : name => merge(
    { for key, value in alarm : key => value if key != "subject" },
    { dimensions = local.metric_dimensions[alarm.subject.kind][alarm.subject.name] },
  ) }

  scaler = {
    function_name     = module.functions.names["database_scaler"]
    qualifier         = module.functions.alias
    alias_arn         = module.functions.alias_arns["database_scaler"]
    actions           = ["scale_out_documents", "scale_in_documents"]
    reconcile_minutes = local.schedules.database_scaler_reconcile.every_s / 60
  }
}

locals {
  admin_username       = "ordersadmin"
  application_username = "orders-app"
  handler              = "handler.handler"
  stage                = "$default"

  routes = { for key, route in var.routes : key => merge(route, { throttle = try(var.route_throttles[key], null) }) }
}
