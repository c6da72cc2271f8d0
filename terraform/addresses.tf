# The logical addresses that `references` name, and what they are on AWS. A replay resolves the same names to the
# servers of one run.

locals {
  pricing_port = 80

  # Reads go to replicas, so that instances that are added take their share; what they do not have yet is read in MySQL.
  read_preference = "secondaryPreferred"

  # Direct connections to Aurora and DocumentDB are signed by Amazon's RDS authorities, which neither Lambda nor the
  # worker image trusts by itself; both carry the bundle. RDS Proxy and Amazon MQ have certificates of public ones.
  certificates = {
    function = "/var/task/certificates/rds-global-bundle.pem"
    worker   = "/app/certificates/rds-global-bundle.pem"
  }

  addresses = { for owner, bundle in local.certificates : owner => {
    "broker.url"                  = "amqps://${module.broker.host}:${module.broker.amqp_port}/${urlencode(local.virtual_host)}"
    "broker.management_url"       = module.broker.management_url
    "broker.credentials"          = module.security.secret_arns.broker
    "broker.admin_credentials"    = module.security.secret_arns.broker_admin
    "mysql.url"                   = "mysql://${module.mysql.proxy_endpoint}:${module.mysql.port}/${var.mysql.database}?tls=true"
    "mysql.reader_url"            = "mysql://${module.mysql.proxy_reader_endpoint}:${module.mysql.port}/${var.mysql.database}?tls=true"
    "mysql.direct_url"            = "mysql://${module.mysql.cluster_endpoint}:${module.mysql.port}/${var.mysql.database}?tls=true&tls_ca=${bundle}"
    "mysql.credentials"           = module.security.secret_arns.mysql
    "mysql.admin_credentials"     = module.mysql.admin_secret_arn
    "documents.url"               = "mongodb://${module.documentdb.endpoint}:${module.documentdb.port}/${var.documents.database}?tls=true&tlsCAFile=${bundle}&replicaSet=rs0&authSource=admin&readPreference=${local.read_preference}&retryWrites=false"
    "documents.credentials"       = module.security.secret_arns.documents
    "documents.admin_credentials" = module.documentdb.admin_secret_arn
    "pricing.url"                 = "http://${module.workers.pricing_host}:${local.pricing_port}"
    "queues.overflow.url"         = module.queues.urls["overflow"]
  } }

  # The security group role and port behind each address; credentials and SQS are reached through AWS's own endpoints.
  destinations = {
    "broker.url"            = { role = "broker", port = module.broker.amqp_port }
    "broker.management_url" = { role = "broker", port = 443 }
    "mysql.url"             = { role = "mysql_proxy", port = module.mysql.port }
    "mysql.reader_url"      = { role = "mysql_proxy", port = module.mysql.port }
    "mysql.direct_url"      = { role = "mysql", port = module.mysql.port }
    "documents.url"         = { role = "documents", port = module.documentdb.port }
    "pricing.url"           = { role = "pricing", port = local.pricing_port }
  }
}
