mock_resource "aws_sqs_queue" {
  defaults = {
    id  = "https://sqs.eu-central-1.amazonaws.com/123456789012/mocked"
    url = "https://sqs.eu-central-1.amazonaws.com/123456789012/mocked"
    arn = "arn:aws:sqs:eu-central-1:123456789012:mocked"
  }
}
