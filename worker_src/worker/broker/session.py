"""One connection to RabbitMQ, its channel, and the one thread that serves them.

pika's connections belong to one thread. Here that thread only moves bytes: deliveries go into a queue,
acknowledgements and publishes come from other threads as callbacks. So heartbeats are answered while a database is
slow, and confirms are awaited in a window instead of one by one (10 to 20 times faster).

A session is never repaired: when anything goes wrong it is lost as a whole, its unsettled deliveries come again, its
unconfirmed publishes fail, and the owner opens another.
"""

import contextlib
import logging
import queue
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

import pika
import pika.exceptions
from pika.adapters.select_connection import SelectConnection
from pika.adapters.utils.connection_workflow import AMQPConnectionWorkflowFailed, AMQPConnectorException

from worker.broker.messages import Delivery, Outgoing
from worker.broker.watermark import Watermark
from worker.errors import Misconfigured, SessionLost, Unavailable
from worker.settings import Broker

_log = logging.getLogger(__name__)

_HEARTBEAT_S = 30
_OPEN_LIMIT_S = 15.0
_SOCKET_LIMIT_S = 5.0
_CLOSE_LIMIT_S = 5.0
_NOT_FOUND = 404
_ACCESS_REFUSED = (403, 530)  # 530 NOT_ALLOWED: no such virtual host


class PublishFailed(Exception):
    """The broker has refused a message (nack) or had no queue for it (returned). The session goes on."""


@dataclass(frozen=True)
class Needs:
    """What a role uses of the topology: checked passively when a session opens."""

    exchanges: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    consume: str | None = None
    prefetch: int = 0


@dataclass
class _Pending:
    """A publish that waits for its confirm."""

    message: Outgoing
    future: "Future[None]"
    returned: str | None = None


class Session:
    """An open session; made by `open_session`. All methods may be called from any thread.

    `deliveries` gives what is consumed, and None once the session is lost.
    """

    def __init__(self, broker: Broker, needs: Needs, acknowledged: Callable[[], None]) -> None:
        self.deliveries: queue.SimpleQueue[Delivery | None] = queue.SimpleQueue()
        self._broker = broker
        self._needs = needs
        self._watermark = Watermark()
        self._published = 0
        self._pending: dict[int, _Pending] = {}
        self._opened: Future[None] = Future()
        self._lock = threading.Lock()
        self._waiting: set[Future[None]] = set()
        self._ended = threading.Event()
        self._closing = False
        self._checks: list[Callable[[Callable[[Any], None]], None]] = []
        self._acknowledged = acknowledged
        self._loop: Any = None
        self._connection: SelectConnection | None = None
        self._channel: Any = None
        self._thread = threading.Thread(target=self._run, name="broker", daemon=True)

    # What owners call.

    @property
    def alive(self) -> bool:
        """Whether the session still stands."""
        return not self._ended.is_set()

    def publish(self, messages: Sequence[Outgoing]) -> list["Future[None]"]:
        """Publishes `messages` and returns a future for each, done when the broker has confirmed it.

        A future fails with PublishFailed where the broker refuses, and with SessionLost where nobody knows: the message
        may be in its queue or not.
        """
        futures: list[Future[None]] = [Future() for _ in messages]
        with self._lock:
            self._waiting.update(futures)
        batch = list(zip(messages, futures, strict=True))
        if not self._call(lambda: self._send(batch)):
            self._fail(futures)
        return futures

    def settle(self, tags: Iterable[int]) -> None:
        """These deliveries are done with; acknowledges as far as there is no gap."""
        tags = tuple(tags)
        self._call(lambda: self._settle(tags))

    def close(self) -> None:
        """Ends the session: acknowledgements on their way are sent, unsettled deliveries go back to their queue."""
        self._call(self._close)
        if not self._ended.wait(_CLOSE_LIMIT_S):
            self._call(self._abort)
            self._ended.wait(1.0)

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _call(self, callback: Callable[[], None]) -> bool:
        """Has the session's thread run `callback`. False where the session has ended."""
        if self._ended.is_set() or self._loop is None:
            return False
        self._loop.add_callback_threadsafe(callback)
        return not self._ended.is_set()

    def _open(self) -> None:
        self._thread.start()
        try:
            self._opened.result(_OPEN_LIMIT_S)
        except TimeoutError:
            self.close()
            raise Unavailable(f"{self._place()}: no session within {_OPEN_LIMIT_S:g} s") from None

    def _place(self) -> str:
        return f"RabbitMQ at {self._broker.address.host}:{self._broker.address.port}"

    # The session's thread.

    def _run(self) -> None:
        try:
            self._connection = SelectConnection(
                self._parameters(),
                on_open_callback=self._on_open,
                on_open_error_callback=self._on_open_error,
                on_close_callback=self._on_close,
            )
            self._loop = self._connection.ioloop
            self._loop.start()
        except Exception as error:
            _log.exception("the broker session's thread has failed")
            self._fail_opening(Unavailable(f"{self._place()}: {error}"))
        finally:
            self._end()

    def _parameters(self) -> pika.ConnectionParameters:
        address, account = self._broker.address, self._broker.account
        return pika.ConnectionParameters(
            host=address.host,
            port=address.port,
            virtual_host=address.virtual_host,
            credentials=pika.PlainCredentials(account.username, account.password),
            ssl_options=pika.SSLOptions(address.tls.context(), address.host) if address.tls else None,
            heartbeat=_HEARTBEAT_S,
            socket_timeout=_SOCKET_LIMIT_S,
            stack_timeout=_OPEN_LIMIT_S,
            connection_attempts=1,
            client_properties={"connection_name": f"worker {self._needs.consume or 'publisher'}"},
        )

    def _end(self) -> None:
        self._ended.set()
        self._fail_opening(Unavailable(f"{self._place()}: the connection has ended while it was being opened"))
        with self._lock:
            left = list(self._waiting)
        self._fail(left)
        self.deliveries.put(None)

    def _fail(self, futures: Iterable["Future[None]"]) -> None:
        for future in futures:
            self._finish(future, SessionLost(f"{self._place()}: the session has ended before the confirm"))

    def _finish(self, future: "Future[None]", error: Exception | None) -> None:
        with self._lock:
            if future not in self._waiting:
                return
            self._waiting.remove(future)
        future.set_exception(error) if error else future.set_result(None)

    def _fail_opening(self, error: Exception) -> None:
        if not self._opened.done():
            self._opened.set_exception(error)

    def _on_open(self, connection: Any) -> None:
        connection.channel(on_open_callback=self._on_channel)

    def _on_open_error(self, connection: Any, error: BaseException) -> None:
        self._fail_opening(self._opening_error(error))
        self._loop.stop()

    def _opening_error(self, error: BaseException) -> Exception:
        refused = isinstance(
            error, pika.exceptions.ProbableAuthenticationError | pika.exceptions.ProbableAccessDeniedError
        ) or (isinstance(error, pika.exceptions.ConnectionClosedByBroker) and error.reply_code in _ACCESS_REFUSED)
        if refused:
            return Misconfigured(
                f"{self._place()} refuses the account {self._broker.account.username!r} or the virtual host "
                f"{self._broker.address.virtual_host!r}: run `migrate`, or correct BROKER_CREDENTIALS and BROKER_URL"
            )
        return Unavailable(f"{self._place()}: {_in_words(error)}")

    def _on_close(self, connection: Any, reason: BaseException) -> None:
        if not self._closing:
            _log.warning("broker session lost", extra={"reason": _in_words(reason)})
        self._loop.stop()

    def _on_channel(self, channel: Any) -> None:
        self._channel = channel
        channel.add_on_close_callback(self._on_channel_close)
        channel.add_on_return_callback(self._on_return)
        channel.confirm_delivery(self._on_confirm)
        needs = self._needs
        self._checks = [
            *(lambda then, name=name: channel.exchange_declare(name, passive=True, callback=then)
              for name in needs.exchanges),
            *(lambda then, name=name: channel.queue_declare(name, passive=True, callback=then)
              for name in needs.queues),
        ]  # fmt: skip
        self._next_check(None)

    def _next_check(self, frame: Any) -> None:
        if self._checks:
            self._checks.pop(0)(self._next_check)
        elif self._needs.consume:
            self._channel.basic_qos(prefetch_count=self._needs.prefetch, callback=self._on_qos)
        else:
            self._opened.set_result(None)

    def _on_qos(self, frame: Any) -> None:
        self._channel.basic_consume(self._needs.consume, self._on_delivery, callback=self._on_consuming)
        # The broker may end a consumer by itself, for example when its queue is deleted.
        self._channel.add_on_cancel_callback(self._on_cancelled)

    def _on_cancelled(self, frame: Any) -> None:
        _log.warning("the broker has ended our consumer", extra={"queue": self._needs.consume})
        self._close()

    def _on_consuming(self, frame: Any) -> None:
        if not self._opened.done():
            self._opened.set_result(None)

    def _on_channel_close(self, channel: Any, reason: BaseException) -> None:
        if self._closing:
            return
        if isinstance(reason, pika.exceptions.ChannelClosedByBroker) and reason.reply_code in (_NOT_FOUND, 403):
            self._fail_opening(Misconfigured(f"{self._place()}: {reason.reply_text}: run `migrate` first"))
        self._fail_opening(Unavailable(f"{self._place()}: {_in_words(reason)}"))
        _log.warning("broker channel closed", extra={"reason": _in_words(reason)})
        self._close()

    def _on_delivery(self, channel: Any, deliver: Any, properties: Any, body: bytes) -> None:
        self.deliveries.put(
            Delivery(
                tag=deliver.delivery_tag,
                body=body,
                message_id=properties.message_id,
                type=properties.type,
                content_type=properties.content_type,
                headers=properties.headers or {},
            )
        )

    def _settle(self, tags: Iterable[int]) -> None:
        level = self._watermark.settle(tags)
        if level is not None and self._channel.is_open:
            self._channel.basic_ack(level, multiple=True)
            self._acknowledged()

    def _send(self, batch: Sequence[tuple[Outgoing, "Future[None]"]]) -> None:
        if not self._channel.is_open:
            self._fail(future for _, future in batch)
            return
        for message, future in batch:
            self._published += 1
            self._pending[self._published] = _Pending(message, future)
            self._channel.basic_publish(
                message.exchange, message.routing_key, message.body, message.properties(), mandatory=True
            )

    def _on_return(self, channel: Any, method: Any, properties: Any, body: bytes) -> None:
        # A return names no publish, but comes before its confirm: the oldest that fits is the one, or its equal.
        for pending in self._pending.values():
            message = pending.message
            if pending.returned is None and (message.exchange, message.routing_key, message.message_id) == (
                method.exchange, method.routing_key, properties.message_id,
            ):  # fmt: skip
                pending.returned = method.reply_text
                return

    def _on_confirm(self, frame: Any) -> None:
        method = frame.method
        if method.multiple:
            tags = [tag for tag in self._pending if tag <= method.delivery_tag]
        else:
            tags = [method.delivery_tag]
        refused = method.NAME == "Basic.Nack"
        for tag in tags:
            pending = self._pending.pop(tag)
            target = f"{pending.message.exchange or 'default exchange'} → {pending.message.routing_key}"
            if refused:
                self._finish(pending.future, PublishFailed(f"{target}: the broker refuses more (nack)"))
            elif pending.returned:
                self._finish(pending.future, PublishFailed(f"{target}: no queue takes it ({pending.returned})"))
            else:
                self._finish(pending.future, None)

    def _close(self) -> None:
        self._closing = True
        if self._connection is not None and (self._connection.is_open or self._connection.is_opening):
            with contextlib.suppress(pika.exceptions.ConnectionWrongStateError):
                self._connection.close()
        elif self._connection is None or self._connection.is_closed:
            self._loop.stop()

    def _abort(self) -> None:
        self._loop.stop()


def open_session(broker: Broker, needs: Needs, acknowledged: Callable[[], None] = lambda: None) -> Session:
    """Connects, checks the topology and, where `needs` says so, starts to consume.

    `acknowledged` is called in the session's thread after each acknowledgement written. Raises Unavailable where the
    broker is away, Misconfigured where it refuses us or lacks what `migrate` makes.
    """
    session = Session(broker, needs, acknowledged)
    session._open()
    return session


def _in_words(error: BaseException) -> str:
    """pika wraps causes in exceptions whose text is a repr of a repr, or empty."""
    inner: object = None
    if isinstance(error, AMQPConnectionWorkflowFailed) and error.exceptions:
        inner = error.exceptions[-1]
    elif isinstance(error, AMQPConnectorException):
        inner = getattr(error, "exception", None)
    elif isinstance(error, pika.exceptions.AMQPConnectionError) and error.args:
        inner = error.args[0]
    if isinstance(inner, BaseException):
        return _in_words(inner)
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
