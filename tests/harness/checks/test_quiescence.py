import base64
import json
import socket
import threading
import time
import uuid
from urllib.parse import quote
from urllib.request import Request, urlopen

import pika
import pymysql
import pytest

from contracts import topology
from harness.checks import Backlog, BrokerAddress, Probe
from harness.checks.quiescence import QUEUES

BUSY, IDLE = Backlog({"a": 1, "b": 0}), Backlog({"a": 0, "b": 0})
AWAY = Backlog({"a": 0}, {"MySQL": "OperationalError: gone"})


class Scripted(Probe):
    """A probe that sees what a test says: the last backlog again and again in the end."""

    def __init__(self, *backlogs, tick_s=0.0):
        super().__init__(BrokerAddress("amqp://127.0.0.1:9/%2F", "http://127.0.0.1:9", tick_s), None)
        self.backlogs, self.looks = list(backlogs), 0

    def sample(self):
        self.looks += 1
        return self.backlogs.pop(0) if len(self.backlogs) > 1 else self.backlogs[0]


@pytest.fixture
def punctual(monkeypatch):
    """Ticks are never late."""
    monkeypatch.setattr("harness.checks.quiescence._LATE_S", 0.0)


def test_a_backlog_is_empty_only_where_everything_answered_that_it_has_nothing():
    assert IDLE.empty
    assert not BUSY.empty
    assert not AWAY.empty
    assert BUSY.left == ("a: 1",)
    assert AWAY.left == ("MySQL: no answer (OperationalError: gone)",)


def test_rest_takes_several_empty_looks_in_a_row(punctual):
    probe = Scripted(BUSY, IDLE, IDLE, BUSY, IDLE, AWAY, IDLE)
    result = probe.wait(5.0, poll_s=0.0)
    assert result.reached
    assert probe.looks == 9
    assert result.backlog.empty


def test_rest_begins_with_the_first_empty_look(punctual):
    before_s = time.monotonic()
    result = Scripted(IDLE).wait(5.0, poll_s=0.01)
    assert before_s <= result.empty_since_s <= time.monotonic() - 0.02


def test_empty_looks_must_span_two_ticks_of_the_broker(punctual):
    before_s = time.monotonic()
    assert Scripted(IDLE, tick_s=0.05).wait(5.0, poll_s=0.005).reached
    assert time.monotonic() - before_s >= 2 * 0.05


@pytest.mark.parametrize("last", [BUSY, AWAY])
def test_what_does_not_come_to_rest_is_told_with_what_is_left(last):
    result = Scripted(IDLE, last).wait(0.05, poll_s=0.001)
    assert not result.reached
    assert result.empty_since_s is None
    assert result.backlog.left == last.left


def test_a_tick_may_be_late():
    before_s = time.monotonic()
    assert Scripted(IDLE, tick_s=0.1).wait(5.0, poll_s=0.01).reached
    assert time.monotonic() - before_s >= 2 * (0.1 + 0.5)


def test_a_limit_that_is_over_before_rest_is_proved_is_no_rest():
    assert not Scripted(IDLE, tick_s=10.0).wait(0.02, poll_s=0.001).reached


def test_progress_gets_every_look(punctual):
    seen = []
    Scripted(BUSY, IDLE).wait(5.0, poll_s=0.0, progress=seen.append)
    assert seen == [BUSY, IDLE, IDLE, IDLE]


def test_places_that_are_away_are_named_and_nothing_raises():
    gone = pymysql.Connection(host="127.0.0.1", port=9, defer_connect=True)
    address = BrokerAddress("amqp://guest:guest@127.0.0.1:9/%2F", "http://127.0.0.1:9")
    with Probe(address, gone, others={"requests in functions": lambda: 1 // 0}) as probe:
        backlog = probe.sample()
    assert backlog.counts == {}
    assert backlog.unreachable.keys() == {"broker", "broker management", "MySQL", "requests in functions"}
    assert backlog.unreachable["MySQL"].startswith("OperationalError: ")


def test_a_place_that_hangs_is_named_and_holds_up_nobody(monkeypatch):
    monkeypatch.setattr("harness.checks.quiescence._ANSWER_S", 0.05)
    released, asked = threading.Event(), []

    def hang():
        asked.append(1)
        released.wait(10)
        return 0

    address = BrokerAddress("amqp://guest:guest@127.0.0.1:9/%2F?connection_attempts=1", "http://127.0.0.1:9")
    gone = pymysql.Connection(host="127.0.0.1", port=9, defer_connect=True)
    with Probe(address, gone, others={"hangs": hang, "answers": lambda: 3}) as probe:
        for _ in range(3):
            backlog = probe.sample()
            assert backlog.counts == {"answers": 3}
            assert backlog.unreachable["hangs"].startswith("TimeoutError: nothing within 0.")
        assert asked == [1]  # it is not asked again before it has answered
        released.set()
        probe._looks["hangs"].result(time.monotonic() + 5)
        assert probe.sample().counts == {"hangs": 0, "answers": 3}


def test_the_parking_place_is_no_backlog():
    assert topology.DEAD_LETTERS not in QUEUES
    assert {*topology.WORK_QUEUES} < {*QUEUES}


@pytest.fixture
def virtual_host(endpoints):
    """A virtual host of its own, with the contract's queues: its AMQP URL."""
    broker = endpoints.broker
    name = f"test-{uuid.uuid4()}"

    def manage(method, path, body=None):
        token = base64.b64encode(f"{broker.admin.username}:{broker.admin.password}".encode()).decode()
        request = Request(
            broker.management_url + path,
            method=method,
            data=json.dumps(body or {}).encode(),
            headers={"Authorization": f"Basic {token}", "Content-Type": "application/json"},
        )
        with urlopen(request, timeout=10):
            pass

    manage("PUT", f"/api/vhosts/{name}")
    everything = {"configure": ".*", "write": ".*", "read": ".*"}
    manage("PUT", f"/api/permissions/{name}/{quote(broker.admin.username)}", everything)
    url = broker.url_for(broker.admin).rsplit("/", 1)[0] + f"/{name}"
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        for queue in topology.TOPOLOGY.queues:
            connection.channel().queue_declare(queue.name, durable=True, arguments=queue.arguments)
    yield url
    manage("DELETE", f"/api/vhosts/{name}")


@pytest.fixture
def outbox(schema):
    """A connection to a schema of its own."""
    with schema() as connection:
        yield connection


@pytest.fixture
def probe(endpoints, virtual_host, outbox, sqs):
    """A probe of all of these."""
    address = BrokerAddress(virtual_host, endpoints.broker.management_url, endpoints.broker.tick_s)
    client, url = sqs
    with Probe(address, outbox, client, {"overflow": url}) as probe:
        yield probe


@pytest.mark.servers
def test_an_empty_system_is_at_rest_and_every_place_is_named(probe):
    result = probe.wait(60.0)
    assert result.reached
    assert result.backlog.counts.keys() == {
        *(f"{queue} ready" for queue in QUEUES),
        *(f"{queue} unacked" for queue in QUEUES),
        "outbox unpublished", "overflow visible", "overflow in flight", "overflow delayed",
    }  # fmt: skip


@pytest.mark.servers
def test_a_message_that_a_consumer_holds_is_never_overlooked(probe, virtual_host):
    with pika.BlockingConnection(pika.URLParameters(virtual_host)) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        channel.basic_publish("", "order-commands", b"x", pika.BasicProperties(delivery_mode=2))
        assert probe.sample().counts["order-commands ready"] == 1
        method, _, _ = channel.basic_get("order-commands")
        # The broker's figures lag here: the first looks see nothing, and must not be believed.
        result = probe.wait(3 * probe._broker.tick_s + 1, poll_s=0.05)
        assert not result.reached
        assert "order-commands unacked: 1" in result.backlog.left
        channel.basic_ack(method.delivery_tag)
        channel.connection.process_data_events(0)
        assert probe.wait(60.0).reached


@pytest.mark.servers
def test_events_and_overflow_messages_are_seen(probe, outbox, sqs):
    client, url = sqs
    with outbox.cursor() as cursor:
        cursor.execute(
            "INSERT INTO outbox (event_id, order_id, version, body, created_at) VALUES ('e', 'o', 1, '', NOW(6))"
        )
    outbox.commit()
    client.send_message(QueueUrl=url, MessageBody="x")
    client.send_message(QueueUrl=url, MessageBody="y")
    client.receive_message(QueueUrl=url, MaxNumberOfMessages=1, VisibilityTimeout=30)
    client.send_message(QueueUrl=url, MessageBody="z", DelaySeconds=30)
    assert set(probe.sample().left) == {
        "outbox unpublished: 1", "overflow visible: 1", "overflow in flight: 1", "overflow delayed: 1",
    }  # fmt: skip


@pytest.mark.servers
def test_a_queue_that_does_not_exist_is_no_rest(probe, virtual_host):
    with pika.BlockingConnection(pika.URLParameters(virtual_host)) as connection:
        connection.channel().queue_delete("read-model")
    backlog = probe.sample()
    assert not backlog.empty
    assert "no queue read-model" in backlog.unreachable["broker management"]
    assert "broker" in backlog.unreachable


@pytest.mark.servers
def test_a_connection_that_was_cut_is_made_again(probe, outbox):
    assert probe.sample().empty
    probe._connection._impl._transport._sock.shutdown(socket.SHUT_RDWR)
    outbox._force_close()
    assert not probe.sample().unreachable
