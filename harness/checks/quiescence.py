"""Quiescence: whether anything is still on its way, and where.

What RabbitMQ tells about a quorum queue differs in freshness. A passive declare answers the ready messages of this very
moment, or 0 where the queue's leader does not answer within 250 ms. The management API tells the unacknowledged ones
as of the queue's last tick, every 5 s unless `quorum_tick_interval` says otherwise (rabbit_quorum_queue.erl:
handle_tick, stat). So one look at an empty broker proves nothing: a message may be with a consumer that took it after
the last tick. Empty looks in a row prove it when they span two ticks of every queue. Whoever held a command at the
first look has finished by the end of the first tick, and what came of it (an event) by the end of the second, or one
of the looks would have shown it.
"""

import base64
import contextlib
import json
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import quote
from urllib.request import ProxyHandler, Request, build_opener

import pika
import pymysql

from contracts import topology

DEFAULT_TICK_S = 5.0
_TICKS = 2
_LATE_S = 0.5  # by which a tick may be late on a machine that is busy
_ANSWER_S = 3.0

_DIRECT = build_opener(ProxyHandler({}))  # AMQP takes no HTTP proxy either

# The parking place is no backlog: what is there stays until somebody looks at it.
QUEUES: tuple[str, ...] = tuple(queue.name for queue in topology.TOPOLOGY.queues if queue.name != topology.DEAD_LETTERS)


@dataclass(frozen=True)
class Backlog:
    """What was on its way at one moment: messages by place (`order-commands ready`), and places that did not answer."""

    counts: Mapping[str, int]
    unreachable: Mapping[str, str] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether every place answered that it has nothing."""
        return not self.unreachable and not any(self.counts.values())

    @property
    def left(self) -> tuple[str, ...]:
        """What is not empty, for a person: `order-commands ready: 12`."""
        some = [f"{place}: {count}" for place, count in self.counts.items() if count]
        return (*some, *(f"{place}: no answer ({reason})" for place, reason in self.unreachable.items()))


@dataclass(frozen=True)
class Quiescence:
    """How a wait ended. `empty_since_s` (time.monotonic) is the first of the empty looks that proved it."""

    reached: bool
    empty_since_s: float | None
    backlog: Backlog


@dataclass(frozen=True)
class BrokerAddress:
    """RabbitMQ: `url` for AMQP, with credentials and virtual host, and the base URL of its management API."""

    url: str
    management_url: str
    tick_s: float = DEFAULT_TICK_S


class _Look:
    """One look at one place, in a thread of its own: a server that hangs must not hold up the looks at the others.

    Neither pika's BlockingConnection nor a frozen server keeps a deadline by itself.
    """

    def __init__(self, function: Callable[[], Mapping[str, int]]) -> None:
        self._function = function
        self._counts: Mapping[str, int] = {}
        self._error: Exception | None = None
        self._began_s = time.monotonic()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether the place still owes an answer."""
        return self._thread.is_alive()

    def result(self, deadline_s: float) -> Mapping[str, int]:
        """What was seen. Raises what the look raised, or TimeoutError at the time `deadline_s`."""
        self._thread.join(max(deadline_s - time.monotonic(), 0.0))
        if self.running:
            raise TimeoutError(f"nothing within {time.monotonic() - self._began_s:.1f} s")
        if self._error is not None:
            raise self._error
        return self._counts

    def _run(self) -> None:
        try:
            self._counts = self._function()
        except Exception as error:  # told to whoever asks for the result
            self._error = error


class Probe:
    """Looks at every place where a message or an unpublished event can be. To be used by one thread at a time.

    `mysql` is a connection of its own, `sqs` boto3's client and `sqs_queues` its queues' URLs by name (without those
    for dead letters). `others` are further counts that must be 0, such as requests that a function still works on.
    """

    def __init__(
        self,
        broker: BrokerAddress,
        mysql: "pymysql.Connection[Any]",
        sqs: Any = None,
        sqs_queues: Mapping[str, str] | None = None,
        *,
        queues: Collection[str] = QUEUES,
        others: Mapping[str, Callable[[], int]] | None = None,
    ) -> None:
        self._broker = broker
        self._parameters = pika.URLParameters(broker.url)
        self._parameters.socket_timeout = self._parameters.stack_timeout = _ANSWER_S
        self._parameters.blocked_connection_timeout = _ANSWER_S
        self._mysql = mysql
        self._sqs = sqs
        self._sqs_queues = dict(sqs_queues or {})
        self._queues = tuple(queues)
        self._others = dict(others or {})
        self._connection: pika.BlockingConnection | None = None
        self._channel: Any = None
        self._looks: dict[str, _Look] = {}

    def __enter__(self) -> "Probe":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close what this has opened itself: the connection to the broker."""
        if not any(look.running for look in self._looks.values()):  # a look that hangs ends with its thread
            self._disconnect()

    def sample(self) -> Backlog:
        """The backlog now, within 3 s. Never raises because a place is away or hangs: it is named as unreachable."""
        places: dict[str, Callable[[], Mapping[str, int]]] = {
            "broker": self._ready,
            "broker management": self._unacknowledged,
            "MySQL": self._unpublished,
        }
        places |= {f"SQS {name}": partial(self._on_sqs, name, url) for name, url in self._sqs_queues.items()}
        places |= {name: partial(_named, name, count) for name, count in self._others.items()}
        deadline_s = time.monotonic() + _ANSWER_S
        # One look at a place at a time, since they share its connection. What an old one still finds is out of date.
        old = {name: look for name, look in self._looks.items() if look.running}
        self._looks = old | {name: _Look(place) for name, place in places.items() if name not in old}
        counts: dict[str, int] = {}
        unreachable: dict[str, str] = {}
        for name in places:
            try:
                counts.update(self._looks[name].result(time.monotonic() if name in old else deadline_s))
            except Exception as error:  # whatever is away, the other places still count
                unreachable[name] = f"{type(error).__name__}: {error}"[:200]
        return Backlog(counts, unreachable)

    def wait(
        self,
        limit_s: float,
        *,
        empty_looks: int = 3,
        poll_s: float = 0.25,
        progress: Callable[[Backlog], None] | None = None,
    ) -> Quiescence:
        """Look every `poll_s` seconds until nothing is on its way, or until `limit_s` seconds are over.

        Reached are `empty_looks` empty looks in a row that also span two of the broker's ticks. `progress` gets every
        backlog, for the live view.
        """
        span_s = _TICKS * (self._broker.tick_s + _LATE_S)
        begin_s = time.monotonic()
        empty_since_s: float | None = None
        looks = 0
        while True:
            look_s = time.monotonic()
            backlog = self.sample()
            if progress is not None:
                progress(backlog)
            if not backlog.empty:
                empty_since_s, looks = None, 0
            else:
                looks += 1
                if empty_since_s is None:
                    empty_since_s = look_s
                if looks >= empty_looks and look_s - empty_since_s >= span_s:
                    return Quiescence(True, empty_since_s, backlog)
            if time.monotonic() - begin_s >= limit_s:
                return Quiescence(False, None, backlog)
            time.sleep(poll_s)

    def _ready(self) -> dict[str, int]:
        """Ready messages by passive declare: exact, or 0 from a leader that does not answer, which later looks undo."""
        try:
            return self._declare_all()
        except (pika.exceptions.AMQPError, OSError):
            self._disconnect()  # an idle connection may have been dropped: once more on a new one
        try:
            return self._declare_all()
        except (pika.exceptions.AMQPError, OSError):
            self._disconnect()
            raise

    def _declare_all(self) -> dict[str, int]:
        if self._channel is None or not self._channel.is_open:
            self._disconnect()
            self._connection = pika.BlockingConnection(self._parameters)
            self._channel = self._connection.channel()
        return {
            f"{queue} ready": self._channel.queue_declare(queue, passive=True).method.message_count
            for queue in self._queues
        }

    def _disconnect(self) -> None:
        connection, self._connection, self._channel = self._connection, None, None
        if connection is not None and connection.is_open:
            with contextlib.suppress(pika.exceptions.AMQPError, OSError):  # gone already is what was wanted
                connection.close()

    def _unacknowledged(self) -> dict[str, int]:
        """Messages that consumers hold, and those on their way to a dead-letter exchange, as of the last tick."""
        virtual_host = quote(self._parameters.virtual_host, safe="")
        # Without statistics the answer comes from the queues' own tables; with them it is up to 5 s older still.
        listed = self._manage(f"/api/queues/{virtual_host}?disable_stats=true&enable_queue_totals=true")
        totals = {queue["name"]: queue for queue in listed}
        missing = [queue for queue in self._queues if queue not in totals]
        if missing:
            raise LookupError(f"no queue {', '.join(missing)}")
        return {
            f"{queue} unacked": max(
                totals[queue].get("messages_unacknowledged", 0),
                totals[queue].get("messages", 0) - totals[queue].get("messages_ready", 0),
            )
            for queue in self._queues
        }

    def _manage(self, path: str) -> Any:
        credentials = self._parameters.credentials
        token = base64.b64encode(f"{credentials.username}:{credentials.password}".encode()).decode()
        request = Request(self._broker.management_url.rstrip("/") + path, headers={"Authorization": f"Basic {token}"})
        with _DIRECT.open(request, timeout=_ANSWER_S) as answer:
            return json.load(answer)

    def _unpublished(self) -> dict[str, int]:
        try:
            return self._count_unpublished()
        except (pymysql.MySQLError, OSError):
            self._mysql.connect()  # the connection may have been dropped: once more on a new one
        return self._count_unpublished()

    def _count_unpublished(self) -> dict[str, int]:
        with self._mysql.cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM outbox WHERE published_at IS NULL")
            (count,) = cursor.fetchone()
        self._mysql.rollback()  # the next look must not see this one's snapshot
        return {"outbox unpublished": count}

    def _on_sqs(self, name: str, url: str) -> dict[str, int]:
        answer = self._sqs.get_queue_attributes(
            QueueUrl=url,
            AttributeNames=[
                "ApproximateNumberOfMessages",
                "ApproximateNumberOfMessagesNotVisible",
                "ApproximateNumberOfMessagesDelayed",
            ],
        )["Attributes"]
        return {
            f"{name} visible": int(answer["ApproximateNumberOfMessages"]),
            f"{name} in flight": int(answer["ApproximateNumberOfMessagesNotVisible"]),
            f"{name} delayed": int(answer["ApproximateNumberOfMessagesDelayed"]),
        }


def _named(name: str, count: Callable[[], int]) -> dict[str, int]:
    return {name: count()}
