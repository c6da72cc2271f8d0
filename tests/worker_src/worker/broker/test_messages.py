import pytest

from contracts import topology
from worker.broker import Delivery, again, attempts_of, parked

DELIVERY = Delivery(
    tag=7,
    body=b"{}",
    message_id="m-1",
    type="order.place",
    content_type="application/json",
    headers={
        "x-attempts": 2,
        "x-death": [{"queue": "order-commands.retry.1s"}],
        "x-first-death-queue": "order-commands.retry.1s",
        "x-delivery-count": 3,
        "traceparent": "kept",
    },
)


@pytest.mark.parametrize(("attempts", "queue"), [(1, "1s"), (2, "5s"), (3, "30s"), (4, "30s"), (99, "30s")])
def test_a_retry_waits_longer_each_time(attempts: int, queue: str) -> None:
    copy = again(DELIVERY, topology.ORDER_COMMANDS, attempts)
    assert (copy.exchange, copy.routing_key) == ("", f"order-commands.retry.{queue}")
    assert copy.headers is not None
    assert copy.headers[topology.ATTEMPTS_HEADER] == attempts


def test_a_copy_keeps_body_and_identity_but_not_what_the_broker_wrote() -> None:
    copy = again(DELIVERY, topology.ORDER_COMMANDS, 3)
    assert (copy.body, copy.message_id, copy.type, copy.content_type) == (
        b"{}",
        "m-1",
        "order.place",
        "application/json",
    )
    assert copy.headers == {"x-attempts": 3, "traceparent": "kept"}
    assert copy.properties().delivery_mode == 2


def test_a_parked_message_says_where_it_comes_from_and_why_in_one_line() -> None:
    copy = parked(DELIVERY, topology.READ_MODEL, 5, "ValueError: two\n  lines" + "x" * 1000)
    assert (copy.exchange, copy.routing_key) == (topology.DEAD_LETTERS, topology.READ_MODEL)
    assert copy.headers is not None
    assert copy.headers[topology.PARKED_QUEUE_HEADER] == topology.READ_MODEL
    assert copy.headers[topology.PARKED_REASON_HEADER].startswith("ValueError: two lines")
    assert len(copy.headers[topology.PARKED_REASON_HEADER]) <= 500


@pytest.mark.parametrize(("header", "attempts"), [(2, 2), (0, 0), (-1, 0), ("many", 0), (None, 0)])
def test_tries_are_counted_by_our_own_header(header: object, attempts: int) -> None:
    assert attempts_of(Delivery(1, b"", headers={"x-attempts": header})) == attempts
    assert attempts_of(Delivery(1, b"")) == 0
