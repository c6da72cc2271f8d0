"""Role `read_model`: projects events into documents that queries read.

An event is a whole order with its version. A document is replaced only by a newer version; a stale event finds nothing
to replace, tries to insert, and meets the document that is newer (E11000). That is success: its effect is there,
overtaken. Version 1 is nobody's successor, so its event is a plain insert, several times cheaper than a guarded upsert.

An upsert is a query and then an insert, and another replica may insert an older version in between. So E11000 proves
that there is a document, and not that it is newer: the replacement runs once more, and what it does not match is stale.
"""

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import pymongo.errors
from pymongo import InsertOne, ReplaceOne

from contracts import documents, messages
from contracts.messages import Envelope, InvalidMessage
from worker import crash, document_store
from worker.crash import CrashPoints
from worker.metrics import Metrics
from worker.settings import Documents

Document: TypeAlias = dict[str, Any]


class ReadModelHandler:
    """The consumer's handler: one unordered bulk write per batch."""

    def __init__(self, settings: Documents, metrics: Metrics, crashes: CrashPoints) -> None:
        self._metrics = metrics
        self._crashes = crashes
        self._client = document_store.connect(settings)
        self._orders = document_store.database(self._client, settings)[documents.ORDERS]

    def check(self) -> None:
        """Asks the database for one document. Raises Unavailable or Misconfigured."""
        try:
            self._orders.find_one({}, {"_id": 1})
        except pymongo.errors.PyMongoError as error:
            raise document_store.translate(error) from error

    def examine(self, envelope: Envelope) -> None:
        """Raises InvalidMessage for anything but an event of an order."""
        if envelope.type != messages.CHANGED:
            raise InvalidMessage(f"{envelope.type} is no event")

    def apply(self, envelopes: Sequence[Envelope]) -> None:
        """Projects the events. Raises Unavailable, or what the database has against one of them.

        A bulk write is no transaction, but each replacement is guarded: repeating those that were done changes nothing.
        """
        newest = newest_versions(envelopes)
        self._crashes.reach(crash.BEFORE_COMMIT)
        try:
            stale = self._project([documents.order_document(event.payload) for event in newest])
        except pymongo.errors.PyMongoError as error:
            raise document_store.translate(error) from error
        self._metrics.repeats.inc(len(envelopes) - len(newest) + stale)

    def close(self) -> None:
        """Lets the connections go."""
        self._client.close()

    def _project(self, projected: Sequence[Document]) -> int:
        """Writes the documents; how many of them were stale. Raises PyMongoError."""
        try:
            self._orders.bulk_write([_write(document) for document in projected], ordered=False)
        except pymongo.errors.BulkWriteError as error:
            failures = error.details["writeErrors"]
            if error.details.get("writeConcernErrors") or any(
                failure["code"] != document_store.DUPLICATE_KEY for failure in failures
            ):
                raise
            met = [projected[failure["index"]] for failure in failures]
        else:
            return 0
        again = [_replacement(document, upsert=False) for document in met if document["version"] > 1]
        return len(met) - (self._orders.bulk_write(again, ordered=False).matched_count if again else 0)


def _write(document: Document) -> InsertOne[Document] | ReplaceOne[Document]:
    return InsertOne(document) if document["version"] == 1 else _replacement(document, upsert=True)


def _replacement(document: Document, *, upsert: bool) -> ReplaceOne[Document]:
    older = {"_id": document["_id"], "version": {"$lt": document["version"]}}
    return ReplaceOne(older, document, upsert=upsert)


def newest_versions(envelopes: Iterable[Envelope]) -> list[Envelope]:
    """The newest event of each order, in the order of their ids."""
    newest: dict[str, Envelope] = {}
    for envelope in envelopes:
        order_id = envelope.payload["order_id"]
        if order_id not in newest or envelope.payload["version"] > newest[order_id].payload["version"]:
            newest[order_id] = envelope
    return [newest[order_id] for order_id in sorted(newest)]
