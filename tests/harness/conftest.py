"""What several rooms' tests share: a virtual host of its own on the session's RabbitMQ, for what is parked; kubectl."""

import base64
import json
import shutil
import time
import urllib.request
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pika
import pytest

from contracts import topology
from harness.services import Endpoints


class ParkingLot:
    """A broker with the whole topology and nobody who consumes."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._connection = pika.BlockingConnection(pika.URLParameters(url))
        self.channel: Any = self._connection.channel()
        for exchange in topology.TOPOLOGY.exchanges:
            self.channel.exchange_declare(exchange.name, exchange.type, durable=True)
        for queue in topology.TOPOLOGY.queues:
            self.channel.queue_declare(queue.name, durable=True, arguments=dict(queue.arguments))
        for binding in topology.TOPOLOGY.bindings:
            self.channel.queue_bind(binding.queue, binding.exchange, binding.routing_key)
        self.channel.confirm_delivery()

    def publish(self, exchange: str, routing_key: str, body: bytes, properties: pika.BasicProperties) -> None:
        """Publishes, and returns when the message is in its queue."""
        self.channel.basic_publish(exchange, routing_key, body, properties, mandatory=True)

    def park(self, message_id: str, queue: str = topology.ORDER_COMMANDS, **headers: Any) -> None:
        """A message as a worker parks it."""
        headers = {
            topology.ATTEMPTS_HEADER: 5,
            topology.PARKED_QUEUE_HEADER: queue,
            topology.PARKED_REASON_HEADER: "ValueError: a test",
            **headers,
        }
        properties = pika.BasicProperties(message_id=message_id, type="order.place", headers=headers, delivery_mode=2)
        self.publish(topology.DEAD_LETTERS, queue, message_id.encode(), properties)

    def fill(self, message_ids: Sequence[str]) -> None:
        """Many messages, parked without a confirm for each."""
        channel = self._connection.channel()
        for message_id in message_ids:
            properties = pika.BasicProperties(message_id=message_id, delivery_mode=2)
            channel.basic_publish(topology.DEAD_LETTERS, topology.ORDER_COMMANDS, message_id.encode(), properties)
        assert self.holds(topology.DEAD_LETTERS, len(message_ids))
        channel.close()

    def drain(self, queue: str) -> list[tuple[pika.BasicProperties, bytes]]:
        """Takes everything out of a queue. The header that the broker adds to each delivery is left out."""
        taken = []
        while True:
            method, properties, body = self.channel.basic_get(queue, auto_ack=True)
            if method is None:
                return taken
            (properties.headers or {}).pop("x-delivery-count", None)
            taken.append((properties, body))

    def ids(self, queue: str) -> list[str]:
        """The ids of the messages that are taken out of a queue."""
        return [properties.message_id or "" for properties, _ in self.drain(queue)]

    def holds(self, queue: str, count: int) -> bool:
        """Whether a queue comes to have so many ready messages: what a session gives back is there soon after it."""
        deadline = time.monotonic() + 20
        while self.channel.queue_declare(queue, passive=True).method.message_count != count:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    def close(self) -> None:
        """Disconnects."""
        self._connection.close()


@pytest.fixture
def parking_lot(endpoints: Endpoints) -> Iterator[ParkingLot]:
    """A broker with the whole topology, empty."""
    broker = replace(endpoints.broker, virtual_host=f"test-{uuid.uuid4().hex[:12]}")
    account = base64.b64encode(f"{broker.admin.username}:{broker.admin.password}".encode()).decode()

    def manage(method: str, path: str, value: Mapping[str, str] | None = None) -> None:
        request = urllib.request.Request(
            f"{broker.management_url}/api/{path}",
            data=json.dumps(value or {}).encode(),
            headers={"Authorization": f"Basic {account}", "Content-Type": "application/json"},
            method=method,
        )
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30).close()

    manage("PUT", f"vhosts/{broker.virtual_host}")
    try:
        everything = {"configure": ".*", "write": ".*", "read": ".*"}
        manage("PUT", f"permissions/{broker.virtual_host}/{broker.admin.username}", everything)
        lot = ParkingLot(broker.url_for(broker.admin))
        yield lot
        lot.close()
    finally:
        manage("DELETE", f"vhosts/{broker.virtual_host}")


@pytest.fixture(scope="session")
def kubectl() -> None:
    """Skips where there is no kubectl, which carries Kustomize."""
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is not installed, and it carries Kustomize")
