"""Deterministic identifiers: a retry derives the same ids, whoever retries and whenever.

`order_id` is a UUIDv8 (RFC 9562 §5.8). Its first 60 free bits come from SHA-256(user) and its last 62 from
SHA-256(user, key), so that a function tells a foreign order from its id alone, without a read.
"""

import hashlib
import json
import uuid
from collections.abc import Mapping
from typing import Any

_LOW_62 = (1 << 62) - 1


def _bits(count: int, *parts: str) -> int:
    """The leading `count` bits of SHA-256 over the parts, each preceded by its length so that no two lists collide."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode()
        digest.update(len(data).to_bytes(4, "big") + data)
    return int.from_bytes(digest.digest(), "big") >> (256 - count)


def _uuid8(high_60: int, low_62: int) -> str:
    """A UUIDv8 of 48 + 12 bits before and 62 bits after its version and variant."""
    custom_a, custom_b = high_60 >> 12, high_60 & 0xFFF
    return str(uuid.UUID(int=custom_a << 80 | 8 << 76 | custom_b << 64 | 0b10 << 62 | low_62))


def order_id(user_id: str, key: str) -> str:
    """The id of the order that `user_id` places under the idempotency key `key`."""
    return _uuid8(_bits(60, user_id), _bits(62, user_id, key))


def owns(user_id: str, order: str) -> bool:
    """Whether `order` can be an order of `user_id`: it is a canonical order id and its user bits match."""
    try:
        parsed = uuid.UUID(order)
    except ValueError:
        return False
    return str(parsed) == order and order == _uuid8(_bits(60, user_id), parsed.int & _LOW_62)


def message_id(user_id: str, key: str, message_type: str) -> str:
    """The id of the command of this type that `user_id` sends under `key`; the inbox absorbs its repeats."""
    return _uuid8(_bits(60, "message", message_type, user_id, key), _bits(62, key, user_id, message_type))


def event_id(order: str, version: int) -> str:
    """The id of the event that carries version `version` of an order; a republished event keeps it."""
    return _uuid8(_bits(60, "event", order, str(version)), _bits(62, str(version), order))


def request_hash(payload: Mapping[str, Any]) -> str:
    """SHA-256, in hex, of the canonical JSON of a request: tells a retry from another request under the same key."""
    return hashlib.sha256(json.dumps(payload, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
