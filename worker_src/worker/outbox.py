"""Role `outbox`: relays the events that wait in MySQL's outbox to RabbitMQ.

Each turn is one transaction: lock some unpublished rows that nobody else has locked, publish them with a window of
confirms, mark those that were confirmed, commit. There is no position to keep: ids are handed out before they commit,
so a relay that remembered the highest would pass over a late one. Any number of relays may run. A crash between
confirm and commit publishes an event twice, under the same event id.
"""

import logging
import random
import threading
import time
from concurrent.futures import Future, wait
from typing import Any

import pymysql

from contracts import messages, topology
from worker import crash, mysql
from worker.backoff import Backoff
from worker.broker import Needs, Outgoing, PublishFailed, Session, open_session
from worker.crash import CrashPoints
from worker.errors import SessionLost, Unavailable
from worker.health import Health
from worker.metrics import Metrics
from worker.settings import Outbox

_log = logging.getLogger(__name__)

_CONFIRM_LIMIT_S = 15.0
_PAUSE_CAP_S = 5.0
_IDLE_GROWTH = 1.5
_IDLE_FACTOR_LIMIT = 5.0  # the pause grows to this many times its shortest
_COUNT_EVERY_S = 5.0

_TAKE = "SELECT id, event_id, body FROM outbox WHERE published_at IS NULL ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED"
_MARK = "UPDATE outbox SET published_at = UTC_TIMESTAMP(6) WHERE id IN %s"


class Relay:
    """Publishes until `stop` is set; then finishes the turn it is in."""

    def __init__(
        self, settings: Outbox, health: Health, metrics: Metrics, crashes: CrashPoints, stop: threading.Event
    ) -> None:
        self._settings = settings
        self._health = health
        self._metrics = metrics
        self._crashes = crashes
        self._stop = stop
        self._connection: mysql.Connection | None = None
        self._counted = 0.0

    def run(self) -> None:
        """Runs until stopped. Raises Misconfigured where trying again does not help."""
        backoff = Backoff(cap_s=_PAUSE_CAP_S)
        needs = Needs(exchanges=(topology.EVENTS,))
        while not self._stop.is_set():
            self._health.beat()
            try:
                self._connect()
                with open_session(self._settings.broker, needs) as session:
                    self._tell("broker", True)
                    self._metrics.connects.labels("broker").inc()
                    _log.info("relaying")
                    self._serve(session, backoff)
            except Unavailable as error:
                pause_s = backoff.next_s()
                _log.warning("not connected", extra={"error": str(error), "retry_in_s": round(pause_s, 3)})
                self._stop.wait(pause_s)
            finally:
                self._tell("broker", False)
                self._disconnect()

    def _tell(self, part: str, up: bool) -> None:
        self._health.set(part, up)
        self._metrics.connected.labels(part).set(up)

    def _connect(self) -> mysql.Connection:
        if self._connection is None:
            self._connection = mysql.connect(self._settings.mysql)
            self._metrics.connects.labels("database").inc()
            self._tell("database", True)
        return self._connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            mysql.close(self._connection)
            self._connection = None
            self._tell("database", False)

    def _serve(self, session: Session, backoff: Backoff) -> None:
        batching = self._settings.batching
        idle_s = batching.wait_s
        while not self._stop.is_set():
            if not session.alive:
                raise SessionLost("the session has ended while nothing was to be done")
            self._health.beat()
            if time.monotonic() - self._counted > _COUNT_EVERY_S:
                self._count()
            taken = self._turn(session, batching.size)
            if taken:
                backoff.reset()
                idle_s = batching.wait_s
            if taken == batching.size:
                continue
            # Jitter keeps several relays from asking in step.
            self._stop.wait(idle_s * random.uniform(0.5, 1.0))
            idle_s = min(idle_s * _IDLE_GROWTH, batching.wait_s * _IDLE_FACTOR_LIMIT)

    def _turn(self, session: Session, size: int) -> int:
        """One transaction; the number of events taken. Raises Unavailable where a server is away or refuses."""
        connection = self._connect()
        began = time.monotonic()
        try:
            with connection.cursor() as cursor:
                cursor.execute(_TAKE, (size,))
                rows = cursor.fetchall()
                if not rows:
                    connection.rollback()
                    return 0
                confirmed, failure = self._publish(session, rows)
                self._crashes.reach(crash.AFTER_PUBLISH_BEFORE_MARK)
                if confirmed:
                    cursor.execute(_MARK, (confirmed,))
                self._crashes.reach(crash.BEFORE_COMMIT)
            connection.commit()
        except (pymysql.MySQLError, OSError) as error:
            self._disconnect()
            raise mysql.translate(error, self._settings.mysql) from error
        self._metrics.published.inc(len(confirmed))
        self._metrics.batch(len(rows), time.monotonic() - began)
        if failure is not None:
            raise failure
        return len(rows)

    def _publish(self, session: Session, rows: Any) -> tuple[list[int], Unavailable | None]:
        """Publishes a window of events: the ids confirmed, and what went wrong with the others."""
        futures: list[Future[None]] = session.publish([_outgoing(event_id, body) for _, event_id, body in rows])
        wait(futures, timeout=_CONFIRM_LIMIT_S)
        confirmed: list[int] = []
        failure: Unavailable | None = None
        for (row_id, event_id, _), future in zip(rows, futures, strict=True):
            error = future.exception() if future.done() else Unavailable(f"no confirm within {_CONFIRM_LIMIT_S:g} s")
            if error is None:
                confirmed.append(row_id)
            elif isinstance(error, Unavailable | PublishFailed):
                failure = failure or Unavailable(f"event {event_id}: {error}")
            else:
                raise error
        return confirmed, failure

    def _count(self) -> None:
        """Tells how much waits: what scaling looks at."""
        connection = self._connect()
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT COUNT(*) FROM outbox WHERE published_at IS NULL")
                ((count,),) = cursor.fetchall()
            self._metrics.unpublished.set(count)
            connection.rollback()
        except (pymysql.MySQLError, OSError) as error:
            self._disconnect()
            raise mysql.translate(error, self._settings.mysql) from error
        self._counted = time.monotonic()


def _outgoing(event_id: str, body: str) -> Outgoing:
    return Outgoing(topology.EVENTS, messages.CHANGED, body.encode(), event_id, messages.CHANGED)
