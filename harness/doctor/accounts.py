"""AWS accounts: whether there are credentials, whether AWS takes them, and whose they are."""

from pathlib import Path
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from harness.delivery import DeliveryError, working_copy
from harness.doctor.probes import Finding

_LIMIT_S = 1.5
_LOGIN = "aws sso login, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and its companions"
_EXPIRED = ("ExpiredToken", "ExpiredTokenException", "RequestExpired")


def credentials(source: Path, environment: str) -> Finding:
    """Credentials for the account of `environment`, of the Terraform configuration `source`."""
    try:
        account = working_copy.account(source, environment)
    except DeliveryError as error:
        return Finding(str(error), lacks=f"the account of {environment}", run=f"correct envs/{environment}.tfvars")
    session = botocore.session.Session()
    session.set_config_variable("metadata_service_timeout", 1)
    try:
        found = session.get_credentials()
    except BotoCoreError as error:
        return Finding(str(error).splitlines()[0], lacks="AWS credentials", run=_LOGIN)
    if found is None:
        return Finding("none found", lacks="AWS credentials", run=_LOGIN)
    try:
        caller = _caller(session)
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        lacks = "credentials that have not expired" if code in _EXPIRED else f"credentials that AWS takes ({code})"
        return Finding(f"found ({found.method}), and refused", lacks=lacks, run=_LOGIN)
    except BotoCoreError as error:
        return Finding(str(error).splitlines()[0], lacks="an answer of AWS's STS to the credentials", run=_LOGIN)
    detail = f"{caller['Arn']} ({found.method})"
    if caller["Account"] != account:
        lacks = f"credentials of account {account}: these are of {caller['Account']}"
        return Finding(detail, lacks=lacks, run=f"take those of {account}, or correct envs/{environment}.tfvars")
    return Finding(detail)


def _caller(session: botocore.session.Session) -> dict[str, Any]:
    patience = Config(
        connect_timeout=_LIMIT_S, read_timeout=_LIMIT_S, retries={"total_max_attempts": 1, "mode": "standard"}
    )
    client: Any = session.create_client(
        "sts", region_name=session.get_config_variable("region") or "us-east-1", config=patience
    )
    answer: dict[str, Any] = client.get_caller_identity()
    return answer
