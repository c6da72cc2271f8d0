"""Applies batches of commands to MySQL, one transaction each."""

import logging
import random
import time
from collections.abc import Sequence

import pymysql

from contracts.messages import Envelope
from worker import crash, mysql
from worker.crash import CrashPoints
from worker.errors import WorkerError
from worker.metrics import Metrics
from worker.orders import rules, store
from worker.settings import MySql

_log = logging.getLogger(__name__)

_TRIES = 8
_PAUSE_S = 0.01


class OrdersHandler:
    """The consumer's handler: inbox, orders, movements and outbox in one transaction per batch."""

    def __init__(self, server: MySql, metrics: Metrics, crashes: CrashPoints) -> None:
        self._server = server
        self._metrics = metrics
        self._crashes = crashes
        self._connection: mysql.Connection | None = None

    def check(self) -> None:
        """Connects, or sees whether the connection still stands. Raises Unavailable or Misconfigured."""
        connection = self._connect()
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT version FROM schema_migrations LIMIT 1")
            connection.rollback()
        except (pymysql.MySQLError, OSError) as error:
            raise self._translate(error) from error

    def examine(self, envelope: Envelope) -> None:
        """Raises InvalidMessage for anything that is no command of its user."""
        rules.examine(envelope)

    def apply(self, envelopes: Sequence[Envelope]) -> None:
        """Applies the commands, or none. Raises Unavailable, InvalidMessage, or what MySQL has against one of them."""
        lock_products = False
        for left in reversed(range(_TRIES)):
            try:
                changes = self._transaction(envelopes, lock_products)
            except store.StockTaken:
                lock_products = True
            except (pymysql.MySQLError, OSError) as error:
                if not (left and mysql.code_of(error) in mysql.CONFLICTS):
                    raise self._translate(error) from error
                time.sleep(random.uniform(0, _PAUSE_S))
            else:
                for processed in changes.processed:
                    self._metrics.outcomes.labels(processed.outcome).inc()
                self._metrics.repeats.inc(changes.repeats)
                return
            self._metrics.retried_transactions.inc()
        raise RuntimeError(f"the stock of a batch of {len(envelopes)} was taken {_TRIES} times, though locked")

    def close(self) -> None:
        """Lets the connection go; what is not committed is undone."""
        if self._connection is not None:
            mysql.close(self._connection)
            self._connection = None

    def _translate(self, error: Exception) -> Exception:
        """What the error means; the connection goes where the error is about that, and not about a message."""
        translated = mysql.translate(error, self._server)
        if isinstance(translated, WorkerError):
            self.close()
        return translated

    def _connect(self) -> mysql.Connection:
        if self._connection is None:
            self._connection = mysql.connect(self._server)
            self._metrics.connects.labels("database").inc()
        return self._connection

    def _transaction(self, commands: Sequence[Envelope], lock_products: bool) -> rules.Changes:
        connection = self._connect()
        try:
            with connection.cursor() as cursor:
                now = store.read_now(cursor)
                state = store.read_state(
                    cursor,
                    {command.payload["order_id"] for command in commands},
                    {command.message_id for command in commands},
                    {line["sku"] for command in commands for line in command.payload.get("lines", ())},
                    lock_products=lock_products,
                )
                changes = rules.decide(state, commands, now)
                store.write(cursor, state, changes, now)
            self._crashes.reach(crash.BEFORE_COMMIT)
            connection.commit()
            return changes
        except BaseException:
            self._undo(connection)
            raise

    def _undo(self, connection: mysql.Connection) -> None:
        try:
            connection.rollback()
        except (pymysql.MySQLError, OSError):
            self.close()
