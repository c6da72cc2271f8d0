"""Broker first, overflow second. Brokers on real sockets follow a script; the overflow takes or refuses."""

from collections.abc import Callable
from typing import Any

import pytest

from contracts import addresses, messages
from shared.breaker import Breaker
from shared.config import BrokerConfig
from shared.credentials import CredentialSource
from shared.deadline import Deadline
from shared.dispatcher import Dispatcher
from shared.errors import NotAccepted, OutcomeUnknown
from shared.overflow import Overflow
from shared.publisher import Publisher

Make = Callable[..., Any]
ORDER = "f47ac10b-58cc-8372-a567-0e02b2c3d479"
ENVELOPE = messages.command(messages.CANCEL, "user-1", ORDER, {"order_id": ORDER})


class Queue(Overflow):
    """The overflow, seen from its outcome."""

    def __init__(self, error: Exception | None = None) -> None:
        super().__init__("queue")
        self.error = error
        self.sent: list[str] = []
        self.warmed_up = False

    def warm_up(self) -> None:
        self.warmed_up = True

    def send(self, body: str, deadline: Deadline) -> None:
        assert deadline.remaining_s() > 0
        if self.error:
            raise self.error
        self.sent.append(body)


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def dispatcher(port: int, queue: Queue, clock: Clock | None = None) -> Dispatcher:
    account = CredentialSource("BROKER_CREDENTIALS", '{"username": "guest", "password": "guest"}')
    publisher = Publisher(BrokerConfig(addresses.Broker("127.0.0.1", port, "/", None), account))
    return Dispatcher(publisher, queue, Breaker(failures=1, open_s=5, clock=clock or Clock()))


def test_the_broker_takes_it(scripted_broker: Make) -> None:
    broker, queue = scripted_broker(), Queue()
    assert dispatcher(broker.port, queue).send(ENVELOPE, Deadline(10)) == "broker"
    [(_, properties)] = broker.received
    assert properties.message_id == ENVELOPE.message_id
    assert properties.headers == {"traceparent": ENVELOPE.traceparent}
    assert queue.sent == []


@pytest.mark.parametrize("action", ["nack", "return+ack", "close", "close-channel", "silence", "closed door"])
def test_sqs_takes_what_the_broker_does_not_confirm(scripted_broker: Make, closed_port: int, action: str) -> None:
    queue = Queue()
    port = closed_port if action == "closed door" else scripted_broker(action).port
    assert dispatcher(port, queue).send(ENVELOPE, Deadline(10 if action != "silence" else 5.5)) == "overflow"
    assert [messages.decode(body) for body in queue.sent] == [ENVELOPE]


def test_while_the_broker_is_silent_the_other_way_is_made_ready(scripted_broker: Make) -> None:
    queue = Queue()
    dispatcher(scripted_broker("silence").port, queue).send(ENVELOPE, Deadline(6.2))
    assert queue.warmed_up


def test_after_a_failure_the_broker_is_spared_for_5_s_and_then_probed(scripted_broker: Make) -> None:
    broker, queue, clock = scripted_broker("nack"), Queue(), Clock()
    sender = dispatcher(broker.port, queue, clock)
    assert sender.send(ENVELOPE, Deadline(10)) == "overflow"
    clock.now_s = 4.9
    assert sender.send(ENVELOPE, Deadline(10)) == "overflow"
    assert len(broker.received) == 1
    clock.now_s = 5.1
    assert sender.send(ENVELOPE, Deadline(10)) == "broker"
    assert sender.send(ENVELOPE, Deadline(10)) == "broker"


@pytest.mark.parametrize(
    ("action", "sqs", "expected"),
    [
        ("nack", NotAccepted("no"), NotAccepted),
        ("closed door", NotAccepted("no"), NotAccepted),
        ("close", NotAccepted("no"), OutcomeUnknown),
        ("nack", OutcomeUnknown("?"), OutcomeUnknown),
        ("close", OutcomeUnknown("?"), OutcomeUnknown),
    ],
)
def test_a_refusal_is_promised_only_where_nobody_can_have_it(
    scripted_broker: Make, closed_port: int, action: str, sqs: Exception, expected: type[Exception]
) -> None:
    port = closed_port if action == "closed door" else scripted_broker(action).port
    with pytest.raises(expected):
        dispatcher(port, Queue(sqs)).send(ENVELOPE, Deadline(10))


def test_without_time_for_both_the_broker_is_not_asked(scripted_broker: Make) -> None:
    broker, queue = scripted_broker(), Queue()
    assert dispatcher(broker.port, queue).send(ENVELOPE, Deadline(4)) == "overflow"
    assert broker.received == []


def test_an_envelope_that_breaks_the_contract_is_sent_nowhere(scripted_broker: Make) -> None:
    broker, queue = scripted_broker(), Queue()
    with pytest.raises(messages.InvalidMessage):
        dispatcher(broker.port, queue).send(
            messages.command(messages.CANCEL, "user-1", "x", {"order_id": "x"}), Deadline(10)
        )
    assert (broker.received, queue.sent) == ([], [])
