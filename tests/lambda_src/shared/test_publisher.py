"""The publisher against brokers on real sockets that follow a script. `Receipt` is what each test is about."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pika import spec

from contracts import addresses
from shared.config import BrokerConfig
from shared.credentials import CredentialSource
from shared.errors import Unavailable
from shared.publisher import Message, Pending, Publisher, Receipt

Make = Callable[..., Any]

CONFIRMED, REFUSED, UNSENT, UNKNOWN = Receipt.CONFIRMED, Receipt.REFUSED, Receipt.UNSENT, Receipt.UNKNOWN


def client(port: int, source: CredentialSource | None = None) -> Publisher:
    literal = CredentialSource("BROKER_CREDENTIALS", '{"username": "guest", "password": "guest"}')
    return Publisher(BrokerConfig(addresses.Broker("127.0.0.1", port, "/", None), source or literal))


def message(number: int = 0) -> Message:
    return Message("commands", "order.place", b"{}", f"id-{number}", {"traceparent": "00-a"})


def ids(broker: Any) -> list[str]:
    return [properties.message_id for _, properties in broker.received]


def until(condition: Callable[[], bool]) -> None:
    ends_at = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < ends_at
        time.sleep(0.01)


def test_a_confirmed_message_is_persistent_and_mandatory_and_carries_its_id(scripted_broker: Make) -> None:
    broker = scripted_broker("ack")
    assert client(broker.port).publish([message(7)], 10).receipts == [CONFIRMED]
    [(_, properties)] = broker.received
    assert (properties.delivery_mode, properties.message_id, properties.content_type) == (2, "id-7", "application/json")
    assert properties.headers == {"traceparent": "00-a"}
    assert broker.mandatory == [True]


def test_one_connection_serves_many_publishes(scripted_broker: Make) -> None:
    broker = scripted_broker()
    publisher = client(broker.port)
    for number in range(5):
        assert publisher.publish([message(number)], 10).receipts == [CONFIRMED]
    assert broker.connections == 1


def test_a_batch_beyond_the_window_is_confirmed_whole(scripted_broker: Make) -> None:
    broker = scripted_broker(*(["silence"] * 149 + ["ack-all"]) * 2)
    count = 300
    assert client(broker.port).publish([message(n) for n in range(count)], 5).receipts == [CONFIRMED] * count
    assert ids(broker) == [f"id-{n}" for n in range(count)]


def test_an_empty_batch_needs_no_broker(closed_port: int) -> None:
    assert client(closed_port).publish([], 10).receipts == []


@pytest.mark.parametrize("action", ["nack", "return+ack"])
def test_what_the_broker_does_not_take_is_refused(scripted_broker: Make, action: str) -> None:
    broker = scripted_broker("ack", action, "ack")
    pending = client(broker.port).publish([message(n) for n in range(3)], 10)
    assert pending.receipts == [CONFIRMED, REFUSED, CONFIRMED]


def test_a_silent_broker_leaves_the_outcome_unknown_in_time_and_loses_its_connection(scripted_broker: Make) -> None:
    broker = scripted_broker("silence")
    publisher = client(broker.port)
    started = time.monotonic()
    pending = publisher.publish([message(1)], 0.3)
    assert pending.receipts == [UNKNOWN]
    assert "no confirm" in pending.cause
    assert time.monotonic() - started < 15
    assert publisher.publish([message(1)], 10).receipts == [CONFIRMED]
    assert [number for number, _ in broker.received] == [1, 2]


def test_what_was_confirmed_before_the_deadline_counts(scripted_broker: Make) -> None:
    broker = scripted_broker("ack", "silence")
    assert client(broker.port).publish([message(1), message(2)], 0.3).receipts == [CONFIRMED, UNKNOWN]


def test_a_refused_connection_is_unsent_at_once(closed_port: int) -> None:
    started = time.monotonic()
    pending = client(closed_port).publish([message()], 30)
    assert pending.receipts == [UNSENT]
    assert "cannot connect" in pending.cause
    assert time.monotonic() - started < 15


def test_a_broker_that_accepts_and_says_nothing_is_unsent_in_time(scripted_broker: Make) -> None:
    broker = scripted_broker(greeting=False)
    publisher = client(broker.port)
    started = time.monotonic()
    assert publisher.publish([message()], 0.3).receipts == [UNSENT]
    assert time.monotonic() - started < 15
    broker.greeting = True
    assert publisher.publish([message()], 10).receipts == [CONFIRMED]


def test_a_connection_that_broke_while_idle_is_replaced(scripted_broker: Make) -> None:
    broker = scripted_broker()
    publisher = client(broker.port)
    publisher.publish([message(1)], 10)
    broker.reset()
    assert publisher.publish([message(2)], 10).receipts == [CONFIRMED]
    assert broker.connections == 2


def test_a_warm_connection_that_breaks_is_replaced_once_and_the_message_repeated_under_its_id(
    scripted_broker: Make,
) -> None:
    broker = scripted_broker("ack", "ack", "close", "ack")
    publisher = client(broker.port)
    publisher.publish([message(1)], 10)
    assert publisher.publish([message(2), message(3)], 10).receipts == [CONFIRMED, CONFIRMED]
    assert ids(broker) == ["id-1", "id-2", "id-3", "id-3"]


def test_a_fresh_connection_that_breaks_is_not_tried_again(scripted_broker: Make) -> None:
    broker = scripted_broker("close")
    pending = client(broker.port).publish([message()], 10)
    assert pending.receipts == [UNKNOWN]
    assert "connection lost" in pending.cause
    assert broker.connections == 1


def test_it_is_tried_once_more_only(scripted_broker: Make) -> None:
    broker = scripted_broker("ack", "close", "close", "ack")
    publisher = client(broker.port)
    publisher.publish([message(1)], 10)
    assert publisher.publish([message(2)], 10).receipts == [UNKNOWN]
    assert broker.connections == 2


def test_a_refusal_after_a_lost_answer_stays_unknown(scripted_broker: Make) -> None:
    broker = scripted_broker("ack", "close", "nack")
    publisher = client(broker.port)
    publisher.publish([message(1)], 10)
    assert publisher.publish([message(2)], 10).receipts == [UNKNOWN]


def test_a_lost_answer_stays_unknown_when_nobody_listens_any_more(scripted_broker: Make) -> None:
    broker = scripted_broker("ack", "close")
    publisher = client(broker.port)
    publisher.publish([message(1)], 10)
    broker.stop_listening()
    assert publisher.publish([message(2), message(3)], 10).receipts == [UNKNOWN, UNKNOWN]


def test_a_blocking_broker_is_left_alone_until_its_alarm_ends(scripted_broker: Make) -> None:
    broker = scripted_broker("blocked+ack")
    publisher = client(broker.port)
    assert publisher.publish([message(1)], 10).receipts == [CONFIRMED]
    until(lambda: publisher._link is not None and publisher._link._blocked)
    started = time.monotonic()
    pending = publisher.publish([message(2)], 30)
    assert pending.receipts == [UNSENT]
    assert "blocks" in pending.cause
    assert time.monotonic() - started < 15
    broker.say(spec.Connection.Unblocked())
    until(lambda: publisher._link is not None and not publisher._link._blocked)
    assert publisher.publish([message(3)], 10).receipts == [CONFIRMED]
    assert ids(broker) == ["id-1", "id-3"]
    assert broker.connections == 1


def test_what_waits_unread_in_a_blocking_broker_is_unknown(scripted_broker: Make) -> None:
    broker = scripted_broker("ack+blocked", "silence", "silence")
    publisher = client(broker.port)
    receipts = publisher.publish([message(n) for n in range(3)], 5).receipts
    assert receipts[0] is CONFIRMED
    assert set(receipts[1:]) <= {UNKNOWN, UNSENT}


def test_a_closed_channel_ends_the_batch(scripted_broker: Make) -> None:
    broker = scripted_broker("close-channel")
    publisher = client(broker.port)
    pending = publisher.publish([message(1)], 10)
    assert pending.receipts == [UNKNOWN]
    assert "NOT_FOUND" in pending.cause
    assert publisher.publish([message(2)], 10).receipts == [CONFIRMED]


@pytest.mark.parametrize("later_s", [61, -3600], ids=["a minute later", "clock set back"])
def test_an_idle_connection_is_replaced_before_use(
    scripted_broker: Make, monkeypatch: pytest.MonkeyPatch, later_s: float
) -> None:
    broker = scripted_broker()
    publisher = client(broker.port)
    publisher.publish([message(1)], 10)
    now = time.time()
    monkeypatch.setattr("shared.publisher.time.time", lambda: now + later_s)
    assert publisher.publish([message(2)], 10).receipts == [CONFIRMED]
    assert [number for number, _ in broker.received] == [1, 2]


def test_refused_credentials_are_fetched_again(scripted_broker: Make) -> None:
    class Rotated(CredentialSource):
        forgotten = 0

        def forget(self) -> None:
            self.forgotten += 1

    source = Rotated("BROKER_CREDENTIALS", '{"username": "guest", "password": "old"}')
    broker = scripted_broker(refuse_login=True)
    assert client(broker.port, source).publish([message()], 10).receipts == [UNSENT]
    assert source.forgotten == 1


def test_without_credentials_nothing_is_sent(scripted_broker: Make) -> None:
    class Missing(CredentialSource):
        def get(self) -> Any:
            raise Unavailable("Secrets Manager", "EndpointConnectionError")

    source = Missing("BROKER_CREDENTIALS", "arn:aws:secretsmanager:eu-central-1:000000000000:secret:broker")
    broker = scripted_broker()
    publisher = client(broker.port, source)
    publisher.warm_up()
    pending = publisher.publish([message()], 10)
    assert pending.receipts == [UNSENT]
    assert "Secrets Manager" in pending.cause
    assert broker.connections == 0


def test_a_thread_that_does_not_answer_is_not_believed() -> None:
    pending = Pending([message()], 0.0)
    assert pending.result() == [UNKNOWN]


def test_warming_up_connects_in_the_background(scripted_broker: Make, closed_port: int) -> None:
    broker = scripted_broker()
    publisher = client(broker.port)
    publisher.warm_up()
    until(lambda: broker.connections == 1)
    assert publisher.publish([message()], 10).receipts == [CONFIRMED]
    assert broker.connections == 1
    client(closed_port).warm_up()  # fails in silence


def test_the_thread_survives_a_defect(scripted_broker: Make) -> None:
    broker = scripted_broker()
    publisher = client(broker.port)
    publisher.publish([message(1)], 10)
    assert publisher._link is not None

    def defect() -> None:
        raise RuntimeError("defect")

    publisher._link.call(defect)
    assert publisher.publish([message(2)], 10).receipts == [CONFIRMED]


@pytest.fixture(autouse=True)
def _no_stray_errors(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    unexpected = [r for r in caplog.records if r.levelname == "ERROR" and r.name.startswith("shared")]
    assert not [r for r in unexpected if "defect" not in str(r.exc_info)]
