resource "aws_db_proxy" "this" {
  name                   = local.proxy_name
  engine_family          = "MYSQL"
  role_arn               = aws_iam_role.proxy.arn
  require_tls            = true
  vpc_subnet_ids         = var.subnet_ids
  vpc_security_group_ids = [var.security_group_ids.proxy]

  # A frozen function keeps its connection to the proxy; after this time a new call opens another.
  idle_client_timeout = 1800

  # On, it would write statements with people's data into the log.
  debug_logging = false

  auth {
    auth_scheme = "SECRETS"
    description = "The application's account"
    iam_auth    = "DISABLED"
    secret_arn  = var.application_secret_arn
  }

  depends_on = [aws_cloudwatch_log_group.proxy, aws_iam_role_policy.proxy]
}

resource "aws_db_proxy_default_target_group" "this" {
  db_proxy_name = aws_db_proxy.this.name

  connection_pool_config {
    connection_borrow_timeout    = var.proxy.borrow_timeout_s
    max_connections_percent      = var.proxy.max_connections_percent
    max_idle_connections_percent = floor(var.proxy.max_connections_percent / 2)
  }
}

resource "aws_db_proxy_target" "this" {
  db_proxy_name         = aws_db_proxy.this.name
  target_group_name     = aws_db_proxy_default_target_group.this.name
  db_cluster_identifier = aws_rds_cluster.this.cluster_identifier

  # A cluster without instances cannot become a target.
  depends_on = [aws_rds_cluster_instance.this]
}

resource "aws_db_proxy_endpoint" "read_only" {
  db_proxy_name          = aws_db_proxy.this.name
  db_proxy_endpoint_name = "${local.proxy_name}-read-only"
  target_role            = "READ_ONLY"
  vpc_subnet_ids         = var.subnet_ids
  vpc_security_group_ids = [var.security_group_ids.proxy]
}
