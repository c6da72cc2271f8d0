"""Events of the Amazon MQ (RabbitMQ) event source: https://docs.aws.amazon.com/lambda/latest/dg/with-mq.html."""

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Delivery:
    """One message of `queue`. `message_id` and `traceparent` are None where the sender set none."""

    queue: str
    body: bytes
    message_id: str | None
    traceparent: str | None


def deliveries(event: Mapping[str, Any]) -> Iterator[Delivery]:
    """The messages of an event, whose keys are `<queue>::<virtual host>`."""
    for name, received in event["rmqMessagesByQueue"].items():
        queue = name.partition("::")[0]
        for message in received:
            properties = message.get("basicProperties") or {}
            headers = properties.get("headers") or {}
            body = _body(message.get("data"))
            yield Delivery(queue, body, properties.get("messageId"), _text(headers.get("traceparent")))


def _body(data: object) -> bytes:
    try:
        return base64.b64decode(str(data or ""), validate=True)
    except (binascii.Error, ValueError):
        return str(data).encode()  # no message of ours, and kept as it came


def _text(value: object) -> str | None:
    """A header's text: AWS gives strings as {"bytes": [118, 97, …]}."""
    if isinstance(value, Mapping):
        try:
            return bytes(value["bytes"]).decode()
        except (KeyError, TypeError, ValueError):
            return None
    return value if isinstance(value, str) else None
