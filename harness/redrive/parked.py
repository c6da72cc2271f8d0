"""A parked message: what it tells of how it came there, and what it is published as again."""

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pika

from contracts import messages, topology

_OUR_HEADERS = (topology.ATTEMPTS_HEADER, topology.PARKED_QUEUE_HEADER, topology.PARKED_REASON_HEADER)


@dataclass(frozen=True)
class Outgoing:
    """A message to publish."""

    exchange: str
    routing_key: str
    properties: pika.BasicProperties
    body: bytes


@dataclass(frozen=True)
class Parked:
    """A message among the dead letters; None stands for what nothing tells.

    `handle` is how its place calls it while it is held. `origin` is the work queue that it came from, `attempts` the
    tries before it was parked, `parked_at` UTC in ISO 8601. Where it cannot be published again, `again` is None and
    `problem` says why.
    """

    place: str
    handle: int | str
    origin: str | None
    message_id: str | None
    type: str | None
    reason: str | None
    attempts: int | None
    parked_at: str | None
    again: Outgoing | None
    problem: str | None = None


def from_broker(
    place: str, delivery_tag: int, routing_key: str, properties: pika.BasicProperties, body: bytes
) -> Parked:
    """A message of the queue of dead letters.

    Its origin is what the one who parked it wrote down, else the queue that the broker took it from, else the routing
    key that it was parked under. It goes straight into that queue: by its first exchange an event would reach the
    other queues a second time.
    """
    headers: Mapping[str, Any] = properties.headers or {}
    death = _latest_death(headers)
    origin = _text(headers.get(topology.PARKED_QUEUE_HEADER)) or _text(death.get("queue")) or routing_key
    known = origin in topology.WORK_QUEUES
    attempts = headers.get(topology.ATTEMPTS_HEADER)
    return Parked(
        place=place,
        handle=delivery_tag,
        origin=origin or None,
        message_id=properties.message_id or _field(body, "message_id"),
        type=properties.type or _field(body, "type"),
        reason=_text(headers.get(topology.PARKED_REASON_HEADER)) or _text(death.get("reason")),
        attempts=attempts if isinstance(attempts, int) else None,
        parked_at=_iso(death.get("time", properties.timestamp)),
        again=Outgoing("", origin, _renewed(properties, headers), body) if known else None,
        problem=None if known else f"its origin is unknown: {origin!r} is no work queue",
    )


def from_sqs(place: str, message: Mapping[str, Any]) -> Parked:
    """A message, as ReceiveMessage gives it, of the dead-letter queue behind the overflow queue.

    It is a command that never reached the broker, so it is published as the function `commands` would have done.
    """
    body = message["Body"].encode("utf-8", "surrogatepass")
    problem = None
    again = None
    try:
        envelope = messages.decode(body)
    except (messages.InvalidMessage, RecursionError) as error:
        problem = f"its origin is unknown: {error}"
    else:
        if envelope.type in (messages.PLACE, messages.CANCEL):
            properties = pika.BasicProperties(
                content_type=messages.CONTENT_TYPE,
                delivery_mode=pika.DeliveryMode.Persistent.value,
                message_id=envelope.message_id,
                headers={"traceparent": envelope.traceparent},
            )
            again = Outgoing(topology.COMMANDS, envelope.type, properties, body)
        else:
            problem = f"its origin is unknown: {envelope.type} is no command"
    return Parked(
        place=place,
        handle=message["ReceiptHandle"],
        origin=topology.ORDER_COMMANDS if again else None,
        message_id=_field(body, "message_id"),
        type=_field(body, "type"),
        reason=None,
        attempts=int(message["Attributes"]["ApproximateReceiveCount"]),
        parked_at=None,
        again=again,
        problem=problem,
    )


def _renewed(properties: pika.BasicProperties, headers: Mapping[str, Any]) -> pika.BasicProperties:
    """The properties of a message that was never tried: persistent, and without the marks of its first life."""
    renewed = copy.copy(properties)
    renewed.delivery_mode = pika.DeliveryMode.Persistent.value
    renewed.user_id = None  # the broker takes it only from that very user
    renewed.headers = {
        name: value
        for name, value in headers.items()
        if name not in _OUR_HEADERS and not name.startswith(topology.BROKERS_HEADERS)
    }
    return renewed


def _latest_death(headers: Mapping[str, Any]) -> Mapping[str, Any]:
    """The broker's own record of why it dead-lettered, the newest first (https://www.rabbitmq.com/docs/dlx#effects)."""
    deaths = headers.get("x-death")
    latest = deaths[0] if isinstance(deaths, list) and deaths else None
    return latest if isinstance(latest, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _field(body: bytes, name: str) -> str | None:
    """A text of the envelope, also where the rest breaks the contract."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return _text(value.get(name)) if isinstance(value, dict) else None


def _iso(time: object) -> str | None:
    """A header's time or the property `timestamp`, in seconds since 1970."""
    try:
        moment = datetime.fromtimestamp(time, UTC) if isinstance(time, int) else time
    except (ValueError, OverflowError, OSError):
        return None
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(moment, datetime) else None
