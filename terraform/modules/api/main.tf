locals {
  # One integration and one permission for each function that a route names, however many routes do.
  functions = {
    for key in toset([for r in values(var.routes) : r.function]) : key => var.functions[key]
  }
}

resource "aws_apigatewayv2_api" "this" {
  name          = var.name
  description   = "HTTP endpoints of ${var.name}"
  protocol_type = "HTTP"

  cors_configuration {
    allow_headers  = var.cors.allow_headers
    allow_methods  = var.cors.allow_methods
    allow_origins  = var.cors.allow_origins
    expose_headers = var.cors.expose_headers
    max_age        = var.cors.max_age_s
  }
}

resource "aws_apigatewayv2_authorizer" "jwt" {
  name             = "jwt"
  api_id           = aws_apigatewayv2_api.this.id
  authorizer_type  = "JWT"
  identity_sources = ["$request.header.Authorization"]

  jwt_configuration {
    issuer   = var.jwt.issuer
    audience = var.jwt.audience
  }
}

resource "aws_apigatewayv2_integration" "this" {
  for_each = local.functions

  api_id             = aws_apigatewayv2_api.this.id
  description        = each.value.name
  integration_type   = "AWS_PROXY"
  integration_method = "POST"
  integration_uri    = each.value.alias_invoke_arn
  # Set, because the API's own default is 1.0, whose events the handlers do not read.
  payload_format_version = "2.0"
  timeout_milliseconds   = var.integration_timeout_s * 1000

  lifecycle {
    precondition {
      condition     = each.value.timeout_s < var.integration_timeout_s
      error_message = "The function ${each.key} may run ${each.value.timeout_s} s, but the API waits only ${var.integration_timeout_s} s: set its timeout_s below, or its caller is told of a failure while it goes on."
    }
  }
}

resource "aws_apigatewayv2_route" "this" {
  #checkov:skip=CKV_AWS_309: Each route says "jwt" or "none"; only the health check is open.
  for_each = var.routes

  api_id               = aws_apigatewayv2_api.this.id
  route_key            = each.key
  target               = "integrations/${aws_apigatewayv2_integration.this[each.value.function].id}"
  authorization_type   = each.value.authorization == "jwt" ? "JWT" : "NONE"
  authorizer_id        = each.value.authorization == "jwt" ? aws_apigatewayv2_authorizer.jwt.id : null
  authorization_scopes = length(each.value.scopes) > 0 ? each.value.scopes : null
}

resource "aws_lambda_permission" "this" {
  for_each = local.functions

  statement_id  = "${var.name}-api"
  action        = "lambda:InvokeFunction"
  function_name = each.value.name
  qualifier     = each.value.qualifier
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_stage.this.execution_arn}/*"
}
