terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }

  # Bucket, key and lock come by -backend-config from envs/<env>.s3.tfbackend; nothing here names an account.
  backend "s3" {}
}
