mock_resource "aws_docdb_cluster" {
  defaults = {
    arn             = "arn:aws:rds:eu-central-1:123456789012:cluster:mocked"
    endpoint        = "mocked.cluster-abcdefghijkl.eu-central-1.docdb.amazonaws.com"
    reader_endpoint = "mocked.cluster-ro-abcdefghijkl.eu-central-1.docdb.amazonaws.com"
    master_user_secret = [{
      kms_key_id    = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"
      secret_arn    = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds!cluster-mocked-GhIjKl"
      secret_status = "active"
    }]
  }
}
