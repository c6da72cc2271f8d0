output "endpoint" {
  description = "URL of the stage, without a slash at its end."
  value       = trimsuffix(aws_apigatewayv2_stage.this.invoke_url, "/")
}

output "execution_arn" {
  description = "ARN prefix of calls to this stage, as a permission's source."
  value       = aws_apigatewayv2_stage.this.execution_arn
}

output "id" {
  description = "Id of the API; the dimension ApiId of its metrics."
  value       = aws_apigatewayv2_api.this.id
}

output "route_keys" {
  description = "Keys of the routes, sorted; known while planning."
  value       = keys(var.routes)
}

output "stage_name" {
  description = "Name of the stage; known while planning."
  value       = var.stage
}
