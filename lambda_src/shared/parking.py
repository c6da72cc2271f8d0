"""Poison, and its parking: what can never be processed is kept, with where it came from and why."""

import uuid

from contracts import messages, topology
from contracts.messages import Envelope
from shared.publisher import Message

_NAMESPACE = uuid.UUID("5d3f6c0e-6a0b-5f2a-9a51-6f1f1d0f6d5e")


def readable(body: bytes) -> Envelope:
    """The message in `body`. Raises InvalidMessage for whatever can never be read."""
    try:
        return messages.decode(body)
    except RecursionError:
        raise messages.InvalidMessage("nested too deeply") from None


def parked(queue: str, body: bytes, reason: str, message_id: str | None, traceparent: str | None) -> Message:
    """`body` as a message for the dead-letters exchange. Without an id it gets one that follows from its content."""
    return Message(
        exchange=topology.DEAD_LETTERS,
        routing_key=queue,
        body=body,
        message_id=message_id or str(uuid.uuid5(_NAMESPACE, body.hex())),
        headers={
            topology.PARKED_QUEUE_HEADER: queue,
            topology.PARKED_REASON_HEADER: reason[:500],
            "traceparent": traceparent or messages.new_traceparent(),
        },
    )
