"""The event of a RabbitMQ event source (Lambda developer guide, "Using Lambda with Amazon MQ")."""

import base64
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from pika import BasicProperties

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def record(properties: BasicProperties, body: bytes, *, redelivered: bool) -> bytes:
    """One message of the event, as JSON."""
    value = {
        "basicProperties": {
            "contentType": properties.content_type,
            "contentEncoding": properties.content_encoding,
            "headers": {name: header(item) for name, item in (properties.headers or {}).items()},
            "deliveryMode": properties.delivery_mode,
            "priority": properties.priority,
            "correlationId": properties.correlation_id,
            "replyTo": properties.reply_to,
            "expiration": properties.expiration,
            "messageId": properties.message_id,
            "timestamp": None if properties.timestamp is None else timestamp(properties.timestamp),
            "type": properties.type,
            "userId": properties.user_id,
            "appId": properties.app_id,
            "clusterId": properties.cluster_id,
            "bodySize": len(body),
        },
        "redelivered": redelivered,
        "data": base64.b64encode(body).decode("ascii"),
    }
    return json.dumps(value, separators=(",", ":")).encode("ascii")


def event(records: Sequence[bytes], *, queue: str, virtual_host: str, broker_arn: str) -> bytes:
    """The event with encoded records of one queue."""
    head = json.dumps({"eventSource": "aws:rmq", "eventSourceArn": broker_arn}, separators=(",", ":"))
    key = json.dumps(f"{queue}::{virtual_host}")
    return f'{head[:-1]},"rmqMessagesByQueue":{{{key}:['.encode() + b",".join(records) + b"]}}"


def header(value: Any) -> Any:
    """A header's value: text comes as `{"bytes": […]}`, numbers and booleans as they are, tables and arrays element
    by element.
    """
    if isinstance(value, str):
        return {"bytes": list(value.encode())}
    if isinstance(value, bytes | bytearray):
        return {"bytes": list(value)}
    if isinstance(value, datetime):
        return timestamp(value.replace(tzinfo=UTC).timestamp())
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {name: header(item) for name, item in value.items()}
    if isinstance(value, list):
        return [header(item) for item in value]
    return value


def timestamp(unix_s: float) -> str | float:
    """`Jan 1, 1970, 12:33:41 AM`, in UTC; a number too large for a time, such as one of milliseconds, as it is."""
    try:
        t = datetime.fromtimestamp(unix_s, UTC)
    except (ValueError, OverflowError, OSError):
        return unix_s
    hour = t.hour % 12 or 12
    half = "AM" if t.hour < 12 else "PM"
    return f"{_MONTHS[t.month - 1]} {t.day}, {t.year}, {hour}:{t.minute:02}:{t.second:02} {half}"
