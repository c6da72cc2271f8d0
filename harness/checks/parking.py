"""Looks at the messages that are set aside, and leaves them where they are."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import pika

from contracts import topology
from harness.checks.errors import FactsUnreadable
from harness.checks.facts import Parked

# The broker's own header, on messages that it dead-lettered itself (https://www.rabbitmq.com/docs/dlx#effects).
_FIRST_DEATH_QUEUE = "x-first-death-queue"
_FIRST_DEATH_REASON = "x-first-death-reason"

_BROKER_TIMEOUT_S = 10
_HIDDEN_S = 120
_EMPTY_ANSWERS = 3


def browse_broker(url: str, queue: str = topology.DEAD_LETTERS) -> tuple[Parked, ...]:
    """All messages of `queue`, of the broker at the AMQP `url`; they are taken without an ack and given back.

    Each look counts as a delivery, which RabbitMQ limits per message, so this is for the end of a run and not for
    polling. Raises FactsUnreadable where the broker or the queue is not there.
    """
    parameters = pika.URLParameters(url)
    parameters.socket_timeout = parameters.stack_timeout = parameters.blocked_connection_timeout = _BROKER_TIMEOUT_S
    try:
        connection = pika.BlockingConnection(parameters)
        try:
            channel = connection.channel()
            found = tuple(_gets(channel, queue))
            if found:
                channel.basic_nack(delivery_tag=0, multiple=True, requeue=True)
            channel.close()
        finally:
            if connection.is_open:
                connection.close()
    except (pika.exceptions.AMQPError, OSError) as error:
        place = f"{parameters.host}:{parameters.port}"
        raise FactsUnreadable(f"queue {queue} of the broker at {place} cannot be browsed: {error!r}") from error
    return found


def _gets(channel: Any, queue: str) -> Iterator[Parked]:
    while True:
        method, properties, body = channel.basic_get(queue, auto_ack=False)
        if method is None:
            return
        headers = properties.headers or {}
        yield parked(
            body,
            place=f"RabbitMQ {queue}",
            message_id=properties.message_id,
            queue=headers.get(topology.PARKED_QUEUE_HEADER) or headers.get(_FIRST_DEATH_QUEUE) or method.routing_key,
            reason=headers.get(topology.PARKED_REASON_HEADER) or headers.get(_FIRST_DEATH_REASON),
        )


def browse_sqs(client: Any, queue_url: str) -> tuple[Parked, ...]:
    """All messages of the SQS queue at `queue_url`; they are hidden while this looks and visible again after.

    `client` is boto3's. A queue is taken as read to its end after three empty answers, since SQS may answer with a
    part of what it has. Raises botocore's errors.
    """
    name = queue_url.rsplit("/", 1)[-1]
    found: dict[str, Parked] = {}
    handles: list[str] = []
    empty = 0
    try:
        while empty < _EMPTY_ANSWERS:
            answer = client.receive_message(
                QueueUrl=queue_url, MaxNumberOfMessages=10, VisibilityTimeout=_HIDDEN_S, WaitTimeSeconds=0
            )
            messages = answer.get("Messages", [])
            empty = 0 if messages else empty + 1
            for message in messages:
                handles.append(message["ReceiptHandle"])
                found[message["MessageId"]] = parked(message["Body"].encode(), place=f"SQS {name}")
    finally:
        for start in range(0, len(handles), 10):
            client.change_message_visibility_batch(
                QueueUrl=queue_url,
                Entries=[
                    {"Id": str(number), "ReceiptHandle": handle, "VisibilityTimeout": 0}
                    for number, handle in enumerate(handles[start : start + 10])
                ],
            )
    return tuple(found.values())


def parked(
    body: bytes, *, place: str, message_id: str | None = None, queue: str | None = None, reason: str | None = None
) -> Parked:
    """The parked message of this body. Its id is taken from the body where its properties have none."""
    return Parked(
        message_id=message_id or _id_in(body),
        fingerprint=hashlib.sha256(body).hexdigest(),
        queue=queue,
        reason=reason,
        place=place,
    )


def _id_in(body: bytes) -> str | None:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    found = value.get("message_id") if isinstance(value, dict) else None
    return found if isinstance(found, str) else None
