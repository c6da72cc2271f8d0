locals {
  # Nothing that a client may write as it likes (path, query, user agent): a quotation mark there would break the line.
  access_log = {
    authorizerError      = "$context.authorizer.error"
    error                = "$context.error.responseType"
    httpMethod           = "$context.httpMethod"
    integrationError     = "$context.integrationErrorMessage"
    integrationLatencyMs = "$context.integrationLatency"
    integrationRequestId = "$context.integration.requestId"
    integrationStatus    = "$context.integration.integrationStatus"
    functionStatus       = "$context.integration.status"
    protocol             = "$context.protocol"
    requestId            = "$context.requestId"
    requestTime          = "$context.requestTime"
    responseLatencyMs    = "$context.responseLatency"
    responseLength       = "$context.responseLength"
    routeKey             = "$context.routeKey"
    sourceIp             = "$context.identity.sourceIp"
    stage                = "$context.stage"
    status               = "$context.status"
    sub                  = "$context.authorizer.claims.sub"
  }
}

# The prefix spares the account's one resource policy for log delivery, which holds only so many groups.
resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/vendedlogs/apigateway/${var.name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.log_kms_key_arn
}

resource "aws_apigatewayv2_stage" "this" {
  api_id      = aws_apigatewayv2_api.this.id
  name        = var.stage
  auto_deploy = true

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.this.arn
    format          = jsonencode(local.access_log)
  }

  # Both limits are set: one left out would be 0, which refuses every request.
  default_route_settings {
    detailed_metrics_enabled = true
    throttling_burst_limit   = var.throttle.burst
    throttling_rate_limit    = var.throttle.rate_per_s
  }

  dynamic "route_settings" {
    for_each = { for key, r in var.routes : key => r.throttle if r.throttle != null }

    content {
      route_key = route_settings.key
      # A route's settings replace the stage's altogether, so its metrics are switched on again.
      detailed_metrics_enabled = true
      throttling_burst_limit   = route_settings.value.burst
      throttling_rate_limit    = route_settings.value.rate_per_s
    }
  }

  # AWS refuses settings for a route that it does not have yet.
  depends_on = [aws_apigatewayv2_route.this]
}
