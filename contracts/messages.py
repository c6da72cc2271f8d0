"""The envelope that every message travels in, checked on both sides."""

import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from contracts import identity, schemas

PLACE = "order.place"
CANCEL = "order.cancel"
CHANGED = "order.changed"
SCHEMA_VERSION = 1
CONTENT_TYPE = "application/json"


class InvalidMessage(Exception):
    """Bytes that are no message of this contract, and never will be: to be parked, not retried."""


@dataclass(frozen=True)
class Envelope:
    """One message. `occurred_at` is UTC, ISO 8601 with microseconds; `version` is set on events only."""

    message_id: str
    type: str
    occurred_at: str
    user_id: str
    traceparent: str
    payload: dict[str, Any]
    version: int | None = None
    schema_version: int = SCHEMA_VERSION


def utc_now() -> str:
    """The time as the contract writes it: 2026-01-31T23:59:59.000001Z."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def new_traceparent() -> str:
    """A fresh W3C trace context (https://www.w3.org/TR/trace-context/), sampled."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


def command(type_: str, user_id: str, key: str, payload: dict[str, Any], traceparent: str | None = None) -> Envelope:
    """The command that `user_id` sends under `key`. A retry has the same `message_id`."""
    return Envelope(
        message_id=identity.message_id(user_id, key, type_),
        type=type_,
        occurred_at=utc_now(),
        user_id=user_id,
        traceparent=traceparent or new_traceparent(),
        payload=payload,
    )


def event(user_id: str, payload: dict[str, Any], traceparent: str) -> Envelope:
    """The event that carries an order's whole state. `payload` follows json_schemas/order.changed.json."""
    version = payload["version"]
    return Envelope(
        message_id=identity.event_id(payload["order_id"], version),
        type=CHANGED,
        occurred_at=utc_now(),
        user_id=user_id,
        traceparent=traceparent,
        payload=payload,
        version=version,
    )


def encode(envelope: Envelope) -> bytes:
    """The message's bytes. Raises InvalidMessage where it breaks the contract, before anything is sent."""
    value = {
        "message_id": envelope.message_id,
        "type": envelope.type,
        "schema_version": envelope.schema_version,
        "occurred_at": envelope.occurred_at,
        "user_id": envelope.user_id,
        "traceparent": envelope.traceparent,
        "payload": envelope.payload,
    }
    if envelope.version is not None:
        value["version"] = envelope.version
    _check(value)
    return json.dumps(value, separators=(",", ":")).encode()


def decode(body: bytes | str) -> Envelope:
    """The message in `body`. Raises InvalidMessage, with the place, for anything else."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InvalidMessage(f"not JSON: {error}") from None
    _check(value)
    return Envelope(**value)


def _check(value: Any) -> None:
    try:
        schemas.validate("envelope", value)
        schemas.validate(value["type"], value["payload"])
    except schemas.SchemaViolation as error:
        raise InvalidMessage(f"breaks its schema at {error}") from None
    if value["type"] == CHANGED and value.get("version") != value["payload"]["version"]:
        raise InvalidMessage("the envelope's version differs from the order's")
