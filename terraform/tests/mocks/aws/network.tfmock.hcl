mock_resource "aws_vpc" {
  defaults = {
    id       = "vpc-0a1b2c3d4e5f60718"
    owner_id = "123456789012"
  }
}

mock_resource "aws_security_group" {
  defaults = {
    id = "sg-0a1b2c3d4e5f60718"
  }
}

mock_resource "aws_vpc_endpoint" {
  defaults = {
    prefix_list_id = "pl-6ea54007"
  }
}
