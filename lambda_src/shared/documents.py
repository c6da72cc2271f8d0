"""The read model: a client of DocumentDB, or of anything else that speaks MongoDB's protocol.

pymongo's monitor is a thread, frozen with the environment. It polls (as pymongo does by itself on Lambda) instead of
streaming, so that a thaw finds no half-read answer; a connection that was idle is checked by pymongo before use; and
every operation has one deadline over selection, connection, answer and retry (`timeoutMS`).
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pymongo
from pymongo.errors import AutoReconnect, ExecutionTimeout, OperationFailure, WaitQueueTimeoutError

from shared.config import DocumentsConfig
from shared.errors import Unavailable

logger = logging.getLogger(__name__)

TIMEOUT_MS = 2000
AUTHENTICATION_FAILED = 18

Document = dict[str, Any]


class Documents:
    """The database. Nothing is opened before the first use."""

    def __init__(self, config: DocumentsConfig) -> None:
        self._config = config
        self._client: pymongo.MongoClient[Document] | None = None

    @contextmanager
    def collection(self, name: str) -> Iterator[Any]:
        """The collection, for operations that raise Unavailable where the server is away or does not answer in time."""
        try:
            yield self._connected()[self._config.address.database][name]
        except (AutoReconnect, ExecutionTimeout, WaitQueueTimeoutError) as error:
            raise Unavailable("the read model", type(error).__name__) from error
        except OperationFailure as error:
            if error.code != AUTHENTICATION_FAILED and not error.timeout:
                raise
            if error.code == AUTHENTICATION_FAILED:
                self._config.credentials.forget()
                self._close()
            raise Unavailable("the read model", f"{type(error).__name__} {error.code}") from error

    def _connected(self) -> "pymongo.MongoClient[Document]":
        if self._client is None:
            credentials = self._config.credentials.get()
            self._client = pymongo.MongoClient(
                self._config.address.url,
                username=credentials.username,
                password=credentials.password,
                appname=os.environ.get("AWS_LAMBDA_FUNCTION_NAME"),
                retryWrites=False,  # DocumentDB has none before 8.0; our writes are idempotent and repeated by us
                retryReads=True,
                maxPoolSize=2,
                maxIdleTimeMS=60_000,
                timeoutMS=TIMEOUT_MS,
                serverSelectionTimeoutMS=TIMEOUT_MS,
                connectTimeoutMS=TIMEOUT_MS,
                socketTimeoutMS=TIMEOUT_MS,
                serverMonitoringMode="poll",
            )
        return self._client

    def _close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()
