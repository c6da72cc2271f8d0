"""Events of orders, from RabbitMQ: one notification document for each event.

Amazon MQ's event source has no partial failures: an error repeats the whole batch, and a message that can never be read
would stop the queue for ever. So this function parks such a message itself, and raises only when the read model or the
broker is away. Everything it does may be done again.
"""

import logging
import os
import time
from collections.abc import Mapping, Sequence
from typing import Any

import bson
from bson.errors import BSONError
from pymongo import UpdateOne
from pymongo.errors import AutoReconnect, BulkWriteError

from contracts import documents as shapes
from contracts import messages
from shared import config, logs
from shared.deadline import Context, Deadline
from shared.documents import Documents
from shared.errors import FunctionError
from shared.parking import parked, readable
from shared.publisher import Message, Publisher, Receipt
from shared.rabbitmq_event import Delivery, deliveries
from shared.warm import compile_schemas

logger = logging.getLogger(__name__)

DUPLICATE_KEY = 11000
PARK_S = 5.0
MARGIN_S = 1.0


class NotParked(FunctionError):
    """The broker did not take messages that must be parked: the batch has to come again."""


class Notifications:
    """The handler."""

    def __init__(self, documents: Documents, publisher: Publisher) -> None:
        self._documents = documents
        self._publisher = publisher

    def __call__(self, event: Mapping[str, Any], context: Context) -> None:
        logs.begin(context.aws_request_id)
        started = time.monotonic()
        documents: dict[str, dict[str, Any]] = {}
        poison: list[Message] = []
        received = 0
        for delivery in deliveries(event):
            received += 1
            try:
                document = _notification(delivery)
            except messages.InvalidMessage as error:
                poison.append(
                    parked(delivery.queue, delivery.body, str(error), delivery.message_id, delivery.traceparent)
                )
            else:
                documents[document["_id"]] = document
        # In this order: documents are idempotent, while parking twice leaves two copies for a person to look at.
        if documents:
            self._write(list(documents.values()))
        if poison:
            self._park(poison, Deadline.of(context, MARGIN_S))
        logger.info(
            "batch",
            extra=logs.fields(
                received=received,
                notifications=len(documents),
                parked=len(poison),
                duration_ms=round((time.monotonic() - started) * 1000, 1),
            ),
        )

    def _write(self, documents: Sequence[Mapping[str, Any]]) -> None:
        upserts = [
            UpdateOne(
                {"_id": document["_id"]},
                {"$setOnInsert": {name: value for name, value in document.items() if name != "_id"}},
                upsert=True,
            )
            for document in documents
        ]
        with self._documents.collection(shapes.NOTIFICATIONS) as collection:
            try:
                _upsert(collection, upserts)
            except AutoReconnect:
                _upsert(collection, upserts)  # the connection was stale after a freeze or a restart

    def _park(self, poison: Sequence[Message], deadline: Deadline) -> None:
        pending = self._publisher.publish(poison, min(PARK_S, deadline.remaining_s()))
        for message, receipt in zip(poison, pending.receipts, strict=True):
            logger.log(
                logging.ERROR,
                "message parked" if receipt is Receipt.CONFIRMED else "message not parked",
                extra=logs.fields(message_id=message.message_id, receipt=receipt.value, **message.headers),
            )
        if any(receipt is not Receipt.CONFIRMED for receipt in pending.receipts):
            raise NotParked(f"the broker did not take messages that must be parked: {pending.cause or 'refused'}")


def _notification(delivery: Delivery) -> dict[str, Any]:
    """The document, the same whenever and however often the event comes. Raises InvalidMessage."""
    envelope = readable(delivery.body)
    if envelope.type != messages.CHANGED:
        raise messages.InvalidMessage(f"type is {envelope.type}, which brings no notification")
    order = envelope.payload
    document = {
        "_id": envelope.message_id,
        "order_id": order["order_id"],
        "user_id": order["user_id"],
        "version": order["version"],
        "status": order["status"],
        "created_at": envelope.occurred_at,
    }
    try:
        bson.encode(document)
    except (BSONError, OverflowError, UnicodeError) as error:
        # JSON can say what BSON cannot, such as an integer of more than 64 bits.
        raise messages.InvalidMessage(f"no document can be made of it: {type(error).__name__}") from None
    return document


def _upsert(collection: Any, upserts: Sequence[UpdateOne]) -> None:
    try:
        collection.bulk_write(list(upserts), ordered=False)
    except BulkWriteError as error:
        failures = error.details.get("writeErrors", [])
        # Two upserts of one id may collide, in another environment; then the document is there, which is all we want.
        if error.details.get("writeConcernErrors") or any(f.get("code") != DUPLICATE_KEY for f in failures):
            raise


def _build() -> Notifications:
    logs.configure()
    compile_schemas("envelope", messages.CHANGED)
    return Notifications(Documents(config.documents(os.environ)), Publisher(config.broker(os.environ)))


handler = _build()
