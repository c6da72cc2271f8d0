"""Whose credentials Terraform would use, asked before it starts: its own answer to missing ones is a page."""

from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from harness.delivery.errors import CredentialsError

_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})


def account(region: str, *, session: Callable[[], Any] = boto3.Session, limit_s: float = 10) -> str:
    """The account of this machine's AWS credentials, as STS tells it. Each of two tries ends after `limit_s` seconds.

    Raises CredentialsError, in one line, where there are none, where they have expired, and where nobody answers.
    """
    config = Config(connect_timeout=limit_s, read_timeout=limit_s, retries={"total_max_attempts": 2})
    try:
        return str(session().client("sts", region_name=region, config=config).get_caller_identity()["Account"])
    except ClientError as error:
        code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
        if code in _EXPIRED:
            raise CredentialsError("AWS credentials: expired; sign in again (`aws sso login`, or new keys)") from None
        raise CredentialsError(f"AWS credentials: AWS refuses them ({code}: {message})") from None
    except BotoCoreError as error:
        name = type(error).__name__
        if name in ("NoCredentialsError", "PartialCredentialsError"):
            raise CredentialsError(
                "AWS credentials: there are none; sign in (`aws sso login`), or set AWS_PROFILE, or AWS_ACCESS_KEY_ID "
                "and AWS_SECRET_ACCESS_KEY"
            ) from None
        if "Token" in name or "SSO" in name:
            raise CredentialsError(f"AWS credentials: expired; sign in again (`aws sso login`): {error}") from None
        raise CredentialsError(f"AWS credentials: cannot be checked: {error}") from None
