# The HTTP API: which route reaches which function under which conditions, and each input that is refused.

mock_provider "aws" {
  source          = "./tests/mocks/aws"
  override_during = plan
}

variables {
  name                  = "orders-test"
  stage                 = "$default"
  integration_timeout_s = 30
  log_kms_key_arn       = "arn:aws:kms:eu-central-1:123456789012:key/22222222-2222-2222-2222-222222222222"
  log_retention_days    = 30

  cors = {
    allow_headers  = ["authorization", "idempotency-key"]
    allow_methods  = ["GET", "POST"]
    allow_origins  = ["https://shop.orders.example"]
    expose_headers = ["etag"]
    max_age_s      = 600
  }

  functions = {
    queries = {
      alias_arn        = "arn:aws:lambda:eu-central-1:123456789012:function:orders-test-queries:live"
      alias_invoke_arn = "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-central-1:123456789012:function:orders-test-queries:live/invocations"
      name             = "orders-test-queries"
      qualifier        = "live"
      timeout_s        = 10
    }
    relay = {
      alias_arn        = "arn:aws:lambda:eu-central-1:123456789012:function:orders-test-relay:live"
      alias_invoke_arn = "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-central-1:123456789012:function:orders-test-relay:live/invocations"
      name             = "orders-test-relay"
      qualifier        = "live"
      timeout_s        = 60
    }
    users = {
      alias_arn        = "arn:aws:lambda:eu-central-1:123456789012:function:orders-test-users:live"
      alias_invoke_arn = "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-central-1:123456789012:function:orders-test-users:live/invocations"
      name             = "orders-test-users"
      qualifier        = "live"
      timeout_s        = 10
    }
  }

  jwt = {
    audience = ["orders-api"]
    issuer   = "https://identity.orders.example/"
  }

  routes = {
    "GET /v1/health" = {
      authorization = "none"
      function      = "queries"
    }
    "GET /v1/orders/{id}" = {
      authorization = "jwt"
      function      = "queries"
      scopes        = ["orders:read"]
    }
    "POST /v1/users" = {
      authorization = "jwt"
      function      = "users"
      throttle      = { rate_per_s = 50, burst = 60 }
    }
  }

  throttle = {
    burst      = 250
    rate_per_s = 500
  }
}

run "each_function_has_one_integration_of_its_alias" {
  command = plan

  module {
    source = "./modules/api"
  }

  assert {
    condition     = keys(aws_apigatewayv2_integration.this) == ["queries", "users"]
    error_message = "Functions that a route names have an integration, and no others."
  }

  assert {
    condition     = alltrue([for key, i in aws_apigatewayv2_integration.this : i.integration_uri == var.functions[key].alias_invoke_arn])
    error_message = "An integration calls the alias."
  }

  assert {
    condition     = alltrue([for i in aws_apigatewayv2_integration.this : i.payload_format_version == "2.0" && i.integration_type == "AWS_PROXY"])
    error_message = "Handlers get payload 2.0."
  }

  assert {
    condition     = alltrue([for i in aws_apigatewayv2_integration.this : i.timeout_milliseconds == 30000])
    error_message = "The timeout is the given one, in milliseconds."
  }

  assert {
    condition     = alltrue([for key, r in aws_apigatewayv2_route.this : r.target == "integrations/${aws_apigatewayv2_integration.this[var.routes[key].function].id}"])
    error_message = "A route goes to its function's integration."
  }
}

run "a_route_asks_for_a_token_unless_it_says_none" {
  command = plan

  module {
    source = "./modules/api"
  }

  assert {
    condition     = aws_apigatewayv2_route.this["GET /v1/health"].authorization_type == "NONE" && aws_apigatewayv2_route.this["GET /v1/health"].authorizer_id == null
    error_message = "The health check is open."
  }

  assert {
    condition     = aws_apigatewayv2_route.this["POST /v1/users"].authorization_type == "JWT" && aws_apigatewayv2_route.this["POST /v1/users"].authorizer_id == aws_apigatewayv2_authorizer.jwt.id
    error_message = "A jwt route has the authorizer."
  }

  assert {
    condition     = aws_apigatewayv2_route.this["GET /v1/orders/{id}"].authorization_scopes == toset(["orders:read"])
    error_message = "A route's scopes are asked for."
  }

  assert {
    condition     = aws_apigatewayv2_authorizer.jwt.jwt_configuration[0].issuer == "https://identity.orders.example/" && aws_apigatewayv2_authorizer.jwt.jwt_configuration[0].audience == toset(["orders-api"])
    error_message = "Tokens are of the given issuer, for the given audience."
  }

  assert {
    condition     = aws_apigatewayv2_authorizer.jwt.identity_sources == toset(["$request.header.Authorization"])
    error_message = "Tokens come in the Authorization header."
  }
}

run "a_route_has_the_stages_throttle_or_its_own" {
  command = plan

  module {
    source = "./modules/api"
  }

  assert {
    condition     = aws_apigatewayv2_stage.this.default_route_settings[0].throttling_rate_limit == 500 && aws_apigatewayv2_stage.this.default_route_settings[0].throttling_burst_limit == 250
    error_message = "The stage's throttle is the given one."
  }

  assert {
    condition     = one(aws_apigatewayv2_stage.this.route_settings).route_key == "POST /v1/users" && one(aws_apigatewayv2_stage.this.route_settings).throttling_rate_limit == 50 && one(aws_apigatewayv2_stage.this.route_settings).throttling_burst_limit == 60
    error_message = "Only the route with a throttle has settings, and they are its own."
  }

  assert {
    condition     = aws_apigatewayv2_stage.this.default_route_settings[0].detailed_metrics_enabled && one(aws_apigatewayv2_stage.this.route_settings).detailed_metrics_enabled
    error_message = "Every route has metrics of its own."
  }

  assert {
    condition     = aws_apigatewayv2_stage.this.auto_deploy
    error_message = "A change is deployed at once."
  }
}

run "only_this_stage_may_call_the_alias" {
  command = plan

  module {
    source = "./modules/api"
  }

  assert {
    condition     = keys(aws_lambda_permission.this) == ["queries", "users"]
    error_message = "Functions that a route names may be called, and no others."
  }

  assert {
    condition     = alltrue([for key, p in aws_lambda_permission.this : p.function_name == var.functions[key].name && p.qualifier == "live"])
    error_message = "The permission is on the alias."
  }

  assert {
    condition     = alltrue([for p in aws_lambda_permission.this : p.principal == "apigateway.amazonaws.com" && p.action == "lambda:InvokeFunction"])
    error_message = "The caller is API Gateway."
  }

  assert {
    condition     = alltrue([for p in aws_lambda_permission.this : p.source_arn == "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3d4e5/$default/*"])
    error_message = "The caller is this API's stage."
  }
}

run "the_access_log_is_json_with_what_an_operator_asks_for" {
  command = plan

  module {
    source = "./modules/api"
  }

  assert {
    condition     = length(setsubtract(["requestId", "routeKey", "status", "sub", "responseLatencyMs", "integrationLatencyMs", "integrationError", "integrationStatus", "authorizerError", "sourceIp"], keys(jsondecode(aws_apigatewayv2_stage.this.access_log_settings[0].format)))) == 0
    error_message = "The log tells who asked for what, how it ended and how long it took."
  }

  assert {
    condition     = alltrue([for v in values(jsondecode(aws_apigatewayv2_stage.this.access_log_settings[0].format)) : !contains(["$context.path", "$context.identity.userAgent"], v)])
    error_message = "The log takes nothing that a client writes as it likes."
  }

  assert {
    condition     = length(aws_apigatewayv2_stage.this.access_log_settings[0].format) <= 3072
    error_message = "The format is within AWS's 3 KB."
  }

  assert {
    condition     = aws_apigatewayv2_stage.this.access_log_settings[0].destination_arn == aws_cloudwatch_log_group.this.arn
    error_message = "The log goes to our group."
  }

  assert {
    condition     = aws_cloudwatch_log_group.this.name == "/aws/vendedlogs/apigateway/orders-test" && aws_cloudwatch_log_group.this.retention_in_days == 30 && aws_cloudwatch_log_group.this.kms_key_id == var.log_kms_key_arn
    error_message = "The group has an end and a key."
  }
}

run "browsers_may_do_what_cors_says" {
  command = plan

  module {
    source = "./modules/api"
  }

  assert {
    condition     = aws_apigatewayv2_api.this.cors_configuration[0].allow_origins == toset(["https://shop.orders.example"]) && aws_apigatewayv2_api.this.cors_configuration[0].allow_methods == toset(["GET", "POST"]) && aws_apigatewayv2_api.this.cors_configuration[0].allow_headers == toset(["authorization", "idempotency-key"])
    error_message = "Origins, methods and headers are the given ones."
  }

  assert {
    condition     = aws_apigatewayv2_api.this.cors_configuration[0].expose_headers == toset(["etag"]) && aws_apigatewayv2_api.this.cors_configuration[0].max_age == 600
    error_message = "Exposed headers and the preflight's age are the given ones."
  }

  assert {
    condition     = coalesce(aws_apigatewayv2_api.this.cors_configuration[0].allow_credentials, false) == false
    error_message = "Tokens come in a header; cookies are not allowed."
  }
}

run "outputs_name_the_stage_and_its_routes" {
  command = plan

  module {
    source = "./modules/api"
  }

  assert {
    condition     = output.endpoint == "https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com"
    error_message = "The endpoint has no slash at its end."
  }

  assert {
    condition     = output.route_keys == tolist(["GET /v1/health", "GET /v1/orders/{id}", "POST /v1/users"])
    error_message = "Route keys are known and sorted."
  }

  assert {
    condition     = output.stage_name == "$default" && output.id == "a1b2c3d4e5"
    error_message = "Stage and API are named."
  }
}

run "origins_must_be_listed" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    cors = merge(var.cors, { allow_origins = ["*"] })
  }

  expect_failures = [var.cors]
}

run "cors_methods_must_be_methods" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    cors = merge(var.cors, { allow_methods = ["get"] })
  }

  expect_failures = [var.cors]
}

run "cors_headers_must_be_lower_case" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    cors = merge(var.cors, { allow_headers = ["Authorization"] })
  }

  expect_failures = [var.cors]
}

run "preflight_age_must_be_within_a_day" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    cors = merge(var.cors, { max_age_s = 86401 })
  }

  expect_failures = [var.cors]
}

run "integration_timeout_must_be_within_awss_limit" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    integration_timeout_s = 31
  }

  expect_failures = [var.integration_timeout_s]
}

run "issuer_must_be_https" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    jwt = merge(var.jwt, { issuer = "http://identity.orders.example/" })
  }

  expect_failures = [var.jwt]
}

run "audience_must_not_be_empty" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    jwt = merge(var.jwt, { audience = [] })
  }

  expect_failures = [var.jwt]
}

run "retention_must_be_one_of_cloudwatchs" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    log_retention_days = 31
  }

  expect_failures = [var.log_retention_days]
}

run "name_must_be_a_prefix" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    name = "Orders"
  }

  expect_failures = [var.name]
}

run "an_api_must_have_routes" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    routes = {}
  }

  expect_failures = [var.routes]
}

run "route_keys_must_be_method_and_path" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    routes = merge(var.routes, {
      "get v1/products" = { authorization = "jwt", function = "queries" }
    })
  }

  expect_failures = [var.routes]
}

run "authorization_must_be_jwt_or_none" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    routes = merge(var.routes, {
      "GET /v1/products" = { authorization = "iam", function = "queries" }
    })
  }

  expect_failures = [var.routes]
}

run "scopes_need_a_token" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    routes = merge(var.routes, {
      "GET /v1/products" = { authorization = "none", function = "queries", scopes = ["orders:read"] }
    })
  }

  expect_failures = [var.routes]
}

run "a_route_must_name_a_function" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    routes = merge(var.routes, {
      "GET /v1/products" = { authorization = "jwt", function = "products" }
    })
  }

  expect_failures = [var.routes]
}

run "a_routes_throttle_must_let_something_through" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    routes = merge(var.routes, {
      "GET /v1/products" = { authorization = "jwt", function = "queries", throttle = { rate_per_s = 0, burst = 1 } }
    })
  }

  expect_failures = [var.routes]
}

run "stage_must_be_a_stage_name" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    stage = "v1/beta"
  }

  expect_failures = [var.stage]
}

run "the_throttle_must_let_something_through" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    throttle = { rate_per_s = 500, burst = 0 }
  }

  expect_failures = [var.throttle]
}

run "a_function_must_end_before_the_api_gives_up" {
  command = plan

  module {
    source = "./modules/api"
  }

  variables {
    routes = merge(var.routes, {
      "GET /v1/products" = { authorization = "jwt", function = "relay" }
    })
  }

  expect_failures = [aws_apigatewayv2_integration.this]
}
