"""Connections to the document database, and what its errors mean. Within what DocumentDB 5.0 supports."""

from typing import Any

import pymongo
import pymongo.errors
from pymongo.write_concern import WriteConcern

from worker.errors import Misconfigured, Unavailable
from worker.settings import Documents

_SELECTION_LIMIT_MS = 5_000
_ANSWER_LIMIT_MS = 10_000
_REFUSED = (13, 18)  # Unauthorized, AuthenticationFailed
DUPLICATE_KEY = 11000

# Not the primary (any more), shutting down, interrupted by either: a failover.
# https://github.com/mongodb/specifications/blob/master/source/retryable-writes/retryable-writes.md#determining-retryable-errors
_AWAY = frozenset({6, 7, 89, 91, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436})


def connect(settings: Documents) -> "pymongo.MongoClient[dict[str, Any]]":
    """A client; it connects when first used. What the URL says about time limits stands."""
    defaults: dict[str, Any] = {
        "serverSelectionTimeoutMS": _SELECTION_LIMIT_MS,
        "connectTimeoutMS": _SELECTION_LIMIT_MS,
        "socketTimeoutMS": _ANSWER_LIMIT_MS,
    }
    given = settings.address.url.lower()
    return pymongo.MongoClient(
        settings.address.url,
        username=settings.account.username,
        password=settings.account.password,
        retryWrites=False,  # DocumentDB has no retryable writes: repeats are ours to absorb
        maxPoolSize=4,
        **{name: value for name, value in defaults.items() if f"{name.lower()}=" not in given},
    )


def database(client: "pymongo.MongoClient[dict[str, Any]]", settings: Documents) -> Any:
    """The database of the read model; a write counts once a majority of the instances has it."""
    return client.get_database(settings.address.database, write_concern=WriteConcern(w="majority"))


def translate(error: pymongo.errors.PyMongoError) -> Exception:
    """Unavailable, Misconfigured, or the error itself where neither fits (and then a message is at fault)."""
    if isinstance(error, pymongo.errors.OperationFailure) and error.code in _REFUSED:
        return Misconfigured(f"the document database refuses the account: run `migrate` first ({error})")
    away = (
        pymongo.errors.ConnectionFailure,
        pymongo.errors.ExecutionTimeout,
        pymongo.errors.WTimeoutError,
        pymongo.errors.WaitQueueTimeoutError,
    )
    retryable = error.has_error_label("RetryableWriteError") or error.has_error_label("TransientTransactionError")
    if isinstance(error, away) or retryable:
        return Unavailable(f"the document database: {str(error)[:300]}")
    if isinstance(error, pymongo.errors.BulkWriteError):
        concerns, failures = error.details.get("writeConcernErrors"), error.details.get("writeErrors", ())
        if concerns or any(failure.get("code") in _AWAY for failure in failures):
            return Unavailable(f"the document database: {str(error)[:300]}")
    return error
