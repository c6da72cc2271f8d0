# API Gateway's ids and ARNs, which permissions and the stage's address are made of.

mock_resource "aws_apigatewayv2_api" {
  defaults = {
    id            = "a1b2c3d4e5"
    api_endpoint  = "https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com"
    execution_arn = "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3d4e5"
  }
}

mock_resource "aws_apigatewayv2_authorizer" {
  defaults = {
    id = "authoriz"
  }
}

mock_resource "aws_apigatewayv2_integration" {
  defaults = {
    id = "integrat"
  }
}

mock_resource "aws_apigatewayv2_stage" {
  defaults = {
    execution_arn = "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3d4e5/$default"
    invoke_url    = "https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com/"
  }
}
