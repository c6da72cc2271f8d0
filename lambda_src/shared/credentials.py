"""Credentials: a literal in the environment, or a secret in Secrets Manager."""

import json
from dataclasses import dataclass, field

from shared.errors import ConfigError, Unavailable


@dataclass(frozen=True)
class Credentials:
    """A user of a server."""

    username: str
    password: str = field(repr=False)


class CredentialSource:
    """What the environment variable `name` holds: `{"username": …, "password": …}`, or the ARN of such a secret.

    A secret is fetched when first needed and kept until `forget`, so that a rotated one is read again after a
    refused login, and only then.
    """

    def __init__(self, name: str, reference: str) -> None:
        self._name = name
        self._arn = reference if reference.startswith("arn:") else None
        self._known = None if self._arn else _parse(name, reference)

    def get(self) -> Credentials:
        """The credentials. Raises Unavailable where Secrets Manager does not give them."""
        if self._known is None:
            assert self._arn is not None
            self._known = _parse(self._name, _fetch(self._arn))
        return self._known

    def forget(self) -> None:
        """The server refused them: fetch again next time. A literal stays."""
        if self._arn:
            self._known = None


def _fetch(arn: str) -> str:
    # Here and not above: botocore costs more to import than the rest of a function together.
    from botocore.exceptions import BotoCoreError, ClientError

    from shared import aws

    try:
        secret: str = aws.client("secretsmanager", attempts=2).get_secret_value(SecretId=arn)["SecretString"]
    except (BotoCoreError, ClientError) as error:
        raise Unavailable("Secrets Manager", type(error).__name__) from error
    return secret


def _parse(name: str, text: str) -> Credentials:
    # No value and no cause in the message: it would carry the secret into the log.
    try:
        value = json.loads(text)
        username, password = value["username"], value["password"]
    except (ValueError, TypeError, KeyError):
        username = password = None
    if not isinstance(username, str) or not isinstance(password, str):
        raise ConfigError(f'{name} must be {{"username": …, "password": …}} or the ARN of a secret that holds this')
    return Credentials(username, password)
