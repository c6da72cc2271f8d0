# Who may open a connection to whom. One security group for each function, one for the nodes that all workers share, one
# for each server; rules follow from what functions and workers refer to.

locals {
  roles = merge(
    { for name, function in local.functions : name => {
      description = "Lambda function ${name}"
      # `quotes` alone asks no AWS service.
      calls_aws = name != "quotes"
    } },
    {
      # Lambda's pollers for the RabbitMQ event source live in the broker's own group: they reach the broker there, and
      # Lambda, STS and Secrets Manager on 443. It can never be exchanged, so nothing else may ask for another one.
      broker      = { description = "Amazon MQ broker, and the pollers of its event source", calls_aws = true, internet = true, self_port = module.broker.amqp_port }
      mysql       = { description = "Aurora MySQL cluster" }
      mysql_proxy = { description = "RDS Proxy" }
      documents   = { description = "DocumentDB cluster" }
      pricing     = { description = "Load balancer of the pricing service" }
      cluster     = { description = "EKS control plane", calls_aws = true }
      # Nodes pull images and charts from the internet besides ECR.
      nodes = { description = "EKS nodes, on which all workers run", calls_aws = true, internet = true }
    },
  )

  # Address by address, then once for each pair: queries refer to two addresses of one server, workers share their nodes.
  references_by_role = merge(
    { for name, function in local.functions : name => distinct(values(function.references)) },
    { nodes = distinct(flatten([for worker in values(local.workers) : values(worker.references)])) },
  )
  referred = flatten([for role, references in local.references_by_role : [
    for reference in references : merge(local.destinations[reference], { from = role }) if contains(keys(local.destinations), reference)
  ]])

  flows = merge(
    { for flow in distinct(local.referred) : "${flow.from}-${flow.role}-${flow.port}" => {
      from        = flow.from
      to          = flow.role
      port        = flow.port
      description = "${flow.from} to ${flow.role}"
    } },
    {
      "mysql_proxy-mysql" = { from = "mysql_proxy", to = "mysql", port = module.mysql.port, description = "RDS Proxy to the cluster" }
      "pricing-nodes" = {
        from = "pricing", to = "nodes", port = local.workers.pricing.port, description = "Load balancer to the pricing pods"
      }
    },
  )
}
