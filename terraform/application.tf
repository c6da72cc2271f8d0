# What the application is, the same in every environment: its functions, workers and queues, and the logical addresses
# that each refers to. From these references follow environment variables, permissions and security group rules, so
# that nothing can be reached that is not referred to. The output `stack` shows the same locals.

locals {
  prefix = "${var.name}-${var.environment}"

  log_settings = { LOG_LEVEL = var.log_level }

  functions = {
    commands = {
      description = "Publishes order.place and order.cancel; to SQS while the broker is away"
      settings    = local.log_settings
      references = {
        BROKER_CREDENTIALS = "broker.credentials"
        BROKER_URL         = "broker.url"
        OVERFLOW_QUEUE_URL = "queues.overflow.url"
      }
    }
    database_scaler = {
      description = "Adds and removes DocumentDB instances on alarms and on a schedule"
      settings = merge(local.log_settings, {
        ALARM_IN       = local.alarm_names["documents_cpu_low"]
        ALARM_OUT      = local.alarm_names["documents_cpu_high"]
        CLUSTER_ID     = module.documentdb.cluster_id
        COOLDOWN_IN_S  = tostring(var.documents.cooldown_in_s)
        COOLDOWN_OUT_S = tostring(var.documents.cooldown_out_s)
        INSTANCE_CLASS = var.documents.instance_class
        MAXIMUM        = tostring(var.documents.maximum)
        MINIMUM        = tostring(var.documents.members)
      })
      references = {}
    }
    notifications = {
      description = "Writes a notification for each event of an order"
      settings    = local.log_settings
      references = {
        BROKER_CREDENTIALS    = "broker.credentials"
        BROKER_URL            = "broker.url"
        DOCUMENTS_CREDENTIALS = "documents.credentials"
        DOCUMENTS_URL         = "documents.url"
      }
    }
    overflow_relay = {
      description = "Brings commands that overflowed into SQS back to the broker"
      settings    = local.log_settings
      references = {
        BROKER_CREDENTIALS = "broker.credentials"
        BROKER_URL         = "broker.url"
        OVERFLOW_QUEUE_URL = "queues.overflow.url"
      }
    }
    queries = {
      description = "Answers reads from the read model, and from MySQL where that lacks the order"
      settings    = local.log_settings
      references = {
        DOCUMENTS_CREDENTIALS = "documents.credentials"
        DOCUMENTS_URL         = "documents.url"
        MYSQL_CREDENTIALS     = "mysql.credentials"
        MYSQL_URL             = "mysql.reader_url"
      }
    }
    quotes = {
      description = "Asks the pricing service, with a deadline and a circuit breaker"
      settings    = merge(local.log_settings, { PRICING_DEADLINE_S = tostring(var.pricing_deadline_s) })
      references  = { PRICING_URL = "pricing.url" }
    }
    users = {
      description = "Registers users in MySQL"
      settings    = local.log_settings
      references = {
        MYSQL_CREDENTIALS = "mysql.credentials"
        MYSQL_URL         = "mysql.url"
      }
    }
  }

  workers = {
    migrate = {
      kind     = "job"
      queue    = null
      port     = 8080
      settings = local.log_settings
      references = {
        BROKER_APP_CREDENTIALS    = "broker.credentials"
        BROKER_CREDENTIALS        = "broker.admin_credentials"
        BROKER_MANAGEMENT_URL     = "broker.management_url"
        BROKER_URL                = "broker.url"
        DOCUMENTS_APP_CREDENTIALS = "documents.credentials"
        DOCUMENTS_CREDENTIALS     = "documents.admin_credentials"
        DOCUMENTS_URL             = "documents.url"
        MYSQL_APP_CREDENTIALS     = "mysql.credentials"
        MYSQL_CREDENTIALS         = "mysql.admin_credentials"
        MYSQL_URL                 = "mysql.direct_url"
      }
    }
    orders = {
      kind     = "consumer"
      queue    = "order-commands"
      port     = 8081
      settings = local.log_settings
      references = {
        BROKER_CREDENTIALS = "broker.credentials"
        BROKER_URL         = "broker.url"
        MYSQL_CREDENTIALS  = "mysql.credentials"
        MYSQL_URL          = "mysql.direct_url"
      }
    }
    outbox = {
      kind     = "relay"
      queue    = null
      port     = 8082
      settings = local.log_settings
      references = {
        BROKER_CREDENTIALS = "broker.credentials"
        BROKER_URL         = "broker.url"
        MYSQL_CREDENTIALS  = "mysql.credentials"
        MYSQL_URL          = "mysql.direct_url"
      }
    }
    pricing = {
      kind       = "service"
      queue      = null
      port       = 8084
      settings   = local.log_settings
      references = {}
    }
    read_model = {
      kind     = "consumer"
      queue    = "read-model"
      port     = 8083
      settings = local.log_settings
      references = {
        BROKER_CREDENTIALS    = "broker.credentials"
        BROKER_URL            = "broker.url"
        DOCUMENTS_CREDENTIALS = "documents.credentials"
        DOCUMENTS_URL         = "documents.url"
      }
    }
  }

  queues = {
    overflow = {
      visibility_timeout_s = var.queues.overflow.visibility_timeout_s
      retention_s          = var.queues.overflow.retention_s
      redrive = {
        queue             = "overflow-dead-letters"
        max_receive_count = var.queues.overflow.max_receive_count
      }
    }
    overflow-dead-letters = {
      visibility_timeout_s = 30
      # Dead letters keep their age, so theirs must be the longest that SQS allows.
      retention_s = 1209600
      redrive     = null
    }
  }

  virtual_host = "/"

  event_sources = {
    notifications = merge(var.event_sources.notifications, {
      kind         = "rabbitmq"
      function     = "notifications"
      queue        = "notifications"
      virtual_host = local.virtual_host
    })
    overflow_relay = merge(var.event_sources.overflow_relay, {
      kind                       = "sqs"
      function                   = "overflow_relay"
      queue                      = "overflow"
      report_batch_item_failures = true
    })
  }

  # Lambda asks for six times the function's timeout, so that a throttled batch is not taken twice.
  minimum_visibility_s = {
    overflow = 6 * var.functions["overflow_relay"].timeout_s + var.event_sources.overflow_relay.window_s
  }
}
