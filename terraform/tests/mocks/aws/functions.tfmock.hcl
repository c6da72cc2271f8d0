# Lambda's ARNs, which other resources of the stack check for their shape.

mock_resource "aws_lambda_function" {
  defaults = {
    arn     = "arn:aws:lambda:eu-central-1:123456789012:function:mocked"
    version = "7"
  }
}

mock_resource "aws_lambda_alias" {
  defaults = {
    arn        = "arn:aws:lambda:eu-central-1:123456789012:function:mocked:live"
    invoke_arn = "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-central-1:123456789012:function:mocked:live/invocations"
  }
}

mock_resource "aws_lambda_event_source_mapping" {
  defaults = {
    state = "Enabled"
    uuid  = "11111111-2222-3333-4444-555555555555"
  }
}
