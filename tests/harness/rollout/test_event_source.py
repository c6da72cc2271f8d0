"""Against boto3's own stub, which holds calls and answers to the form of Lambda's API."""

from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from harness.rollout import event_source
from harness.rollout.errors import AwsRefused, NotDone

UUID = "0b5e9a5c-1f2d-4c56-9a5e-2f6d3a7b8c9d"


@pytest.fixture
def lambda_() -> Any:
    client = boto3.client("lambda", "eu-central-1", aws_access_key_id="a", aws_secret_access_key="b")
    with Stubber(client) as stub:
        client.stub = stub  # type: ignore[attr-defined]
        yield client
        stub.assert_no_pending_responses()


def state(client: Any, name: str, reason: str = "") -> None:
    answer = {"UUID": UUID, "State": name, "StateTransitionReason": reason}
    client.stub.add_response("get_event_source_mapping", answer, {"UUID": UUID})


def enabling(client: Any) -> None:
    answer = {"UUID": UUID, "State": "Enabling"}
    client.stub.add_response("update_event_source_mapping", answer, {"UUID": UUID, "Enabled": True})


def enable(client: Any, seconds: float = 0.0) -> list[str]:
    told: list[str] = []
    now = [0.0]

    def pause(length: float) -> None:
        now[0] += length + seconds

    event_source.enable("notifications", UUID, client, progress=told.append, pause=pause, clock=lambda: now[0])
    return told


def test_a_disabled_one_is_enabled_and_waited_for(lambda_: Any):
    state(lambda_, "Disabled")
    enabling(lambda_)
    state(lambda_, "Enabling")
    state(lambda_, "Enabled")
    assert enable(lambda_) == ["event source notifications: enabling", "event source notifications: enabled"]


def test_an_enabled_one_is_left_alone(lambda_: Any):
    state(lambda_, "Enabled")
    state(lambda_, "Enabled")
    assert enable(lambda_) == ["event source notifications: enabled"]


def test_one_that_stays_as_it_is_is_told_with_the_reason(lambda_: Any):
    state(lambda_, "Disabled")
    enabling(lambda_)
    state(lambda_, "Enabling")
    state(lambda_, "Disabled", "EVENT_SOURCE_AUTHN_ERROR")
    with pytest.raises(NotDone, match=r"notifications is Disabled after 600 s: EVENT_SOURCE_AUTHN_ERROR"):
        enable(lambda_, seconds=700)


def test_a_refusal_is_one_line(lambda_: Any):
    lambda_.stub.add_client_error("get_event_source_mapping", "ResourceNotFoundException", "does not exist")
    with pytest.raises(AwsRefused, match=r"ResourceNotFoundException.*does not exist"):
        enable(lambda_)
