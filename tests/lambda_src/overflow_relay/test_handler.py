import time
from collections.abc import Callable
from typing import Any

import pytest

from contracts import identity, messages, topology

Make = Callable[..., Any]
USER = "relay-user"


def cancel(key: str) -> messages.Envelope:
    order_id = identity.order_id(USER, key)
    return messages.command(messages.CANCEL, USER, order_id, {"order_id": order_id})


def record(number: int, body: str, received: int = 1) -> dict[str, Any]:
    """A record of the SQS event source."""
    return {
        "messageId": f"sqs-{number}",
        "receiptHandle": f"handle-{number}",
        "body": body,
        "attributes": {"ApproximateReceiveCount": str(received)},
    }


@pytest.fixture
def relayed(load: Make, closed_port: int) -> Callable[[int], Any]:
    return lambda port: load(
        "overflow_relay",
        BROKER_URL=f"amqp://127.0.0.1:{port}/%2F",
        BROKER_CREDENTIALS='{"username": "guest", "password": "guest"}',
        OVERFLOW_QUEUE_URL=f"http://127.0.0.1:{closed_port}/000000000000/overflow",
        AWS_ENDPOINT_URL_SQS=f"http://127.0.0.1:{closed_port}",
        AWS_ACCESS_KEY_ID="test",
        AWS_SECRET_ACCESS_KEY="test",
    )


def test_commands_go_on_as_they_came(relayed: Make, scripted_broker: Make, context: Make) -> None:
    broker = scripted_broker()
    envelopes = [cancel(str(number)) for number in range(10)]
    bodies = [messages.encode(envelope) for envelope in envelopes]
    event = {"Records": [record(number, body.decode()) for number, body in enumerate(bodies)]}
    assert relayed(broker.port).handler(event, context(20)) == {"batchItemFailures": []}
    assert broker.bodies == bodies
    assert [properties.message_id for _, properties in broker.received] == [each.message_id for each in envelopes]
    assert broker.received[0][1].headers == {"traceparent": envelopes[0].traceparent}


def test_only_what_was_not_confirmed_is_reported(relayed: Make, scripted_broker: Make, context: Make) -> None:
    broker = scripted_broker("ack", "nack", "return+ack", "ack")
    event = {"Records": [record(n, messages.encode(cancel(str(n))).decode()) for n in range(4)]}
    answer = relayed(broker.port).handler(event, context(20))
    assert answer == {"batchItemFailures": [{"itemIdentifier": "sqs-1"}, {"itemIdentifier": "sqs-2"}]}


def test_without_a_broker_everything_is_reported_even_where_sqs_is_away_too(
    relayed: Make, closed_port: int, context: Make
) -> None:
    event = {"Records": [record(0, messages.encode(cancel("0")).decode()), record(1, "poison")]}
    answer = relayed(closed_port).handler(event, context(20))
    assert answer == {"batchItemFailures": [{"itemIdentifier": "sqs-0"}, {"itemIdentifier": "sqs-1"}]}


@pytest.mark.parametrize("body", ["", "poison", "{}", "[" * 100_000, "\ud800"])
def test_what_can_never_be_read_is_parked(relayed: Make, scripted_broker: Make, context: Make, body: str) -> None:
    broker = scripted_broker()
    event = {"Records": [record(0, body), record(1, messages.encode(cancel("1")).decode())]}
    assert relayed(broker.port).handler(event, context(20)) == {"batchItemFailures": []}
    (_, parked), (_, command) = broker.received
    assert parked.headers[topology.PARKED_QUEUE_HEADER] == topology.ORDER_COMMANDS
    assert parked.headers[topology.PARKED_REASON_HEADER].startswith("overflow: ")
    assert parked.message_id == "sqs-0"
    assert command.message_id == cancel("1").message_id


def test_an_event_is_no_command(relayed: Make, scripted_broker: Make, context: Make) -> None:
    payload: dict[str, Any] = {
        "order_id": identity.order_id(USER, "k"), "user_id": USER, "status": "CONFIRMED", "reason": None, "lines": [],
        "total_cents": 0, "currency": "EUR", "version": 1, "created_at": "", "updated_at": "",
    }  # fmt: skip
    body = messages.encode(messages.event(USER, payload, messages.new_traceparent())).decode()
    broker = scripted_broker()
    relayed(broker.port).handler({"Records": [record(0, body)]}, context(20))
    assert "no command" in broker.received[0][1].headers[topology.PARKED_REASON_HEADER]


def test_delays_grow_and_are_bounded(relayed: Make, closed_port: int) -> None:
    module = relayed(closed_port)
    for received in range(1, 1001):
        longest_s = min(2**received, module.MAX_DELAY_S)
        delays_s = [module._delay_s(record(0, "", received)) for _ in range(20)]
        assert longest_s / 2 <= min(delays_s)
        assert max(delays_s) <= longest_s


@pytest.mark.servers
def test_through_a_door_that_closes_and_opens(load: Make, behind: Make, sqs: Any, take: Make, context: Make) -> None:
    door, variables = behind("BROKER")
    queue_url = sqs.create_queue(QueueName="relay-test-overflow", Attributes={"VisibilityTimeout": "120"})["QueueUrl"]
    handler = load("overflow_relay", **{**variables, "OVERFLOW_QUEUE_URL": queue_url}).handler
    take(topology.ORDER_COMMANDS)
    envelopes = [cancel(f"real-{number}") for number in range(5)]
    for envelope in envelopes:
        sqs.send_message(QueueUrl=queue_url, MessageBody=messages.encode(envelope).decode())

    def deliver() -> int:
        """What the event source does: hand over a batch, delete what was not reported. How many it handed."""
        received = sqs.receive_message(
            QueueUrl=queue_url, MaxNumberOfMessages=10, AttributeNames=["ApproximateReceiveCount"], WaitTimeSeconds=1
        ).get("Messages", [])
        if not received:
            return 0
        records = [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": message["Attributes"],
            }
            for message in received
        ]
        answer = handler({"Records": records}, context(20))
        failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
        for message in received:
            if message["MessageId"] not in failed:
                sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
        return len(received)

    door.close()
    assert deliver() == 5
    assert take(topology.ORDER_COMMANDS) == []
    door.open()
    # The queue would hide them for two minutes; they were made visible after a second or two.
    delivered = 0
    ends_at = time.monotonic() + 20
    while delivered < 5:
        assert time.monotonic() < ends_at
        delivered += deliver()
    assert sorted(properties.message_id for properties, _ in take(topology.ORDER_COMMANDS)) == sorted(
        envelope.message_id for envelope in envelopes
    )
    assert deliver() == 0
