# The wiring between modules, as it is planned: which alarm drives what, which role reaches which, who may do what.
# Values are those of envs/local.tfvars.

mock_provider "aws" {
  source          = "./tests/mocks/aws"
  override_during = plan
}

variables {
  offline = true
}

run "alarms_drive_what_their_tier_scales" {
  command = plan

  assert {
    condition = alltrue([
      for name in ["documents_cpu_high", "documents_cpu_low"] :
      contains(module.monitoring.alarm_action_arns[name], module.functions.alias_arns["database_scaler"])
    ])
    error_message = "DocumentDB's CPU alarms must invoke database_scaler."
  }

  assert {
    condition = alltrue([
      for name in ["nodes_pending_pods", "nodes_cpu_high"] : module.monitoring.alarm_action_arns[name] == [module.workers.scale_out_policy_arn]
    ])
    error_message = "Pending pods and reserved CPU must add nodes, and do nothing else."
  }

  assert {
    condition     = module.monitoring.alarm_action_arns["nodes_cpu_low"] == [module.workers.scale_in_policy_arn]
    error_message = "Little reserved CPU must remove nodes, and do nothing else."
  }

  assert {
    condition = alltrue([
      for name, arns in module.monitoring.alarm_action_arns : contains(arns, module.monitoring.topic_arn)
      if !contains(["documents_cpu_low", "nodes_pending_pods", "nodes_cpu_high", "nodes_cpu_low"], name)
    ])
    error_message = "Every alarm that does not merely scale must tell a person."
  }

  assert {
    condition     = !anytrue([for alarm in values(local.alarms) : alarm.namespace == "AWS/EC2"])
    error_message = "Nodes must not scale on EC2's CPU, which does not see pending pods."
  }
}

run "every_tier_has_alarms" {
  command = plan

  assert {
    condition     = toset([for alarm in values(local.alarms) : alarm.tier]) == toset(["api", "functions", "broker", "queues", "mysql", "documents", "workers"])
    error_message = "A tier without alarms."
  }

  assert {
    condition     = alltrue([for name in keys(local.functions) : contains(keys(local.alarms), "${name}_errors")])
    error_message = "Every function needs an alarm on its errors."
  }

  assert {
    condition     = local.alarms["broker_memory"].threshold < 0.6 * module.broker.memory_bytes
    error_message = "The alarm on the broker's memory must go off before RabbitMQ's own limit."
  }
}

run "roles_reach_what_they_refer_to_and_no_more" {
  command = plan

  assert {
    condition = module.network.reachable == tomap({
      broker          = tolist(["broker:5671"])
      cluster         = tolist([])
      commands        = tolist(["broker:5671"])
      database_scaler = tolist([])
      documents       = tolist([])
      mysql           = tolist([])
      mysql_proxy     = tolist(["mysql:3306"])
      nodes           = tolist(["broker:443", "broker:5671", "documents:27017", "mysql:3306"])
      notifications   = tolist(["broker:5671", "documents:27017"])
      overflow_relay  = tolist(["broker:5671"])
      pricing         = tolist(["nodes:8084"])
      queries         = tolist(["documents:27017", "mysql_proxy:3306"])
      quotes          = tolist(["pricing:80"])
      users           = tolist(["mysql_proxy:3306"])
    })
    error_message = "Reachability is ${jsonencode(module.network.reachable)}."
  }

  assert {
    condition     = [for role, settings in local.roles : role if try(settings.internet, false)] == ["broker", "nodes"]
    error_message = "Only the broker's pollers and the nodes may reach the internet."
  }
}

run "permissions_follow_from_references" {
  command = plan

  assert {
    condition     = local.statements["quotes"] == [] && local.statements["pricing"] == []
    error_message = "What refers to no secret and no queue may ask AWS for nothing."
  }

  assert {
    condition     = one([for statement in local.statements["users"] : statement.resources if statement.sid == "ReadSecrets"]) == [module.security.secret_arns.mysql]
    error_message = "users reads MySQL's secret alone."
  }

  assert {
    condition = toset(one([for statement in local.statements["queries"] : statement.resources if statement.sid == "ReadSecrets"])) == toset([
      module.security.secret_arns.documents, module.security.secret_arns.mysql
    ])
    error_message = "queries reads the secrets of MySQL and DocumentDB alone."
  }

  assert {
    condition = alltrue([for name in ["orders", "outbox", "read_model", "keda"] : !contains(
      one([for statement in local.statements[name] : statement.resources if statement.sid == "ReadSecrets"]), module.security.secret_arns.broker_admin
    )])
    error_message = "Only migrate reads an administrator's secret."
  }

  assert {
    condition     = [for statement in local.statements["commands"] : statement.actions if statement.sid == "SendOverflow"] == [["sqs:SendMessage"]]
    error_message = "commands may send to the overflow queue, and not receive from it."
  }
}

run "connections_stay_within_what_servers_take" {
  command = plan

  assert {
    # 16 + 2 + 10 environments, 8 + 4 + 8 replicas and a migration, and the event source's own.
    condition     = local.broker_connections == 50
    error_message = "Broker connections are ${local.broker_connections}."
  }

  assert {
    condition     = local.mysql_direct_connections == 13
    error_message = "Direct MySQL connections are ${local.mysql_direct_connections}."
  }
}

run "the_output_holds_no_secret_and_no_arn" {
  command = plan

  assert {
    condition     = !strcontains(jsonencode(output.stack), "arn:")
    error_message = "The stack description speaks in logical names."
  }

  assert {
    condition     = keys(output.stack.functions) == keys(local.functions) && keys(output.stack.alarms) == keys(local.alarms)
    error_message = "The stack description has every function and alarm."
  }
}
