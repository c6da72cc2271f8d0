import hashlib
import json
import uuid

import pika
import pytest

from contracts import identity, messages, topology
from harness.checks import FactsUnreadable, browse_broker, browse_sqs
from harness.checks.parking import parked

COMMAND = messages.command(messages.CANCEL, "ann", "x", {"order_id": identity.order_id("ann", "x")})


@pytest.mark.parametrize(
    ("body", "message_id"),
    [
        (messages.encode(COMMAND), COMMAND.message_id),
        (b'{"message_id": "m", "broken": true}', "m"),
        (b'{"message_id": 7}', None),
        (b'["message_id"]', None),
        (b"no JSON", None),
        (b"\xff\xfe", None),
        (b"", None),
        (b"[" * 100_000, None),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_any_body_can_be_parked_and_told_from_others(body, message_id):
    found = parked(body, place="here")
    assert (found.message_id, found.fingerprint) == (message_id, hashlib.sha256(body).hexdigest())


def test_the_id_in_the_properties_counts_before_the_one_in_the_body():
    assert parked(messages.encode(COMMAND), place="here", message_id="m").message_id == "m"


def test_a_broker_that_is_away_is_named():
    with pytest.raises(FactsUnreadable, match=r"queue dead-letters of the broker at 127\.0\.0\.1:9 cannot be browsed"):
        browse_broker("amqp://guest:guest@127.0.0.1:9/%2F?connection_attempts=1")


@pytest.fixture
def queue(endpoints):
    """A queue of the session's broker, for one test: (AMQP URL, its name, a channel)."""
    url = endpoints.broker.url_for(endpoints.broker.admin)
    name = f"test-{uuid.uuid4()}"
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        channel.queue_declare(name, durable=True, arguments={"x-queue-type": "quorum"})
        channel.confirm_delivery()
        yield url, name, channel
        channel.queue_delete(name)


@pytest.mark.servers
def test_browsing_the_broker_sees_everything_and_takes_nothing(queue):
    url, name, channel = queue
    parking = {topology.PARKED_QUEUE_HEADER: "order-commands", topology.PARKED_REASON_HEADER: "no JSON"}
    death = {"x-first-death-queue": "read-model", "x-first-death-reason": "rejected"}
    sent = {
        b"poison": {"message_id": "m-1", "headers": parking},
        messages.encode(COMMAND): {"headers": death},
        b"\xff": {},
    }
    for body, properties in sent.items():
        channel.basic_publish("", name, body, pika.BasicProperties(delivery_mode=2, **properties))
    for _ in range(3):
        found = {each.fingerprint: (each.message_id, each.queue, each.reason) for each in browse_broker(url, name)}
        assert [found[hashlib.sha256(body).hexdigest()] for body in sent] == [
            ("m-1", "order-commands", "no JSON"),
            (COMMAND.message_id, "read-model", "rejected"),
            (None, name, None),
        ]
    bodies = set()
    while True:
        method, _, body = channel.basic_get(name, auto_ack=True)
        if method is None:
            break
        bodies.add(body)
    assert bodies == set(sent)


@pytest.mark.servers
def test_browsing_a_broker_without_the_queue_is_an_error(endpoints):
    with pytest.raises(FactsUnreadable, match="queue nowhere of the broker"):
        browse_broker(endpoints.broker.url_for(endpoints.broker.admin), "nowhere")


@pytest.mark.servers
def test_browsing_sqs_sees_everything_and_takes_nothing(sqs):
    client, url = sqs
    bodies = [json.dumps({"message_id": f"m-{number}"}) for number in range(25)] + ["not JSON"]
    for body in bodies:
        client.send_message(QueueUrl=url, MessageBody=body)
    for _ in range(2):
        found = browse_sqs(client, url)
        assert sorted(each.message_id or "" for each in found) == sorted(["", *(f"m-{number}" for number in range(25))])
        assert {each.place for each in found} == {f"SQS {url.rsplit('/', 1)[-1]}"}
