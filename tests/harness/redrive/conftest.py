"""A queue of SQS, and the account for it where boto3 looks."""

import uuid
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from harness.services import Endpoints


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Region and credentials in the environment."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")


@pytest.fixture
def sqs(aws: None, endpoints: Endpoints) -> Iterator[tuple[Any, str]]:
    """boto3's client and the URL of a queue of its own."""
    client: Any = boto3.client("sqs", endpoint_url=endpoints.sqs.endpoint_url)
    url = client.create_queue(QueueName=f"test-{uuid.uuid4()}")["QueueUrl"]
    yield client, url
    client.delete_queue(QueueUrl=url)
