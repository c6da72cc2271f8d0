"""Confirmed publishing from an environment that is frozen between invocations.

pika's blocking adapter has no deadline: with a stopped broker or a memory alarm a publish hangs for as long as that
lasts. So the connection lives in an I/O loop in a daemon thread of ours, which never blocks, and each batch of messages
carries a timer there. Everything in `_Link` is touched by that thread alone.

Freezing. The thread stops with the process and goes on where it was. A connection that was idle for 60 s of wall
clock is replaced before use: load balancers and NAT gateways drop idle flows silently, and after two missed heartbeats
of 60 s RabbitMQ closes it. That is wanted: an environment that vanished while frozen never says goodbye, and would keep
its connection for ever. A connection that breaks otherwise while we slept shows at the first publish, which is repeated
once, under the same message id, on a fresh one.

Alarms. Under a memory or disk alarm RabbitMQ stops reading from a connection at the first message published on it, and
says so. That message waits unread, its outcome unknown; later ones are not sent at all, so that they can go elsewhere
without doubt. The connection stays open and hears of the end of the alarm. pika's `blocked_connection_timeout` would
close it, and every new connection would leave one more message waiting.
"""

import contextlib
import functools
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import pika
from pika.adapters.select_connection import IOLoop
from pika.exceptions import AMQPError, ProbableAccessDeniedError, ProbableAuthenticationError

from contracts import messages
from shared import logs
from shared.config import BrokerConfig
from shared.credentials import Credentials, CredentialSource
from shared.errors import FunctionError

logger = logging.getLogger(__name__)

WINDOW = 200  # unconfirmed messages at a time
MAX_IDLE_S = 60.0
HEARTBEAT_S = 60
CONNECT_TIMEOUT_S = 2.0
# How long the confirms that are under way may take once the broker has said that it blocks.
BLOCKED_GRACE_S = 0.25
# The loop's own timer ends a batch; this much later the caller stops believing in the loop.
LOOP_SLACK_S = 0.5


class Receipt(Enum):
    """What is known of a message."""

    CONFIRMED = "confirmed"  # the broker has it
    REFUSED = "refused"  # the broker does not have it: no queue is bound, or the queue rejects
    UNSENT = "unsent"  # it never left
    UNKNOWN = "unknown"  # it was handed to a connection and nothing came back


@dataclass(frozen=True)
class Message:
    """A persistent, mandatory message. A repeat carries the same `message_id`."""

    exchange: str
    routing_key: str
    body: bytes
    message_id: str
    headers: Mapping[str, str]
    content_type: str = messages.CONTENT_TYPE

    def properties(self) -> pika.BasicProperties:
        """The AMQP properties."""
        return pika.BasicProperties(
            content_type=self.content_type,
            delivery_mode=2,
            message_id=self.message_id,
            timestamp=int(time.time()),
            headers=dict(self.headers),
        )


class Pending:
    """A batch under way. `cause` says why receipts are not all CONFIRMED."""

    def __init__(self, batch: Sequence[Message], timeout_s: float) -> None:
        self.messages = batch
        self.timeout_s = timeout_s
        self.receipts = [Receipt.UNSENT] * len(batch)
        self.cause = ""
        self._done = threading.Event()
        self._gives_up_at = time.monotonic() + timeout_s + LOOP_SLACK_S
        if not batch:
            self._done.set()

    def wait(self, timeout_s: float) -> bool:
        """Whether it is done, after at most `timeout_s`."""
        return self._done.wait(timeout_s)

    def result(self) -> list[Receipt]:
        """One receipt for each message, in order, when the batch's time is up at the latest."""
        if self._done.wait(max(0.0, self._gives_up_at - time.monotonic())):
            return self.receipts
        self.cause = "the I/O thread did not answer"
        return [receipt if receipt is Receipt.CONFIRMED else Receipt.UNKNOWN for receipt in list(self.receipts)]

    def finish(self, cause: str) -> None:
        """The receipts stand."""
        self.cause = cause
        self._done.set()


class Publisher:
    """The environment's one connection to the broker, for one batch at a time."""

    def __init__(self, config: BrokerConfig) -> None:
        self._config = config
        self._link: _Link | None = None
        self._made: tuple[Credentials, pika.ConnectionParameters] | None = None

    def warm_up(self) -> None:
        """Begin to connect, in the background. What fails here shows at the first publish."""
        with contextlib.suppress(FunctionError):
            parameters = self._parameters()
            link = self._started()
            link.call(functools.partial(link.connect, parameters))

    def submit(self, batch: Sequence[Message], timeout_s: float) -> Pending:
        """Publish all of `batch` within `timeout_s`. Whatever goes wrong is in the receipts."""
        pending = Pending(batch, timeout_s)
        if batch:
            try:
                parameters = self._parameters()
            except FunctionError as error:
                pending.finish(f"no credentials: {error}")
                return pending
            link = self._started()
            link.call(functools.partial(link.begin, pending, parameters))
        return pending

    def publish(self, batch: Sequence[Message], timeout_s: float) -> Pending:
        """As `submit`, and wait."""
        pending = self.submit(batch, timeout_s)
        pending.receipts = pending.result()
        return pending

    def _started(self) -> "_Link":
        if self._link is None:
            self._link = _Link(self._config.credentials)
        return self._link

    def _parameters(self) -> pika.ConnectionParameters:
        credentials = self._config.credentials.get()
        if self._made is None or self._made[0] is not credentials:
            self._made = credentials, self._make_parameters(credentials)
        return self._made[1]

    def _make_parameters(self, credentials: Credentials) -> pika.ConnectionParameters:
        address = self._config.address
        return pika.ConnectionParameters(
            host=address.host,
            port=address.port,
            virtual_host=address.virtual_host,
            credentials=pika.PlainCredentials(credentials.username, credentials.password),
            heartbeat=HEARTBEAT_S,
            socket_timeout=CONNECT_TIMEOUT_S,
            stack_timeout=CONNECT_TIMEOUT_S,
            connection_attempts=1,
            ssl_options=pika.SSLOptions(address.tls.context(), address.host) if address.tls else None,
            client_properties={"connection_name": os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "function")},
            # A peer that is gone without a word is noticed by unacknowledged data after 3 s, and by probes.
            tcp_options={"TCP_USER_TIMEOUT": 3000, "TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3},
        )


@dataclass
class _Work:
    """How far a batch has come."""

    pending: Pending
    parameters: pika.ConnectionParameters
    warm: bool  # its connection was open or opening before, and may have died in a freeze: worth a second one
    timer: object = None
    queue: deque[int] = field(default_factory=deque)
    sent_before: set[int] = field(default_factory=set)  # handed to a connection that broke


class _Link:
    """The connection, its channel and the batch in work, in the I/O thread."""

    def __init__(self, credentials: CredentialSource) -> None:
        self._credentials = credentials
        self._loop = IOLoop()
        self._connection: Any = None
        self._channel: Any = None  # set when in confirm mode: ready to publish
        self._blocked = False
        self._last_used = 0.0  # wall clock
        self._next_tag = 1
        self._unconfirmed: dict[int, int] = {}  # delivery tag -> index in the batch
        self._returned: set[int] = set()
        self._work: _Work | None = None
        threading.Thread(target=self._run, name="publisher", daemon=True).start()

    def call(self, callback: Any) -> None:
        """From another thread: run `callback` in the I/O thread."""
        self._loop.add_callback_threadsafe(callback)

    def _run(self) -> None:
        while True:
            try:
                self._loop.start()
            except Exception as error:
                logger.exception("the publisher's loop failed")
                self._abandon()
                self._end(f"{type(error).__name__} in the publisher's loop")

    def begin(self, pending: Pending, parameters: pika.ConnectionParameters) -> None:
        """Publish a batch."""
        if self._work is not None:
            self._abandon()
            self._end("superseded")
        if self._channel is not None and not 0 <= time.time() - self._last_used < MAX_IDLE_S:
            self._retire()
        queue = deque(range(len(pending.messages)))
        work = _Work(pending, parameters, warm=self._connection is not None, queue=queue)
        work.timer = self._loop.call_later(pending.timeout_s, functools.partial(self._on_timeout, work))
        self._work = work
        if self._channel is not None:
            self._send()
        else:
            self.connect(parameters)

    def connect(self, parameters: pika.ConnectionParameters) -> None:
        """Open a connection, unless one is open or opening."""
        if self._connection is None:
            self._connection = pika.SelectConnection(
                parameters,
                on_open_callback=self._on_open,
                on_open_error_callback=self._on_open_error,
                on_close_callback=self._on_closed,
                custom_ioloop=self._loop,
            )

    # Opening

    def _on_open(self, connection: Any) -> None:
        if connection is not self._connection:
            connection.close()
            return
        connection.add_on_connection_blocked_callback(self._on_blocked)
        connection.add_on_connection_unblocked_callback(self._on_unblocked)
        connection.channel(on_open_callback=self._on_channel)

    def _on_channel(self, channel: Any) -> None:
        if channel.connection is not self._connection:
            return
        channel.add_on_close_callback(self._on_channel_closed)
        channel.add_on_return_callback(self._on_return)
        channel.confirm_delivery(self._on_confirm, callback=lambda _: self._on_ready(channel))

    def _on_ready(self, channel: Any) -> None:
        if channel.connection is not self._connection:
            return
        self._channel = channel
        self._next_tag = 1
        self._last_used = time.time()
        if self._work is not None:
            self._send()

    def _on_open_error(self, connection: Any, error: Any) -> None:
        if connection is not self._connection:
            return
        if isinstance(error, (ProbableAuthenticationError, ProbableAccessDeniedError)):
            self._credentials.forget()
        self._lost(f"cannot connect: {_words(error)}")

    # Publishing

    def _send(self) -> None:
        """Hand out messages up to the window, or end the batch."""
        work = self._work
        if work is None or self._channel is None:
            return
        while work.queue and len(self._unconfirmed) < WINDOW and not self._blocked:
            index = work.queue.popleft()
            message = work.pending.messages[index]
            work.pending.receipts[index] = Receipt.UNKNOWN
            self._unconfirmed[self._next_tag] = index
            self._next_tag += 1
            self._channel.basic_publish(
                message.exchange, message.routing_key, message.body, message.properties(), mandatory=True
            )
        if not self._unconfirmed and (self._blocked or not work.queue):
            self._end("the broker blocks publishers" if work.queue else "")

    def _on_confirm(self, frame: Any) -> None:
        work, method = self._work, frame.method
        last: int = method.delivery_tag
        tags = [tag for tag in self._unconfirmed if tag <= last] if method.multiple else [last]
        for tag in tags:
            index = self._unconfirmed.pop(tag, None)
            if index is None or work is None:
                continue
            if method.NAME == "Basic.Ack" and tag not in self._returned:
                work.pending.receipts[index] = Receipt.CONFIRMED
            elif index not in work.sent_before:
                # Refused now. Had it been sent before, the first copy could still have arrived.
                work.pending.receipts[index] = Receipt.REFUSED
            self._returned.discard(tag)
        self._last_used = time.time()
        self._send()

    def _on_return(self, _channel: Any, _method: Any, properties: Any, _body: bytes) -> None:
        """No queue took it. The confirm that follows is positive all the same."""
        if self._work is not None:
            for tag, index in self._unconfirmed.items():
                if self._work.pending.messages[index].message_id == properties.message_id:
                    self._returned.add(tag)

    def _on_blocked(self, connection: Any, _frame: Any) -> None:
        if connection is self._connection:
            self._blocked = True
            if self._work is not None:
                self._loop.call_later(BLOCKED_GRACE_S, functools.partial(self._on_still_blocked, self._work))

    def _on_still_blocked(self, work: _Work) -> None:
        if self._work is work and self._blocked:
            # What was handed out waits unread: not counted as refused, and not waited for.
            self._unconfirmed.clear()
            self._returned.clear()
            self._end("the broker blocks publishers")

    def _on_unblocked(self, connection: Any, _frame: Any) -> None:
        if connection is self._connection:
            self._blocked = False
            self._send()

    # Ending

    def _on_channel_closed(self, channel: Any, error: Any) -> None:
        """Such as a missing exchange or a lost permission. Nothing says which messages were taken before."""
        # A lost connection closes its channels first; _on_closed follows.
        if channel.connection is self._connection and channel.connection.is_open:
            self._abandon()
            self._end(f"channel closed: {_words(error)}")

    def _on_closed(self, connection: Any, error: Any) -> None:
        if connection is self._connection:
            self._lost(f"connection lost: {_words(error)}")

    def _lost(self, cause: str) -> None:
        """The connection is gone, or did not come up: once more on a fresh one if it was not fresh itself."""
        unanswered = list(self._unconfirmed.values())
        self._forget()
        work = self._work
        if work is not None and work.warm:
            work.warm = False
            work.sent_before.update(unanswered)
            work.queue.extendleft(reversed(unanswered))
            self.connect(work.parameters)
        else:
            self._end(cause)

    def _on_timeout(self, work: _Work) -> None:
        if self._work is work:
            opening = self._channel is None
            self._abandon()
            self._end(f"{'no connection' if opening else 'no confirm'} within {work.pending.timeout_s:.1f} s")

    def _end(self, cause: str) -> None:
        work, self._work = self._work, None
        if work is not None:
            self._loop.remove_timeout(work.timer)
            work.pending.finish(cause)

    def _forget(self) -> None:
        """The connection is no longer ours; its callbacks find another one, or none, in its place."""
        self._connection = self._channel = None
        self._blocked = False
        self._unconfirmed.clear()
        self._returned.clear()

    def _retire(self) -> None:
        """Close the connection in good order, in the background."""
        connection = self._connection
        self._forget()
        if connection.is_open:
            connection.close()

    def _abandon(self) -> None:
        """Drop the connection at once, together with what it has not sent yet."""
        connection = self._connection
        self._forget()
        if connection is None or connection.is_closed:
            return
        try:
            if connection.is_open:
                # close() would wait for an answer from a broker that does not answer. pika's own timeouts end a
                # connection in this way; it has no public name for it.
                connection._terminate_stream(AMQPError("abandoned"))
            elif not connection.is_closing:
                connection.close()  # while opening this ends it at once
        except AMQPError as error:
            logger.debug("an abandoned connection complained", extra=logs.fields(cause=_words(error)))


def _words(error: Any) -> str:
    """One line of an error of pika, which nests them deeply."""
    causes = [error, *getattr(error, "exceptions", ())]
    return repr(causes[-1])[:300]
