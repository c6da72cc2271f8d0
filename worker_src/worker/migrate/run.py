"""The steps of `migrate`, in order, and the patience with servers that are still starting."""

import logging
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from worker import mysql
from worker.backoff import Backoff
from worker.errors import Unavailable
from worker.migrate import broker, documents, schema
from worker.settings import Migrate

_log = logging.getLogger(__name__)

_PATIENCE_S = 120.0
_PAUSE_CAP_S = 2.0
_LOCK = "orders.migrate"
_LOCK_WAIT_S = 25  # below the read timeout of our connections

Value = TypeVar("Value")


def run(settings: Migrate, stop: threading.Event) -> None:
    """Brings every server to what this version needs. Raises Unavailable, Misconfigured or SchemaConflict."""
    patiently = _Patience(stop)
    connection = patiently.do("MySQL", lambda: schema.connect(settings.mysql))
    try:
        patiently.do("the lock of another migrate", lambda: _lock(connection))
        schema.migrate(connection, settings.mysql)
        schema.load_catalogue(connection)
        schema.create_account(connection, settings.mysql.address.database, settings.mysql_account)
        patiently.do("RabbitMQ", lambda: broker.declare(settings.broker))
        patiently.do("RabbitMQ's management API", lambda: broker.create_account(settings))
        patiently.do("the document database", lambda: documents.migrate(settings))
    finally:
        connection.close()  # and with it the lock
    _log.info("migrated")


def _lock(connection: mysql.Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT GET_LOCK(%s, %s)", (_LOCK, _LOCK_WAIT_S))
        row = cursor.fetchone()
    if row is None or row[0] != 1:
        raise Unavailable(f"another migrate holds the lock {_LOCK!r}")


class _Patience:
    """Repeats a step while its server is away, up to a deadline for all steps together."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._deadline = time.monotonic() + _PATIENCE_S

    def do(self, what: str, step: Callable[[], Value]) -> Value:
        """The step's result. Raises Unavailable where the time is up, or the process is to stop."""
        backoff = Backoff(cap_s=_PAUSE_CAP_S)
        while True:
            try:
                return step()
            except Unavailable as error:
                if self._stop.is_set() or time.monotonic() > self._deadline:
                    raise
                pause_s = backoff.next_s()
                _log.warning(f"waiting for {what}", extra={"error": str(error), "retry_in_s": round(pause_s, 3)})
                self._stop.wait(pause_s)
