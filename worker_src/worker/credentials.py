"""Accounts: a JSON literal, or the ARN of a Secrets Manager secret that holds one."""

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Credentials:
    """An account of a server."""

    username: str
    password: str = field(repr=False)


def resolve(text: str) -> Credentials:
    """The account in `text`, or in the secret that it names.

    Raises ValueError with the cause; the message never holds the text itself.
    """
    secret = _fetch(text) if text.startswith("arn:") else text
    try:
        value = json.loads(secret)
    except ValueError:
        raise ValueError('must be {"username": …, "password": …} as JSON, or the ARN of such a secret') from None
    if not isinstance(value, dict) or not all(
        isinstance(value.get(name), str) and value[name] for name in ("username", "password")
    ):
        raise ValueError('must have "username" and "password", both text and not empty')
    return Credentials(value["username"], value["password"])


def _fetch(arn: str) -> str:
    import boto3  # a third of a second that only those who need it pay
    import botocore.exceptions

    try:
        region = arn.split(":")[3]
        client: Any = boto3.client("secretsmanager", region_name=region)
        return str(client.get_secret_value(SecretId=arn)["SecretString"])
    except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError, IndexError, KeyError) as error:
        raise ValueError(f"the secret {arn} cannot be read: {error}") from None
