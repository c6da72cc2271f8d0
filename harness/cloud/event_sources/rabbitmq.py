"""The RabbitMQ event source (Lambda developer guide, "Using Lambda with Amazon MQ").

AWS runs one batch at a time, whatever the function's concurrency. A batch goes out when it is full, when its window is
over or when it would exceed 6 MB. After any error the whole batch goes back to the queue and comes again, until the
function succeeds: one message that cannot be processed blocks those behind it.
"""

import asyncio
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pika
from pika.adapters.asyncio_connection import AsyncioConnection
from pika.exceptions import AMQPError

from harness.cloud import answers
from harness.cloud.errors import InvokeError
from harness.cloud.event_sources import rabbitmq_event
from harness.cloud.event_sources.source import Backoff
from harness.cloud.functions import Function
from harness.cloud.stats import EventSourceStats
from harness.stack import EventSource as Description

_HANDSHAKE_LIMIT_S = 10.0
_CONNECT_LIMIT_S = 12.0  # so that pika gives up by itself before
_CLOSE_LIMIT_S = 1.0


class RabbitMqEventSource:
    """One mapping. See source.EventSource. `broker_url` is an AMQP URL with credentials and virtual host."""

    def __init__(self, description: Description, function: Function, broker_url: str, *, broker_arn: str) -> None:
        self.stats = EventSourceStats()
        self._description = description
        self._function = function
        self._parameters = pika.URLParameters(broker_url)
        self._parameters.stack_timeout = _HANDSHAKE_LIMIT_S
        self._broker_arn = broker_arn
        self._task: asyncio.Task[None] | None = None
        self._failing = Backoff(0.2, 5)

    def start(self) -> None:
        """Begins to poll."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Ends polling at once; what is in flight stays unacknowledged."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        """Connects, and connects again. The queue may not exist yet: that is one more reason to try again."""
        reconnecting = Backoff(0.2, 5)
        while True:
            session = _Session(self._parameters)
            try:
                await session.open(self._description.queue, prefetch=self._description.batch_size)
                reconnecting.reset()
                while True:
                    await self._deliver(session, await self._collect(session))
            except (_Lost, AMQPError, OSError, TimeoutError) as error:
                self.stats.last_error = str(error) or repr(error)
            finally:
                await session.close()
            await asyncio.sleep(reconnecting.pause_s())

    async def _collect(self, session: "_Session") -> list["_Message"]:
        """The next batch, of at least one message. Raises _Lost."""
        batch: list[_Message] = []
        size = 1024  # for what surrounds the records
        window_ends: float | None = None
        while len(batch) < self._description.batch_size:
            message = await session.peek(window_ends)
            if message is None or (batch and size + len(message.record) > answers.MAX_EVENT_BYTES):
                break
            session.buffer.popleft()
            if len(message.record) + 1024 > answers.MAX_EVENT_BYTES:
                # Documented: a record that no event can carry is dropped.
                self.stats.fail(f"a message of {len(message.record)} bytes exceeds the event's limit and was dropped")
                session.channel.basic_ack(message.delivery_tag)
                continue
            if window_ends is None:
                window_ends = time.monotonic() + self._description.window_s
            batch.append(message)
            size += len(message.record) + 1
        return batch

    async def _deliver(self, session: "_Session", batch: list["_Message"]) -> None:
        payload = rabbitmq_event.event(
            [message.record for message in batch],
            queue=self._description.queue,
            virtual_host=self._description.virtual_host,
            broker_arn=self._broker_arn,
        )
        self.stats.begin(len(batch))
        try:
            result = await self._function.invoke(payload)
            error = result.error and f"{result.error_type}: {result.payload[:500].decode('utf-8', 'replace')}"
        except InvokeError as refused:
            error = f"{refused.code}: {refused}"
        finally:
            self.stats.end()
        if error is None:
            session.acknowledge(batch)
            self._failing.reset()
            return
        self.stats.fail(error)
        # Held back during the pause, so that the batch is not spinning through the queue.
        await asyncio.sleep(self._failing.pause_s())
        session.give_back()


@dataclass(frozen=True, slots=True)
class _Message:
    delivery_tag: int
    record: bytes


class _Lost(Exception):
    """The connection, the channel or the consumer is gone, and every delivery tag with it."""


class _Session:
    """One connection with one consumer. Its callbacks fill `buffer`; at most `prefetch` messages are unacknowledged."""

    def __init__(self, parameters: pika.connection.Parameters) -> None:
        self._parameters = parameters
        self._connection: Any = None
        self._lost: Exception | None = None
        self._changed = asyncio.Event()
        self.channel: Any = None
        self.buffer: deque[_Message] = deque()

    async def open(self, queue: str, *, prefetch: int) -> None:
        """Connects and consumes. Raises _Lost, also where there is no such queue, or TimeoutError."""
        loop = asyncio.get_running_loop()
        self._connection = AsyncioConnection(
            self._parameters,
            on_open_callback=lambda connection: connection.channel(on_open_callback=self._on_channel),
            on_open_error_callback=self._on_lost,
            on_close_callback=self._on_lost,
            custom_ioloop=loop,
        )
        async with asyncio.timeout(_CONNECT_LIMIT_S):
            while self.channel is None:
                await self._change()
        self.channel.basic_qos(prefetch_count=min(prefetch, 65_535))
        self.channel.basic_consume(queue, self._on_message)

    async def peek(self, until: float | None) -> _Message | None:
        """The oldest message in the buffer; None where none comes until `until` (monotonic). Raises _Lost."""
        while not self.buffer:
            limit = None if until is None else until - time.monotonic()
            if limit is not None and limit <= 0:
                return None
            try:
                async with asyncio.timeout(limit):
                    await self._change()
            except TimeoutError:
                return None
        if self._lost is not None:
            raise self._lost
        return self.buffer[0]

    def acknowledge(self, batch: list[_Message]) -> None:
        """Acknowledges a batch and all before it. Raises _Lost: then the broker delivers the batch again."""
        self._check()
        self.channel.basic_ack(batch[-1].delivery_tag, multiple=True)

    def give_back(self) -> None:
        """Returns everything unacknowledged to the queue, in its old order. Raises _Lost."""
        self._check()
        self.buffer.clear()
        self.channel.basic_nack(0, multiple=True, requeue=True)

    async def close(self) -> None:
        """Closes the connection; the broker returns what is unacknowledged.

        One that is still being opened gets a moment for it, or else ends within pika's own limit: closed in the middle
        of its handshake, pika fails an assertion of its own in the event loop.
        """
        connection = self._connection
        if connection is None:
            return
        with suppress(AMQPError, TimeoutError):
            async with asyncio.timeout(_CLOSE_LIMIT_S):
                while not (connection.is_open or connection.is_closing or connection.is_closed):
                    await asyncio.sleep(0.01)
                if connection.is_open:
                    connection.close()
                while not connection.is_closed:
                    await asyncio.sleep(0.01)

    def _check(self) -> None:
        if self._lost is not None:
            raise self._lost

    async def _change(self) -> None:
        self._check()
        self._changed.clear()
        await self._changed.wait()
        self._check()

    def _on_channel(self, channel: Any) -> None:
        channel.add_on_close_callback(self._on_lost)
        channel.add_on_cancel_callback(lambda _: self._on_lost(channel, "the queue was deleted"))
        self.channel = channel
        self._changed.set()

    def _on_lost(self, _: Any, reason: Any) -> None:
        if self._lost is None:
            self._lost = _Lost(str(reason) or repr(reason))
        self._changed.set()

    def _on_message(self, _: Any, deliver: Any, properties: pika.BasicProperties, body: bytes) -> None:
        record = rabbitmq_event.record(properties, body, redelivered=deliver.redelivered)
        self.buffer.append(_Message(deliver.delivery_tag, record))
        self._changed.set()
