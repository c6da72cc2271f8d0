mock_resource "aws_rds_cluster" {
  defaults = {
    arn             = "arn:aws:rds:eu-central-1:123456789012:cluster:mocked"
    endpoint        = "mocked.cluster-abcdefghijkl.eu-central-1.rds.amazonaws.com"
    reader_endpoint = "mocked.cluster-ro-abcdefghijkl.eu-central-1.rds.amazonaws.com"
    master_user_secret = [{
      kms_key_id    = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"
      secret_arn    = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds!cluster-mocked-AbCdEf"
      secret_status = "active"
    }]
  }
}

mock_resource "aws_db_proxy" {
  defaults = {
    arn      = "arn:aws:rds:eu-central-1:123456789012:db-proxy:prx-mocked"
    endpoint = "mocked.proxy-abcdefghijkl.eu-central-1.rds.amazonaws.com"
  }
}

mock_resource "aws_db_proxy_endpoint" {
  defaults = {
    endpoint = "mocked-read-only.endpoint.proxy-abcdefghijkl.eu-central-1.rds.amazonaws.com"
  }
}

mock_resource "aws_db_proxy_default_target_group" {
  defaults = {
    # RDS has no other name for it, and a made-up one may begin with a digit, which the provider refuses.
    name = "default"
  }
}
