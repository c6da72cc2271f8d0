"""What comes from the broker, what goes to it, and how a delivery is sent to wait or to rest."""

import time
from dataclasses import dataclass, field
from typing import Any

import pika

from contracts import messages, topology

_REASON_LIMIT = 500


@dataclass(frozen=True)
class Delivery:
    """One message in hand. `tag` is void once its session has ended."""

    tag: int
    body: bytes
    message_id: str | None = None
    type: str | None = None
    content_type: str | None = None
    headers: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Outgoing:
    """One message to publish: persistent and mandatory."""

    exchange: str
    routing_key: str
    body: bytes
    message_id: str | None
    type: str | None
    content_type: str | None = messages.CONTENT_TYPE
    headers: dict[str, Any] | None = None

    def properties(self) -> pika.BasicProperties:
        """As AMQP has them; the time is that of publishing, which tells of a parked message since when it rests."""
        return pika.BasicProperties(
            content_type=self.content_type,
            delivery_mode=pika.DeliveryMode.Persistent.value,
            message_id=self.message_id,
            timestamp=int(time.time()),
            type=self.type,
            headers=self.headers,
        )


def attempts_of(delivery: Delivery) -> int:
    """The tries before this one. A header that makes no sense counts as none."""
    attempts = delivery.headers.get(topology.ATTEMPTS_HEADER, 0)
    return attempts if isinstance(attempts, int) and attempts > 0 else 0


def again(delivery: Delivery, queue: str, attempts: int) -> Outgoing:
    """`delivery` of the work queue `queue`, to come back after the delay that `attempts` failed tries earn."""
    waiting = topology.retry_queue(queue, topology.retry_delay_s(attempts))
    return _copy(delivery, "", waiting, {topology.ATTEMPTS_HEADER: attempts})


def parked(delivery: Delivery, queue: str, attempts: int, reason: str) -> Outgoing:
    """`delivery` of the work queue `queue`, to rest among the dead letters until somebody looks at it."""
    headers = {
        topology.ATTEMPTS_HEADER: attempts,
        topology.PARKED_QUEUE_HEADER: queue,
        topology.PARKED_REASON_HEADER: " ".join(reason.split())[:_REASON_LIMIT],
    }
    return _copy(delivery, topology.DEAD_LETTERS, queue, headers)


def _copy(delivery: Delivery, exchange: str, routing_key: str, headers: dict[str, Any]) -> Outgoing:
    kept = {name: value for name, value in delivery.headers.items() if not name.startswith(topology.BROKERS_HEADERS)}
    return Outgoing(
        exchange=exchange,
        routing_key=routing_key,
        body=delivery.body,
        message_id=delivery.message_id,
        type=delivery.type,
        content_type=delivery.content_type,
        headers={**kept, **headers},
    )
