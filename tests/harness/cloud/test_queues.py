"""Queues of a stack at a real emulator of SQS."""

import json
from typing import Any

import boto3
import pytest

from harness.cloud.queues import QueuesError, create
from tests.harness.cloud.workbench import STACK, Workbench


def attributes(endpoint: str, url: str) -> dict[str, Any]:
    client: Any = boto3.client(
        "sqs",
        endpoint_url=endpoint,
        region_name="eu-central-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    value: dict[str, Any] = client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return value


def test_creates_what_the_stack_says_and_may_be_repeated(bench: Workbench, sqs_endpoint: str) -> None:
    bench.description["queues"] = STACK["queues"]
    urls = create(sqs_endpoint, bench.stack)
    assert set(urls) == {"overflow", "overflow-dead-letters"}
    assert create(sqs_endpoint, bench.stack) == urls
    overflow = attributes(sqs_endpoint, urls["overflow"])
    dead = attributes(sqs_endpoint, urls["overflow-dead-letters"])
    assert overflow["VisibilityTimeout"] == "120"
    assert overflow["MessageRetentionPeriod"] == "1209600"
    assert json.loads(overflow["RedrivePolicy"]) == {
        "deadLetterTargetArn": dead["QueueArn"],
        "maxReceiveCount": 1000,
    }
    assert "RedrivePolicy" not in dead


def test_a_proxy_of_the_environment_is_not_asked(
    bench: Workbench, sqs_endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    bench.description["queues"] = STACK["queues"]
    assert create(sqs_endpoint, bench.stack)


def test_follows_a_changed_stack(bench: Workbench, sqs_endpoint: str) -> None:
    bench.description["name"] = "changed"
    bench.description["queues"] = {"work": {"visibility_timeout_s": 10, "retention_s": 60}}
    (url,) = create(sqs_endpoint, bench.stack).values()
    bench.description["queues"]["work"]["visibility_timeout_s"] = 20
    assert create(sqs_endpoint, bench.stack) == {"work": url}
    assert attributes(sqs_endpoint, url)["VisibilityTimeout"] == "20"


def test_names_the_endpoint_that_does_not_answer(bench: Workbench) -> None:
    bench.description["queues"] = STACK["queues"]
    with pytest.raises(QueuesError, match=r"SQS at http://127\.0\.0\.1:1"):
        create("http://127.0.0.1:1", bench.stack)
