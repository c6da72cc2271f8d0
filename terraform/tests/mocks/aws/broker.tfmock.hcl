mock_resource "aws_mq_broker" {
  defaults = {
    id  = "b-1234a5b6-78cd-901e-2fab-3c45d6e17819"
    arn = "arn:aws:mq:eu-central-1:123456789012:broker:mocked:b-1234a5b6-78cd-901e-2fab-3c45d6e17819"
    instances = [{
      console_url = "https://b-1234a5b6-78cd-901e-2fab-3c45d6e17819.mq.eu-central-1.on.aws"
      endpoints   = ["amqps://b-1234a5b6-78cd-901e-2fab-3c45d6e17819.mq.eu-central-1.on.aws:5671"]
      ip_address  = ""
    }]
  }
}

mock_resource "aws_mq_configuration" {
  defaults = {
    id              = "c-fa3390a5-7e01-4559-ae0c-eb15b38b22ca"
    arn             = "arn:aws:mq:eu-central-1:123456789012:configuration:c-fa3390a5-7e01-4559-ae0c-eb15b38b22ca"
    latest_revision = 2
  }
}
