"""Clients of AWS's APIs, and their errors in one line."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError

from harness.inspection.errors import Unreadable

_PATIENCE = Config(connect_timeout=5, read_timeout=30, retries={"total_max_attempts": 4, "mode": "standard"})
_NOT_FOUND = ("NotFound", "DoesNotExist", "NonExistentQueue")


class Clients:
    """boto3's clients by service, made once. `session` has credentials and region; `endpoint_url` stands for AWS."""

    def __init__(self, session: boto3.Session, endpoint_url: str | None = None) -> None:
        self._session = session
        self._endpoint_url = endpoint_url
        self._made: dict[str, Any] = {}

    def __getitem__(self, service: str) -> Any:
        if service not in self._made:
            # Typed loosely: botocore makes a client's methods when it runs.
            make: Any = self._session.client
            self._made[service] = make(service, config=_PATIENCE, endpoint_url=self._endpoint_url)
        return self._made[service]

    def every(self, service: str, operation: str, key: str, **arguments: Any) -> Iterator[Any]:
        """Everything that an operation lists under `key`, page after page."""
        for page in self[service].get_paginator(operation).paginate(**arguments):
            yield from page.get(key, ())


@contextmanager
def readable(what: str) -> Iterator[None]:
    """Within it, botocore's errors are Unreadable, which says in one line what was being read."""
    try:
        yield
    except EndpointConnectionError as error:
        raise Unreadable(f"{what}: {error.kwargs.get('endpoint_url')} does not answer") from error
    except ClientError as error:
        told = error.response.get("Error", {})
        message = " ".join(str(told.get("Message", "")).split())
        raise Unreadable(f"{what}: {error.operation_name}: {told.get('Code')}: {message}") from error
    except BotoCoreError as error:
        raise Unreadable(f"{what}: {' '.join(str(error).split())}") from error


def is_missing(error: ClientError) -> bool:
    """Whether a service says that what was asked for does not exist."""
    code = str(error.response.get("Error", {}).get("Code", ""))
    return any(sign in code for sign in _NOT_FOUND)


def tags(listed: Any) -> Mapping[str, str]:
    """Tags as a mapping."""
    return {tag["Key"]: tag["Value"] for tag in listed}
