# ECR keeps image layers in a bucket of its own; nothing else in the stack uses S3, so nothing else passes.
data "aws_iam_policy_document" "s3" {
  #checkov:skip=CKV_AWS_283: ECR hands out layers by presigned URLs of its own, so no principal of this account could be named; the bucket is
  statement {
    sid       = "AnyPrincipalReadsImageLayers"
    actions   = ["s3:GetObject"]
    resources = ["arn:${data.aws_partition.this.partition}:s3:::prod-${var.region}-starport-layer-bucket/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }
}

resource "aws_vpc_endpoint" "s3" {
  vpc_id            = aws_vpc.this.id
  service_name      = "com.amazonaws.${var.region}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [for table in aws_route_table.private : table.id]
  policy            = data.aws_iam_policy_document.s3.json

  tags = { Name = "${var.name}-s3" }
}

resource "aws_vpc_endpoint" "interface" {
  for_each = var.interface_endpoints

  vpc_id              = aws_vpc.this.id
  service_name        = "com.amazonaws.${var.region}.${each.key}"
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = true
  security_group_ids  = [aws_security_group.endpoints.id]
  subnet_ids          = [for zone in var.availability_zones : aws_subnet.private[zone].id]

  tags = { Name = "${var.name}-${each.key}" }
}

resource "aws_security_group" "endpoints" {
  name        = "${var.name}-endpoints"
  description = "Access is given by rules that are resources of their own."
  vpc_id      = aws_vpc.this.id

  tags = { Name = "${var.name}-endpoints" }
}
