"""The RabbitMQ event source between a real RabbitMQ and real functions (reference: harness.md §4.5)."""

import asyncio
import json
import socket
import uuid
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pika
import pytest

from harness.cloud.errors import ConfigError
from harness.cloud.event_sources import rabbitmq
from harness.cloud.local_cloud import LocalCloud
from tests.harness.cloud.workbench import Workbench, until

PRINTER = """
    import json
    def handler(event, context):
        print("EVENT " + json.dumps(event))
"""


class Source:
    """A stack with one function and an event source on a queue of its own, and a channel to fill it."""

    def __init__(self, bench: Workbench, broker_url: str) -> None:
        self.bench = bench
        self.queue = f"test-{uuid.uuid4().hex[:12]}"
        self._broker_url = broker_url
        self._connection = pika.BlockingConnection(pika.URLParameters(broker_url))
        self.channel: Any = self._connection.channel()

    def declare(self) -> None:
        self.channel.queue_declare(self.queue, durable=True, arguments={"x-queue-type": "quorum"})

    def publish(self, *bodies: bytes, **properties: Any) -> None:
        for body in bodies:
            self.channel.basic_publish("", self.queue, body, pika.BasicProperties(**properties))

    def empty(self) -> bool:
        """True when nothing is ready in the queue."""
        depth: int = self.channel.queue_declare(self.queue, passive=True).method.message_count
        return depth == 0

    def run(self, code: str, scenario: Callable[[LocalCloud], Coroutine[Any, Any, None]], **settings: Any) -> None:
        self.bench.function("f", code, reserved_concurrency=settings.pop("reserved_concurrency", 5))
        self.bench.description["event_sources"] = {
            "source": {
                "kind": "rabbitmq",
                "queue": self.queue,
                "function": "f",
                "batch_size": 10,
                "window_s": 0.3,
                **settings,
            }
        }
        self.bench.in_cloud(scenario, broker_url=self._broker_url)

    def events(self) -> list[dict[str, Any]]:
        """The events that the function printed."""
        lines = self.bench.log("f").splitlines()
        return [json.loads(line[6:]) for line in lines if line.startswith("EVENT ")]

    def close(self) -> None:
        self.channel.queue_delete(self.queue)
        self._connection.close()


@pytest.fixture
def source(bench: Workbench, endpoints: Any) -> Iterator[Source]:
    source = Source(bench, endpoints.broker.url_for(endpoints.broker.admin))
    yield source
    source.close()


def stats(cloud: LocalCloud) -> dict[str, Any]:
    value: dict[str, Any] = cloud.stats()["event_sources"]["source"]
    return value


@pytest.mark.servers
def test_a_batch_in_order_and_its_acknowledgement(source: Source) -> None:
    source.declare()
    source.publish(b"a", b"b", b"c", headers={"h": "v", "n": 1}, message_id="m", delivery_mode=2)

    async def scenario(cloud: LocalCloud) -> None:
        await until(lambda: stats(cloud)["records"] == 3 and stats(cloud)["in_flight"] == 0)
        assert stats(cloud)["batches"] == 1

    source.run(PRINTER, scenario)
    (event,) = source.events()
    messages = event["rmqMessagesByQueue"][f"{source.queue}::/"]
    assert [message["data"] for message in messages] == ["YQ==", "Yg==", "Yw=="]
    assert messages[0]["basicProperties"]["headers"] == {"h": {"bytes": [118]}, "n": 1}
    assert messages[0]["basicProperties"]["messageId"] == "m"
    assert messages[0]["redelivered"] is False
    assert event["eventSourceArn"].startswith("arn:aws:mq:eu-central-1:000000000000:broker:orders:b-")
    assert source.empty()


@pytest.mark.servers
def test_batches_by_size_and_one_at_a_time(source: Source) -> None:
    source.declare()
    source.publish(*(str(number).encode() for number in range(25)))

    async def scenario(cloud: LocalCloud) -> None:
        await until(lambda: stats(cloud)["records"] == 25 and stats(cloud)["in_flight"] == 0)
        assert stats(cloud)["batches"] == 3
        assert stats(cloud)["max_in_flight"] == 1
        assert cloud.stats()["functions"]["f"]["max_concurrency"] == 1

    source.run("import time\ndef handler(e, c):\n    time.sleep(0.1)", scenario)


@pytest.mark.servers
def test_an_error_returns_the_whole_batch_until_it_succeeds(source: Source) -> None:
    source.declare()
    source.publish(b"a", b"b")
    code = """
        import json
        calls = 0
        def handler(event, context):
            global calls
            calls += 1
            print("EVENT " + json.dumps(event))
            if calls < 3:
                raise ValueError("not yet")
    """

    async def scenario(cloud: LocalCloud) -> None:
        await until(lambda: stats(cloud)["batches"] == 3 and stats(cloud)["in_flight"] == 0, 20)
        assert stats(cloud)["failures"] == 2
        assert "not yet" in stats(cloud)["last_error"]

    source.run(code, scenario)
    batches = [event["rmqMessagesByQueue"][f"{source.queue}::/"] for event in source.events()]
    assert [[message["data"] for message in batch] for batch in batches] == [["YQ==", "Yg=="]] * 3
    assert [[message["redelivered"] for message in batch] for batch in batches] == [[False] * 2, [True] * 2, [True] * 2]
    assert source.empty()


@pytest.mark.servers
def test_a_throttle_is_one_more_reason_to_try_again(source: Source) -> None:
    source.declare()
    source.publish(b"a")

    async def scenario(cloud: LocalCloud) -> None:
        busy = asyncio.create_task(cloud.functions["f"].invoke(b'{"hold": true}'))
        await until(lambda: cloud.stats()["functions"]["f"]["throttles"] > 0)
        await busy
        await until(lambda: stats(cloud)["batches"] - stats(cloud)["failures"] == 1 and not stats(cloud)["in_flight"])

    code = "import time\ndef handler(event, context):\n    time.sleep(1.5 if 'hold' in event else 0)"
    source.run(code, scenario, reserved_concurrency=1)
    assert source.empty()


@pytest.mark.servers
def test_may_be_there_before_its_queue_and_survives_its_deletion(source: Source) -> None:
    async def scenario(cloud: LocalCloud) -> None:
        await until(lambda: "NOT_FOUND" in (stats(cloud)["last_error"] or ""))
        source.declare()
        source.publish(b"a")
        await until(lambda: stats(cloud)["records"] == 1 and source.empty(), 20)
        source.channel.queue_delete(source.queue)
        # RabbitMQ forgets to cancel a consumer whose queue is declared anew in the same moment.
        await asyncio.sleep(1)
        source.declare()
        source.publish(b"b")
        await until(lambda: stats(cloud)["records"] == 2, 20)

    source.run(PRINTER, scenario)


@pytest.mark.servers
def test_what_is_in_flight_at_the_end_comes_again(source: Source) -> None:
    source.declare()
    source.publish(b"a")

    async def scenario(cloud: LocalCloud) -> None:
        await until(lambda: stats(cloud)["in_flight"] == 1)

    source.run("import time\ndef handler(e, c):\n    time.sleep(60)", scenario)
    deadline = 100
    while (got := source.channel.basic_get(source.queue))[0] is None and deadline:
        source.bench.run(asyncio.sleep(0.05))
        deadline -= 1
    assert got[2] == b"a"
    source.channel.basic_ack(got[0].delivery_tag)


def test_without_a_broker_it_tries_on(bench: Workbench) -> None:
    bench.function("f", PRINTER)
    bench.description["event_sources"] = {
        "source": {"kind": "rabbitmq", "queue": "q", "function": "f", "batch_size": 1, "window_s": 0}
    }

    async def scenario(cloud: LocalCloud) -> None:
        await until(lambda: stats(cloud)["last_error"] is not None)

    bench.in_cloud(scenario, broker_url="amqp://a:b@127.0.0.1:1/%2F")
    with pytest.raises(ConfigError, match="broker"):
        bench.cloud()


@pytest.mark.parametrize("handshake_limit_s", [0.2, 5.0])
def test_a_broker_that_does_not_answer_is_given_up_without_a_trace_in_the_log(
    handshake_limit_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rabbitmq, "_CLOSE_LIMIT_S", 0.2)
    problems: list[Any] = []

    async def scenario(port: int) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: problems.append(context))
        parameters = pika.ConnectionParameters("127.0.0.1", port, stack_timeout=handshake_limit_s)
        session = rabbitmq._Session(parameters)
        opening = asyncio.create_task(session.open("queue", prefetch=1))
        await asyncio.sleep(0.4)
        opening.cancel()
        await asyncio.gather(opening, return_exceptions=True)
        await session.close()
        await asyncio.sleep(0.05)

    with socket.create_server(("127.0.0.1", 0)) as silent:
        asyncio.run(scenario(silent.getsockname()[1]))
    assert problems == []
