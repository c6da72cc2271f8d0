"""RabbitMQ: the dead letters, and the way back.

pika's blocking adapter has no deadline: where the broker never confirms, a publish hangs for ever. Here every wait ends
by an answer, by the end of the session, or by its limit. A session is never repaired: when it ends, the broker takes
back what was handed out and not removed.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

import pika
import pika.exceptions
from pika.adapters.asyncio_connection import AsyncioConnection
from pika.spec import Basic

from contracts import topology
from harness.redrive.errors import AddressUnusable, Away
from harness.redrive.parked import Outgoing, Parked, from_broker

_HEARTBEAT_S = 60
_SOCKET_LIMIT_S = 5.0
_ANSWER_LIMIT_S = 15.0
_CLOSE_LIMIT_S = 3.0

_NOT_FOUND = 404
_REFUSED = (403, 530)  # 530 NOT_ALLOWED: no such virtual host

T = TypeVar("T")


@dataclass
class _Unconfirmed:
    """A publish that waits for its confirm."""

    message: Outgoing
    confirm: "asyncio.Future[str | None]"
    returned: str | None = None

    def answers(self, method: Any, properties: pika.BasicProperties, body: bytes) -> bool:
        """Whether this may be the message that has come back. Those that fit alike may stand for each other."""
        message = self.message
        return (message.exchange, message.routing_key, message.properties.message_id, message.body) == (
            method.exchange,
            method.routing_key,
            properties.message_id,
            body,
        )


class Session:
    """One connection and its channel; see source.Source. Made by `open_session`."""

    place = f"RabbitMQ {topology.DEAD_LETTERS}"

    def __init__(self, parameters: pika.connection.Parameters) -> None:
        self._server = f"RabbitMQ at {parameters.host}:{parameters.port}"
        self._parameters = parameters
        self._waiting: set[asyncio.Future[Any]] = set()
        self._lost: Away | None = None
        self._closed = asyncio.Event()
        self._connection: Any = None
        self._channel: Any = None
        self._ready: asyncio.Future[None] = self._future()
        self._counted: asyncio.Future[int]
        self._taken: asyncio.Future[Parked | None]
        self._published = 0
        self._unconfirmed: dict[int, _Unconfirmed] = {}

    async def open(self) -> None:
        """Connects. Raises Away."""
        self._connection = AsyncioConnection(
            self._parameters,
            on_open_callback=lambda connection: connection.channel(on_open_callback=self._on_channel),
            on_open_error_callback=self._on_closed,
            on_close_callback=self._on_closed,
        )
        await self._answer(self._ready)

    async def count(self) -> int:
        """How many messages can be taken now."""
        self._counted = self._future()
        self._channel.queue_declare(topology.DEAD_LETTERS, passive=True, callback=self._on_counted)
        return await self._answer(self._counted)

    async def take(self) -> Parked | None:
        """The next message."""
        self._taken = self._future()
        self._channel.basic_get(topology.DEAD_LETTERS, self._on_message)
        return await self._answer(self._taken)

    async def remove(self, parked: Parked) -> None:
        """Acknowledges a message."""
        if self._lost:
            raise self._lost
        self._channel.basic_ack(int(parked.handle))

    def publish(self, message: Outgoing) -> "asyncio.Future[str | None]":
        """Publishes, mandatory; the future's result is None when the broker has confirmed, else why it refuses.

        The future, or this call, fails with Away where the session has ended: then the message may have arrived or not.
        """
        confirm: asyncio.Future[str | None] = self._future()
        self._published += 1
        self._unconfirmed[self._published] = _Unconfirmed(message, confirm)
        self._channel.basic_publish(
            message.exchange, message.routing_key, message.body, message.properties, mandatory=True
        )
        return confirm

    async def close(self) -> None:
        """Ends the session, in good order where the broker answers soon."""
        if self._connection is None or self._connection.is_closed:
            return
        with suppress(pika.exceptions.AMQPError, TimeoutError):
            if not self._connection.is_closing:
                self._connection.close()
            async with asyncio.timeout(_CLOSE_LIMIT_S):
                await self._closed.wait()

    def _future(self) -> "asyncio.Future[Any]":
        """A future that fails when the session ends before."""
        if self._lost:
            raise self._lost
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        future.add_done_callback(self._waiting.discard)
        return future

    async def _answer(self, future: "asyncio.Future[T]") -> T:
        try:
            async with asyncio.timeout(_ANSWER_LIMIT_S):
                return await future
        except TimeoutError:
            raise Away(f"{self._server} did not answer within {_ANSWER_LIMIT_S:g} s") from None

    def _end(self, reason: str) -> None:
        """The session is lost, and with it every answer. The first reason is the one that counts."""
        if self._lost is None:
            self._lost = Away(f"{self._server}: {reason}")
        for future in list(self._waiting):
            if not future.done():
                future.set_exception(self._lost)
                future.exception()  # seen: nobody may be waiting for it any more

    def _on_channel(self, channel: Any) -> None:
        self._channel = channel
        channel.add_on_close_callback(self._on_channel_closed)
        channel.add_on_return_callback(self._on_return)
        channel.add_callback(self._on_empty, [Basic.GetEmpty], one_shot=False)
        channel.confirm_delivery(self._on_confirm, callback=lambda _: _set(self._ready, None))

    def _on_counted(self, frame: Any) -> None:
        _set(self._counted, frame.method.message_count)

    def _on_message(self, _: Any, method: Any, properties: pika.BasicProperties, body: bytes) -> None:
        _set(self._taken, from_broker(self.place, method.delivery_tag, method.routing_key, properties, body))

    def _on_empty(self, _: Any) -> None:
        _set(self._taken, None)

    def _on_return(self, _: Any, method: Any, properties: pika.BasicProperties, body: bytes) -> None:
        # A return names no publish, but comes before its confirm.
        for each in self._unconfirmed.values():
            if each.returned is None and each.answers(method, properties, body):
                each.returned = method.reply_text
                return

    def _on_confirm(self, frame: Any) -> None:
        method = frame.method
        tags = [tag for tag in self._unconfirmed if tag <= method.delivery_tag]
        for tag in tags if method.multiple else [method.delivery_tag]:
            each = self._unconfirmed.pop(tag)
            target = each.message.routing_key
            if isinstance(method, Basic.Nack):
                _set(each.confirm, f"the broker refuses it (nack): is {target} full?")
            else:
                _set(each.confirm, each.returned and f"no queue takes it as {target} ({each.returned})")

    def _on_channel_closed(self, _: Any, reason: BaseException) -> None:
        if not isinstance(reason, pika.exceptions.ChannelClosedByBroker):
            return  # the connection ends, and _on_closed follows
        hint = ""
        if reason.reply_code == _NOT_FOUND:
            hint = "; run `migrate` first"
        elif reason.reply_code in _REFUSED:
            hint = f"; take an account that may read {topology.DEAD_LETTERS} and publish, such as the administrator's"
        self._end(f"{reason.reply_text}{hint}")

    def _on_closed(self, _: Any, reason: BaseException) -> None:
        refused = isinstance(
            reason, pika.exceptions.ProbableAuthenticationError | pika.exceptions.ProbableAccessDeniedError
        )
        if refused or getattr(reason, "reply_code", None) in _REFUSED:
            self._end("it refuses the account or the virtual host of the address")
        elif self._channel is None:
            self._end(f"cannot be reached: {_in_words(reason)}; is it up, and the address right?")
        else:
            self._end(f"the connection was lost: {_in_words(reason)}")
        self._closed.set()


@asynccontextmanager
async def open_session(url: str) -> AsyncIterator[Session]:
    """A session with the broker at the AMQP `url`. Raises AddressUnusable or Away."""
    # pika logs what it raises too, and each connection that we close ourselves.
    logging.getLogger("pika").setLevel(logging.CRITICAL)
    session = Session(_parameters(url))
    try:
        await session.open()
        yield session
    finally:
        await session.close()


def _parameters(url: str) -> pika.connection.Parameters:
    try:
        if urlsplit(url).scheme not in ("amqp", "amqps") or not urlsplit(url).hostname:
            raise ValueError
        parameters = pika.URLParameters(url)
    except (ValueError, TypeError):  # whose texts may show a part of the password
        raise AddressUnusable(
            "the broker's address is missing or malformed; write for example "
            "HARNESS_BROKER_URL=amqps://admin:secret@rabbit.example:5671/%2F, and characters such as / in a password "
            "as %2F"
        ) from None
    parameters.heartbeat = _HEARTBEAT_S
    parameters.socket_timeout = _SOCKET_LIMIT_S
    parameters.stack_timeout = _ANSWER_LIMIT_S
    parameters.client_properties = {"connection_name": "harness redrive"}
    return parameters


def _set(future: "asyncio.Future[T]", value: T) -> None:
    if not future.done():
        future.set_result(value)


def _in_words(error: BaseException) -> str:
    """The innermost cause in one line: pika wraps causes in exceptions whose text is a repr of a repr."""
    inner = next(reversed(getattr(error, "exceptions", ())), None) or getattr(error, "exception", None)
    if inner is None and error.args and isinstance(error.args[0], BaseException):
        inner = error.args[0]
    if inner is not None:
        return _in_words(inner)
    text = getattr(error, "reply_text", "") or str(error)
    return " ".join(f"{type(error).__name__}: {text}".split())[:300]
