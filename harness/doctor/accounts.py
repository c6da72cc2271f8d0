"""AWS accounts: whether there are credentials, whether AWS takes them, and whose they are."""

from pathlib import Path

from harness.delivery import DeliveryError, credentials, working_copy
from harness.doctor.probes import Finding

_LIMIT_S = 1.5
_LOGIN = "aws sso login, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"


def of(source: Path, environment: str) -> Finding:
    """Credentials for the account of `environment`, of the Terraform configuration `source`."""
    try:
        wanted = working_copy.value(source, environment, "account_id")
        region = working_copy.value(source, environment, "region")
    except DeliveryError as error:
        return Finding(str(error), lacks=f"the account of {environment}", run=f"correct envs/{environment}.tfvars")
    try:
        found = credentials.account(region, limit_s=_LIMIT_S)
    except DeliveryError as error:
        what = str(error).partition("; ")[0]
        return Finding(what, lacks=f"AWS credentials of account {wanted}", run=_LOGIN)
    if found != wanted:
        run = f"take those of {wanted}, or correct envs/{environment}.tfvars"
        return Finding(f"credentials of account {found}", lacks=f"AWS credentials of account {wanted}", run=run)
    return Finding(f"credentials of account {found}")
