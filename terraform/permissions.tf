# What the code of each function and worker may ask of AWS. Secrets follow from the credentials it refers to; the rest is
# named here. What the platform itself needs (logs, network interfaces, tracing) is in the modules.

locals {
  arn = "arn:${data.aws_partition.current.partition}"

  readers = merge(
    { for name, function in local.functions : name => values(function.references) },
    { for name, worker in local.workers : name => values(worker.references) },
    # KEDA asks the broker's management API as the application does. The outbox it asks of the relays: its own client of
    # MySQL does not encrypt, and nothing less is let in.
    { keda = ["broker.credentials"] },
  )

  credentials = { for name, references in local.readers : name => sort([
    for reference in references : reference if endswith(reference, "credentials")
  ]) }

  secret_statements = { for name, references in local.credentials : name => [
    {
      sid        = "ReadSecrets"
      actions    = ["secretsmanager:GetSecretValue"]
      resources  = [for reference in references : local.addresses.function[reference]]
      conditions = []
    },
    {
      sid        = "DecryptSecrets"
      actions    = ["kms:Decrypt"]
      resources  = [module.security.key_arns.secrets]
      conditions = [{ test = "StringEquals", variable = "kms:ViaService", values = ["secretsmanager.${var.region}.amazonaws.com"] }]
    },
  ] if length(references) > 0 }

  overflow_key_statement = {
    sid        = "UseQueueKey"
    actions    = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources  = [module.security.key_arns.messages]
    conditions = [{ test = "StringEquals", variable = "kms:ViaService", values = ["sqs.${var.region}.amazonaws.com"] }]
  }

  rds_arn = "${local.arn}:rds:${var.region}:${var.account_id}"
  documents_arns = {
    cluster = "${local.rds_arn}:cluster:${module.documentdb.cluster_id}"
    scaled  = "${local.rds_arn}:db:${module.documentdb.scaled_instance_prefix}*"
  }
  through_rds = { test = "StringEquals", variable = "kms:ViaService", values = ["rds.${var.region}.amazonaws.com"] }

  own_statements = {
    commands = [
      { sid = "SendOverflow", actions = ["sqs:SendMessage"], resources = [module.queues.arns["overflow"]], conditions = [] },
      local.overflow_key_statement,
    ]
    overflow_relay = [
      {
        sid        = "TakeOverflow"
        actions    = ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
        resources  = [module.queues.arns["overflow"]]
        conditions = []
      },
      local.overflow_key_statement,
    ]
    database_scaler = [
      {
        sid        = "ReadCluster"
        actions    = ["rds:DescribeDBClusters"]
        resources  = [local.documents_arns.cluster]
        conditions = []
      },
      {
        # A list, filtered by cluster: AWS checks it against all instances.
        sid        = "ReadInstances"
        actions    = ["rds:DescribeDBInstances"]
        resources  = ["${local.rds_arn}:db:*"]
        conditions = []
      },
      {
        sid        = "KeepNotes"
        actions    = ["rds:AddTagsToResource", "rds:ListTagsForResource"]
        resources  = [local.documents_arns.cluster, local.documents_arns.scaled]
        conditions = []
      },
      {
        # Creating is checked against the groups that the new instance is put into, too.
        sid     = "AddInstance"
        actions = ["rds:CreateDBInstance"]
        resources = [
          local.documents_arns.cluster, local.documents_arns.scaled, "${local.rds_arn}:og:default*", "${local.rds_arn}:pg:default*",
          "${local.rds_arn}:subgrp:${module.documentdb.cluster_id}",
        ]
        conditions = []
      },
      {
        sid        = "RemoveOwnInstance"
        actions    = ["rds:DeleteDBInstance"]
        resources  = [local.documents_arns.scaled]
        conditions = [{ test = "StringEquals", variable = "aws:ResourceTag/managed-by", values = ["database-scaler"] }]
      },
      {
        sid        = "SeeClusterKey"
        actions    = ["kms:DescribeKey"]
        resources  = [module.security.key_arns.data]
        conditions = [local.through_rds]
      },
      {
        sid       = "LendClusterKey"
        actions   = ["kms:CreateGrant"]
        resources = [module.security.key_arns.data]
        conditions = [
          local.through_rds, { test = "Bool", variable = "kms:GrantIsForAWSResource", values = ["true"] },
        ]
      },
      {
        sid        = "ReadAlarms"
        actions    = ["cloudwatch:DescribeAlarms"]
        resources  = [for name in values(local.alarm_names) : "${local.arn}:cloudwatch:${var.region}:${var.account_id}:alarm:${name}"]
        conditions = []
      },
    ]
    load_balancer_controller = [
      {
        # The Describe calls of both services know no resources.
        sid = "AnyResourceDescribe"
        actions = [
          "ec2:DescribeAvailabilityZones", "ec2:DescribeInstances", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups",
          "ec2:DescribeSubnets", "ec2:DescribeVpcs", "elasticloadbalancing:DescribeTargetGroupAttributes",
          "elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:DescribeTargetHealth",
        ]
        resources  = ["*"]
        conditions = []
      },
      {
        sid        = "BindPricingTargets"
        actions    = ["elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:RegisterTargets"]
        resources  = [local.pricing_target_group_arn]
        conditions = []
      },
    ]
  }

  # By name, and not from the module's output: the module that makes the target group makes the role too.
  pricing_target_group_arn = "${local.arn}:elasticloadbalancing:${var.region}:${var.account_id}:targetgroup/${local.prefix}-pricing/*"

  # Not by try(), which gives up on an argument with unknown parts, and the number of statements must be known.
  statements = { for name in distinct(concat(keys(local.readers), keys(local.own_statements))) : name => concat(
    lookup(local.secret_statements, name, []), lookup(local.own_statements, name, [])
  ) }

  # Service accounts in the cluster. The controllers' namespaces are those of their own charts.
  workloads = merge(
    { for name in keys(local.workers) : name => {
      namespace       = var.name
      service_account = replace(name, "_", "-")
      statements      = local.statements[name]
    } },
    {
      keda = { namespace = "keda", service_account = "keda-operator", statements = local.statements["keda"] }
      load_balancer_controller = {
        namespace       = "kube-system"
        service_account = "aws-load-balancer-controller"
        statements      = local.statements["load_balancer_controller"]
      }
    },
  )
}

data "aws_partition" "current" {}
