# The wiring between modules, as it is planned: which alarm drives what, which role reaches which, who may do what.
# Values are those of envs/local.tfvars. Runs are few because each plans the whole stack.

mock_provider "aws" {
  source          = "./tests/mocks/aws"
  override_during = plan
}

# Mocks give every resource of a type the same ARN. Where a test asks which one it is, each has its own.

override_resource {
  target          = module.security.aws_secretsmanager_secret.this["broker"]
  override_during = plan
  values          = { arn = "arn:aws:secretsmanager:eu-central-1:000000000000:secret:broker-AbCdEf" }
}

override_resource {
  target          = module.security.aws_secretsmanager_secret.this["broker_admin"]
  override_during = plan
  values          = { arn = "arn:aws:secretsmanager:eu-central-1:000000000000:secret:broker-admin-AbCdEf" }
}

override_resource {
  target          = module.security.aws_secretsmanager_secret.this["documents"]
  override_during = plan
  values          = { arn = "arn:aws:secretsmanager:eu-central-1:000000000000:secret:documents-AbCdEf" }
}

override_resource {
  target          = module.security.aws_secretsmanager_secret.this["mysql"]
  override_during = plan
  values          = { arn = "arn:aws:secretsmanager:eu-central-1:000000000000:secret:mysql-AbCdEf" }
}

override_resource {
  target          = module.security.aws_kms_key.this["data"]
  override_during = plan
  values          = { arn = "arn:aws:kms:eu-central-1:000000000000:key/data" }
}

override_resource {
  target          = module.security.aws_kms_key.this["messages"]
  override_during = plan
  values          = { arn = "arn:aws:kms:eu-central-1:000000000000:key/messages" }
}

override_resource {
  target          = module.security.aws_kms_key.this["secrets"]
  override_during = plan
  values          = { arn = "arn:aws:kms:eu-central-1:000000000000:key/secrets" }
}

override_resource {
  target          = module.queues.aws_sqs_queue.this["overflow"]
  override_during = plan
  values          = { arn = "arn:aws:sqs:eu-central-1:000000000000:overflow", url = "https://sqs.example/overflow" }
}

override_resource {
  target          = module.functions.aws_lambda_alias.this["database_scaler"]
  override_during = plan
  values          = { arn = "arn:aws:lambda:eu-central-1:000000000000:function:database-scaler:live" }
}

override_resource {
  target          = module.workers.aws_autoscaling_policy.out
  override_during = plan
  values          = { arn = "arn:aws:autoscaling:eu-central-1:000000000000:scalingPolicy:1:autoScalingGroupName/nodes:policyName/out" }
}

override_resource {
  target          = module.workers.aws_autoscaling_policy.in
  override_during = plan
  values          = { arn = "arn:aws:autoscaling:eu-central-1:000000000000:scalingPolicy:2:autoScalingGroupName/nodes:policyName/in" }
}

variables {
  offline = true
}

run "alarms_watch_every_tier_and_drive_what_it_scales" {
  command = plan

  # Which alarm drives what.

  assert {
    condition = { for name, arns in module.monitoring.alarm_action_arns : name => toset(arns) if toset(arns) != toset([module.monitoring.topic_arn]) } == {
      documents_cpu_high = toset([module.monitoring.topic_arn, module.functions.alias_arns["database_scaler"]])
      documents_cpu_low  = toset([module.functions.alias_arns["database_scaler"]])
      nodes_cpu_high     = toset([module.workers.scale_out_policy_arn])
      nodes_cpu_low      = toset([module.workers.scale_in_policy_arn])
      nodes_pending_pods = toset([module.workers.scale_out_policy_arn])
    }
    error_message = "DocumentDB's CPU invokes database_scaler, pending pods and reserved CPU step the nodes, and every other alarm tells a person and does nothing else; got ${jsonencode(module.monitoring.alarm_action_arns)}."
  }

  assert {
    condition = length(distinct([
      module.functions.alias_arns["database_scaler"], module.functions.alias_arns["commands"], module.monitoring.topic_arn,
      module.workers.scale_in_policy_arn, module.workers.scale_out_policy_arn,
    ])) == 5
    error_message = "The mocks must tell apart what alarms may drive, or the assertion above says nothing."
  }

  assert {
    condition     = !anytrue([for alarm in values(local.alarms) : alarm.namespace == "AWS/EC2"])
    error_message = "Nodes must not scale on EC2's CPU, which does not see pending pods."
  }

  assert {
    condition = (
      local.functions["database_scaler"].settings.ALARM_OUT == module.monitoring.alarm_names["documents_cpu_high"] &&
      local.functions["database_scaler"].settings.ALARM_IN == module.monitoring.alarm_names["documents_cpu_low"]
    )
    error_message = "database_scaler must look at the very alarms that invoke it."
  }

  assert {
    condition = (
      local.functions["database_scaler"].settings.MINIMUM == tostring(module.documentdb.minimum) &&
      local.functions["database_scaler"].settings.MAXIMUM == tostring(module.documentdb.maximum)
    )
    error_message = "database_scaler must stay within the bounds of the cluster."
  }

  # Each tier has alarms for what can go wrong in it.

  assert {
    condition = { for tier in distinct(values(local.alarms)[*].tier) : tier => toset([for alarm in values(local.alarms) : alarm.metric if alarm.tier == tier]) } == {
      api       = toset(["5xx", "Latency"])
      broker    = toset(["ConnectionCount", "MessageReadyCount", "RabbitMQDiskFree", "RabbitMQMemUsed", "SystemCpuUtilization"])
      documents = toset(["CPUUtilization", "DBClusterReplicaLagMaximum", "DatabaseConnections", "FreeableMemory"])
      functions = toset(["ConcurrentExecutions", "Duration", "Errors", "Throttles"])
      mysql = toset([
        "AuroraReplicaLagMaximum", "CPUUtilization", "DatabaseConnections", "DatabaseConnectionsBorrowLatency", "Deadlocks", "FreeableMemory",
      ])
      queues = toset(["ApproximateAgeOfOldestMessage", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesVisible"])
      workers = toset([
        "UnHealthyHostCount", "cluster_failed_node_count", "node_cpu_reserved_capacity", "pod_status_pending", "scheduler_pending_pods_UNSCHEDULABLE",
      ])
    }
    error_message = "Tiers and what they are watched for have changed."
  }

  assert {
    condition     = alltrue([for name in keys(local.functions) : contains(keys(local.alarms), "${name}_errors")])
    error_message = "Every function needs an alarm on its errors."
  }

  assert {
    condition     = local.alarms["broker_memory"].threshold < module.broker.memory_watermark * module.broker.memory_bytes
    error_message = "The alarm on the broker's memory must go off before RabbitMQ's own limit."
  }

  assert {
    condition     = local.alarms["broker_connections"].threshold < module.broker.connection_limit
    error_message = "The alarm on the broker's connections must go off before its limit."
  }

  # The description that replay and simulation run from.

  assert {
    condition     = !strcontains(jsonencode(output.stack), "arn:")
    error_message = "The stack description speaks in logical names."
  }

  assert {
    condition     = keys(output.stack.functions) == keys(local.functions) && keys(output.stack.alarms) == keys(local.alarms)
    error_message = "The stack description has every function and alarm."
  }
}

run "roles_reach_and_may_do_what_they_refer_to_and_no_more" {
  command = plan

  # Which role reaches which.

  assert {
    condition = { for role, reachable in module.network.reachable : role => join(" ", reachable) } == {
      broker          = "broker:5671"
      cluster         = ""
      commands        = "broker:5671"
      database_scaler = ""
      documents       = ""
      mysql           = ""
      mysql_proxy     = "mysql:3306"
      nodes           = "broker:443 broker:5671 documents:27017 mysql:3306"
      notifications   = "broker:5671 documents:27017"
      overflow_relay  = "broker:5671"
      pricing         = "nodes:8084"
      queries         = "documents:27017 mysql_proxy:3306"
      quotes          = "pricing:80"
      users           = "mysql_proxy:3306"
    }
    error_message = "Reachability is ${jsonencode(module.network.reachable)}."
  }

  assert {
    condition     = [for role, settings in local.roles : role if try(settings.internet, false)] == ["broker", "nodes"]
    error_message = "Only the broker's pollers and the nodes may reach the internet."
  }

  assert {
    condition = [for role, settings in local.roles : role if !try(settings.calls_aws, false)] == [
      "documents", "mysql", "mysql_proxy", "pricing", "quotes"
    ]
    error_message = "Servers, the load balancer and quotes may not ask AWS for anything."
  }

  assert {
    condition = (
      strcontains(local.addresses.function[local.functions["queries"].references.MYSQL_URL], module.mysql.proxy_reader_endpoint) &&
      strcontains(local.addresses.function[local.functions["users"].references.MYSQL_URL], module.mysql.proxy_endpoint) &&
      module.mysql.proxy_reader_endpoint != module.mysql.proxy_endpoint
    )
    error_message = "queries must read by RDS Proxy's reader endpoint, users write by the other."
  }

  # Which role may do what.

  assert {
    condition = { for name, statements in local.statements : name => toset(flatten(statements[*].actions)) } == {
      commands = toset(["kms:Decrypt", "kms:GenerateDataKey", "secretsmanager:GetSecretValue", "sqs:SendMessage"])
      database_scaler = toset([
        "cloudwatch:DescribeAlarms", "kms:CreateGrant", "kms:DescribeKey", "rds:AddTagsToResource", "rds:CreateDBInstance", "rds:DeleteDBInstance",
        "rds:DescribeDBClusters", "rds:DescribeDBInstances", "rds:ListTagsForResource",
      ])
      keda = toset(["kms:Decrypt", "secretsmanager:GetSecretValue"])
      load_balancer_controller = toset([
        "ec2:DescribeAvailabilityZones", "ec2:DescribeInstances", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets",
        "ec2:DescribeVpcs", "elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:DescribeTargetGroupAttributes",
        "elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:DescribeTargetHealth", "elasticloadbalancing:RegisterTargets",
      ])
      migrate       = toset(["kms:Decrypt", "secretsmanager:GetSecretValue"])
      notifications = toset(["kms:Decrypt", "secretsmanager:GetSecretValue"])
      orders        = toset(["kms:Decrypt", "secretsmanager:GetSecretValue"])
      outbox        = toset(["kms:Decrypt", "secretsmanager:GetSecretValue"])
      overflow_relay = toset([
        "kms:Decrypt", "kms:GenerateDataKey", "secretsmanager:GetSecretValue", "sqs:ChangeMessageVisibility", "sqs:DeleteMessage",
        "sqs:GetQueueAttributes", "sqs:ReceiveMessage",
      ])
      pricing    = toset([])
      queries    = toset(["kms:Decrypt", "secretsmanager:GetSecretValue"])
      quotes     = toset([])
      read_model = toset(["kms:Decrypt", "secretsmanager:GetSecretValue"])
      users      = toset(["kms:Decrypt", "secretsmanager:GetSecretValue"])
    }
    error_message = "What the code of functions and workers may do has changed: ${jsonencode({ for name, statements in local.statements : name => flatten(statements[*].actions) })}."
  }

  assert {
    condition = { for name, statements in local.statements : name => toset(flatten([
      for statement in statements : statement.resources if contains(statement.actions, "secretsmanager:GetSecretValue")
      ])) if anytrue([for statement in statements : contains(statement.actions, "secretsmanager:GetSecretValue")]) } == {
      commands      = toset([module.security.secret_arns.broker])
      keda          = toset([module.security.secret_arns.broker])
      notifications = toset([module.security.secret_arns.broker, module.security.secret_arns.documents])
      migrate = toset([
        module.security.secret_arns.broker, module.security.secret_arns.broker_admin, module.security.secret_arns.documents,
        module.security.secret_arns.mysql, module.documentdb.admin_secret_arn, module.mysql.admin_secret_arn,
      ])
      orders         = toset([module.security.secret_arns.broker, module.security.secret_arns.mysql])
      outbox         = toset([module.security.secret_arns.broker, module.security.secret_arns.mysql])
      overflow_relay = toset([module.security.secret_arns.broker])
      queries        = toset([module.security.secret_arns.documents, module.security.secret_arns.mysql])
      read_model     = toset([module.security.secret_arns.broker, module.security.secret_arns.documents])
      users          = toset([module.security.secret_arns.mysql])
    }
    error_message = "Each role reads the secrets of its own servers, and migrate alone those of administrators."
  }

  assert {
    condition = length(distinct(concat(
      values(module.security.secret_arns), [module.documentdb.admin_secret_arn, module.mysql.admin_secret_arn]
    ))) == 6
    error_message = "The mocks must tell secrets apart, or the assertion above says nothing."
  }

  assert {
    condition = alltrue(flatten([for statements in values(local.statements) : [for statement in statements :
      toset(statement.resources) == toset([module.queues.arns["overflow"]]) if anytrue([for action in statement.actions : startswith(action, "sqs:")])
    ]]))
    error_message = "commands and overflow_relay may use the overflow queue, and nothing may touch its dead letters."
  }

  assert {
    condition = alltrue(flatten([for statements in values(local.statements) : [for statement in statements :
      contains(statement.conditions[*].variable, "kms:ViaService") if anytrue([for action in statement.actions : startswith(action, "kms:")])
    ]]))
    error_message = "A key may be used through the service that it encrypts for, and never directly."
  }

  assert {
    condition = toset(one([for statement in local.statements["database_scaler"] : statement.resources if statement.sid == "ReadAlarms"])) == toset([
      for name in ["documents_cpu_high", "documents_cpu_low"] : "arn:aws:cloudwatch:${var.region}:${var.account_id}:alarm:${module.monitoring.alarm_names[name]}"
    ])
    error_message = "database_scaler may read the alarms that invoke it."
  }

  assert {
    condition = { for name, workload in local.workloads : name => "${workload.namespace}/${workload.service_account}" } == {
      keda                     = "keda/keda-operator"
      load_balancer_controller = "kube-system/aws-load-balancer-controller"
      migrate                  = "orders/migrate"
      orders                   = "orders/orders"
      outbox                   = "orders/outbox"
      pricing                  = "orders/pricing"
      read_model               = "orders/read-model"
    }
    error_message = "Each worker and controller has a service account, and so a role, of its own."
  }

  assert {
    condition     = [for key, route in local.routes : key if route.authorization != "jwt"] == ["GET /v1/health"]
    error_message = "Only health is answered without a token."
  }

  # How many connections all of them may hold.

  assert {
    # 16 + 2 + 10 environments, 8 + 4 + 8 replicas and a migration, and the event source's own.
    condition     = local.broker_connections == 50
    error_message = "Broker connections are ${local.broker_connections}."
  }

  assert {
    # 8 + 4 replicas and a migration.
    condition     = local.mysql_direct_connections == 13
    error_message = "Direct MySQL connections are ${local.mysql_direct_connections}."
  }

  assert {
    # Three each of 16 + 2 environments, six each of 8 replicas and a migration.
    condition     = local.documents_connection_sum == 108
    error_message = "DocumentDB connections are ${local.documents_connection_sum}."
  }
}
