"""What a parked message tells, however it came there."""

from datetime import UTC, datetime
from typing import Any

import pika
import pytest

from contracts import identity, messages, topology
from harness.redrive.parked import Parked, from_broker, from_sqs
from shared.parking import parked as parked_by_function
from worker.broker import Delivery
from worker.broker import parked as parked_by_worker

ORDER = {"order_id": identity.order_id("ann", "x")}
COMMAND = messages.command(messages.CANCEL, "ann", "x", ORDER)
BODY = messages.encode(COMMAND)


def look(body: bytes = BODY, routing_key: str = "", **properties: Any) -> Parked:
    return from_broker("here", 1, routing_key, pika.BasicProperties(**properties), body)


def test_what_a_worker_parks() -> None:
    delivery = Delivery(
        tag=7,
        body=BODY,
        message_id=COMMAND.message_id,
        type=COMMAND.type,
        content_type=messages.CONTENT_TYPE,
        headers={topology.ATTEMPTS_HEADER: 4, "traceparent": COMMAND.traceparent},
    )
    copy = parked_by_worker(delivery, topology.ORDER_COMMANDS, 5, "ValueError: no")
    found = from_broker("here", 1, copy.routing_key, copy.properties(), copy.body)
    assert (found.origin, found.message_id, found.type) == ("order-commands", COMMAND.message_id, "order.cancel")
    assert (found.reason, found.attempts, found.problem) == ("ValueError: no", 5, None)
    assert found.parked_at is not None
    age = datetime.now(UTC) - datetime.fromisoformat(found.parked_at)
    assert 0 <= age.total_seconds() < 60
    assert found.again is not None
    assert (found.again.exchange, found.again.routing_key, found.again.body) == ("", "order-commands", BODY)
    properties = found.again.properties
    assert (properties.message_id, properties.type, properties.delivery_mode) == (delivery.message_id, delivery.type, 2)
    assert properties.content_type == messages.CONTENT_TYPE
    assert properties.headers == {"traceparent": COMMAND.traceparent}


def test_what_a_function_parks() -> None:
    copy = parked_by_function(topology.NOTIFICATIONS, b"\xff", "not JSON", None, None)
    found = from_broker("here", 1, copy.routing_key, copy.properties(), copy.body)
    assert (found.origin, found.message_id, found.type) == ("notifications", copy.message_id, None)
    assert (found.reason, found.attempts, found.problem) == ("not JSON", None, None)
    assert found.parked_at is not None
    assert found.again is not None
    assert (found.again.exchange, found.again.routing_key, found.again.body) == ("", "notifications", b"\xff")
    assert found.again.properties.headers == {"traceparent": copy.headers["traceparent"]}


def test_what_the_broker_dead_letters_comes_from_its_latest_queue() -> None:
    died = datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC)
    headers = {
        "x-death": [
            {"queue": "read-model", "reason": "delivery_limit", "time": died},
            {"queue": "read-model.retry.1s", "reason": "expired"},
        ],
        "x-first-death-queue": "read-model.retry.1s",
        "x-delivery-count": 50,
        topology.ATTEMPTS_HEADER: 1,
    }
    found = look(headers=headers, timestamp=1)
    assert (found.origin, found.reason, found.attempts) == ("read-model", "delivery_limit", 1)
    assert found.parked_at == "2026-01-31T23:59:59Z"
    assert found.again is not None
    assert found.again.properties.headers == {}


def test_the_routing_key_tells_the_origin_where_no_header_does() -> None:
    assert look(routing_key="read-model").origin == "read-model"


def test_id_and_type_are_taken_from_the_body_where_the_properties_have_none() -> None:
    found = look(b'{"message_id": "m", "type": "order.odd", "broken": true}', "read-model")
    assert (found.message_id, found.type) == ("m", "order.odd")


@pytest.mark.parametrize(
    "body", [b"", b"\xff", b"[]", b'{"message_id": 7}', b"[" * 100_000], ids=lambda body: repr(body)[:20]
)
def test_any_body_can_be_looked_at(body: bytes) -> None:
    assert look(body, "read-model").message_id is None


@pytest.mark.parametrize(
    ("routing_key", "headers"),
    [
        ("", {}),
        ("order.place", {}),
        ("order-commands", {topology.PARKED_QUEUE_HEADER: "elsewhere"}),
        ("", {topology.PARKED_QUEUE_HEADER: 7}),
        ("", {"x-death": []}),
        ("", {"x-death": "nonsense"}),
        ("", {"x-death": [None]}),
        ("", {"x-death": [{"queue": "dead-letters"}]}),
        ("order-commands.retry.1s", {}),
    ],
)
def test_an_unknown_origin_is_a_problem_and_no_guess(routing_key: str, headers: dict[str, Any]) -> None:
    found = look(routing_key=routing_key, headers=headers)
    assert found.again is None
    assert found.problem is not None
    assert found.problem.startswith("its origin is unknown")


@pytest.mark.parametrize("timestamp", [None, 2**63])
def test_a_time_that_is_none_is_unknown(timestamp: int | None) -> None:
    assert look(routing_key="read-model", timestamp=timestamp).parked_at is None


def test_the_sender_that_only_the_broker_vouches_for_is_left_out() -> None:
    found = look(routing_key="read-model", user_id="orders-app", correlation_id="kept")
    assert found.again is not None
    assert (found.again.properties.user_id, found.again.properties.correlation_id) == (None, "kept")


def received(body: str) -> dict[str, Any]:
    return {"Body": body, "ReceiptHandle": "r", "Attributes": {"ApproximateReceiveCount": "3"}}


def test_what_overflowed_is_published_as_it_should_have_been() -> None:
    found = from_sqs("there", received(BODY.decode()))
    assert (found.origin, found.message_id, found.type) == ("order-commands", COMMAND.message_id, "order.cancel")
    assert (found.handle, found.attempts, found.problem) == ("r", 3, None)
    assert found.again is not None
    assert (found.again.exchange, found.again.routing_key, found.again.body) == ("commands", "order.cancel", BODY)
    properties = found.again.properties
    assert (properties.message_id, properties.delivery_mode) == (COMMAND.message_id, 2)
    assert properties.headers == {"traceparent": COMMAND.traceparent}


EVENT = BODY.decode().replace("order.cancel", "order.changed")


@pytest.mark.parametrize("body", ["no JSON", "\ud800", "[" * 100_000, EVENT], ids=lambda body: repr(body)[:20])
def test_what_is_no_command_cannot_have_overflowed(body: str) -> None:
    found = from_sqs("there", received(body))
    assert (found.origin, found.again) == (None, None)
    assert found.problem is not None
    assert found.problem.startswith("its origin is unknown")
