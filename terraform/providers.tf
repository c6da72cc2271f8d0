provider "aws" {
  region = var.region
  # An offline plan (`make stack`) asks AWS nothing, so it cannot learn whose account it is either.
  allowed_account_ids         = var.offline ? null : [var.account_id]
  skip_credentials_validation = var.offline
  skip_metadata_api_check     = var.offline
  skip_region_validation      = var.offline
  skip_requesting_account_id  = var.offline

  # database_scaler notes on the cluster when it last acted; an apply must not take that away.
  ignore_tags {
    keys = ["database-scaler:acted-at"]
  }

  default_tags {
    tags = {
      Environment = var.environment
      ManagedBy   = "terraform"
      Stack       = var.name
    }
  }
}
