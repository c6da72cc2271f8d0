"""The SQS event source (Lambda developer guide, "Using Lambda with Amazon SQS", "Scaling behavior").

Polling starts with five batches in flight, and grows by 300 a minute while all are busy, up to the mapping's maximum
concurrency. A batch goes out when it is full, when its window is over or when it would exceed 6 MB. What the function
finished is deleted; the rest becomes visible again by the queue's own visibility timeout, after a throttle as well.
"""

import asyncio
import json
import time
from collections.abc import Iterator, Sequence
from typing import Any

from harness.cloud import answers
from harness.cloud.errors import InvokeError
from harness.cloud.event_sources.partial_failures import failed_items
from harness.cloud.event_sources.source import Backoff
from harness.cloud.event_sources.sqs_client import SqsClient, SqsError
from harness.cloud.functions import Function
from harness.cloud.stats import EventSourceStats
from harness.stack import EventSource as Description

INITIAL_POLLERS = 5
ADDED_POLLERS_PER_S = 5  # 300 a minute
MAXIMUM_POLLERS = 1250
IDLE_BEFORE_SHRINKING_S = 60.0
LONGEST_POLL_S = 20
# `{"Records":[]}` around the records, and a comma for each.
_ENVELOPE_BYTES = 14


class SqsEventSource:
    """One mapping. See source.EventSource."""

    def __init__(
        self,
        description: Description,
        function: Function,
        client: SqsClient,
        queue_url: str,
        *,
        queue_arn: str,
        region: str,
    ) -> None:
        self.stats = EventSourceStats()
        self._description = description
        self._function = function
        self._client = client
        self._queue_url = queue_url
        self._queue_arn = queue_arn
        self._region = region
        self._maximum = min(description.maximum_concurrency or MAXIMUM_POLLERS, MAXIMUM_POLLERS)
        self._initial = min(INITIAL_POLLERS, self._maximum)
        self._wanted = self._initial
        self._pollers: dict[int, asyncio.Task[None]] = {}
        self._scaler: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins to poll."""
        self._start_pollers()
        self._scaler = asyncio.create_task(self._scale())

    async def stop(self) -> None:
        """Ends polling at once."""
        tasks = [*self._pollers.values(), *([self._scaler] if self._scaler else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._client.close()

    def _start_pollers(self) -> None:
        for number in range(self._wanted):
            if number not in self._pollers:
                self._pollers[number] = asyncio.create_task(self._poll(number))

    async def _scale(self) -> None:
        busy_at = time.monotonic()
        while True:
            await asyncio.sleep(1)
            if self.stats.in_flight:
                busy_at = time.monotonic()
            if self.stats.in_flight >= self._wanted < self._maximum:
                self._wanted = min(self._maximum, self._wanted + ADDED_POLLERS_PER_S)
                self._start_pollers()
            elif self._wanted > self._initial and time.monotonic() - busy_at > IDLE_BEFORE_SHRINKING_S:
                self._wanted = self._initial

    async def _poll(self, number: int) -> None:
        """One poller: a batch at a time, until there are more pollers than wanted."""
        backoff = Backoff(0.2, 10)
        try:
            while number < self._wanted:
                try:
                    messages = await self._collect()
                except (SqsError, OSError, TimeoutError) as error:
                    self.stats.last_error = str(error) or repr(error)
                    await asyncio.sleep(backoff.pause_s())
                    continue
                backoff.reset()
                for batch in split([self._record(message) for message in messages], answers.MAX_EVENT_BYTES):
                    await self._deliver(batch)
        finally:
            self._pollers.pop(number, None)

    async def _collect(self) -> list[dict[str, Any]]:
        """The next batch of messages; none after a poll in vain."""
        size = self._description.batch_size
        messages = await self._client.receive(self._queue_url, maximum=size, wait_s=LONGEST_POLL_S)
        if not messages or not self._description.window_s:
            return messages
        window_ends = time.monotonic() + self._description.window_s
        size_bytes = _size_bytes(messages)
        while len(messages) < size and size_bytes < answers.MAX_EVENT_BYTES:
            left_s = window_ends - time.monotonic()
            if left_s <= 0:
                break
            if left_s < 1:
                # A poll waits whole seconds only.
                await asyncio.sleep(left_s)
            try:
                more = await self._client.receive(
                    self._queue_url, maximum=size - len(messages), wait_s=min(LONGEST_POLL_S, int(left_s))
                )
            except (SqsError, OSError, TimeoutError) as error:
                # What we hold goes out; the next poll shows whether the queue is back.
                self.stats.last_error = str(error) or repr(error)
                break
            messages += more
            size_bytes += _size_bytes(more)
        return messages

    async def _deliver(self, batch: Sequence["Record"]) -> None:
        """Invokes the function with one batch, and deletes what it finished."""
        payload = b'{"Records":[' + b",".join(record.encoded for record in batch) + b"]}"
        self.stats.begin(len(batch))
        try:
            result = await self._function.invoke(payload)
        except InvokeError as error:
            self.stats.fail(f"{error.code}: {error}")
            return
        finally:
            self.stats.end()
        if result.error:
            self.stats.fail(f"{result.error_type}: {result.payload[:500].decode('utf-8', 'replace')}")
            return
        failed: frozenset[str] | None = frozenset()
        if self._description.report_batch_item_failures:
            failed = failed_items(result.payload, {record.message_id for record in batch})
        if failed is None:
            self.stats.fail("the function's batchItemFailures cannot be understood")
            return
        if failed:
            self.stats.fail(f"{len(failed)} of {len(batch)} items reported as failed")
        finished = [record.receipt_handle for record in batch if record.message_id not in failed]
        try:
            await self._client.delete(self._queue_url, finished)
        except (SqsError, OSError, TimeoutError) as error:
            # They will be delivered again: at least once is all that SQS promises.
            self.stats.last_error = f"delete: {error!r}"

    def _record(self, message: dict[str, Any]) -> "Record":
        return Record(message, self._queue_arn, self._region)


class Record:
    """One message as it stands in the event, encoded."""

    __slots__ = ("encoded", "message_id", "receipt_handle")

    def __init__(self, message: dict[str, Any], queue_arn: str, region: str) -> None:
        self.message_id: str = message["MessageId"]
        self.receipt_handle: str = message["ReceiptHandle"]
        record = {
            "messageId": self.message_id,
            "receiptHandle": self.receipt_handle,
            "body": message.get("Body", ""),
            "attributes": message.get("Attributes") or {},
            "messageAttributes": {
                name: _attribute(value) for name, value in (message.get("MessageAttributes") or {}).items()
            },
            **({"md5OfMessageAttributes": md5} if (md5 := message.get("MD5OfMessageAttributes")) else {}),
            "md5OfBody": message.get("MD5OfBody", ""),
            "eventSource": "aws:sqs",
            "eventSourceARN": queue_arn,
            "awsRegion": region,
        }
        self.encoded = json.dumps(record, separators=(",", ":")).encode("ascii")


def split(records: Sequence[Record], limit_bytes: int) -> Iterator[list[Record]]:
    """Batches in order, each event at most `limit_bytes`; a record that is larger alone stays alone."""
    batch: list[Record] = []
    size = _ENVELOPE_BYTES
    for record in records:
        added = len(record.encoded) + 1
        if batch and size + added > limit_bytes:
            yield batch
            batch, size = [], _ENVELOPE_BYTES
        batch.append(record)
        size += added
    if batch:
        yield batch


def _attribute(value: dict[str, Any]) -> dict[str, Any]:
    """A message attribute: `stringValue` or `binaryValue` (base64), two lists that are always empty, `dataType`."""
    attribute: dict[str, Any] = {}
    if "StringValue" in value:
        attribute["stringValue"] = value["StringValue"]
    if "BinaryValue" in value:
        attribute["binaryValue"] = value["BinaryValue"]
    return {**attribute, "stringListValues": [], "binaryListValues": [], "dataType": value.get("DataType", "String")}


def _size_bytes(messages: Sequence[dict[str, Any]]) -> int:
    return sum(len(message.get("Body", "")) for message in messages)
