import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.rabbitmq_event import Delivery, deliveries


def event(data: object, queue: str = "notifications::/", **properties: object) -> dict[str, Any]:
    message = {"basicProperties": properties, "redelivered": False, "data": data}
    return {"eventSource": "aws:rmq", "rmqMessagesByQueue": {queue: [message]}}


@given(st.binary())
def test_a_body_comes_as_it_was_published(body: bytes) -> None:
    [delivery] = deliveries(event(base64.b64encode(body).decode()))
    assert delivery == Delivery("notifications", body, None, None)


def test_the_form_in_which_aws_gives_properties() -> None:
    headers = {"traceparent": {"bytes": list(b"00-a")}, "x-attempts": 3}
    [delivery] = deliveries(event("eA==", "q::v::w", messageId="id-1", headers=headers))
    assert delivery == Delivery("q", b"x", "id-1", "00-a")


@pytest.mark.parametrize("header", [{"bytes": [256]}, {"bytes": [0xFF]}, {}, 7, None])
def test_a_header_that_is_no_text(header: object) -> None:
    [delivery] = deliveries(event("eA==", headers={"traceparent": header}))
    assert delivery.traceparent is None


@pytest.mark.parametrize("data", ["*", "a", "é"])
def test_data_that_is_no_base64_is_kept(data: str) -> None:
    [delivery] = deliveries(event(data))
    assert delivery.body == data.encode()


def test_properties_that_are_missing() -> None:
    message = {"data": "eA==", "basicProperties": None}
    [delivery] = deliveries({"rmqMessagesByQueue": {"q::/": [message]}})
    assert delivery == Delivery("q", b"x", None, None)
