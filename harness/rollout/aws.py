"""Calls of AWS: clients for a region, and refusals in one line."""

from collections.abc import Callable
from typing import Any, TypeVar

from harness.rollout.errors import AwsRefused

Answer = TypeVar("Answer")


def client(service: str, region: str) -> Any:
    """A boto3 client. Credentials come from where boto3 looks for them. Raises AwsRefused where there are none."""
    import boto3  # a third of a second that only a real rollout pays
    import botocore.exceptions

    make: Any = boto3.client  # typed for each service's name, of which one is asked for here
    try:
        return make(service, region_name=region)
    except botocore.exceptions.BotoCoreError as error:
        raise AwsRefused(f"{service}: {error}") from None


def call(ask: Callable[[], Answer]) -> Answer:
    """The answer of one call. Raises AwsRefused with what AWS said."""
    import botocore.exceptions

    try:
        return ask()
    except botocore.exceptions.NoCredentialsError:
        raise AwsRefused("AWS: there are no credentials; `aws sso login`, or AWS_PROFILE, gives them") from None
    except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
        raise AwsRefused(f"AWS: {error}") from None
