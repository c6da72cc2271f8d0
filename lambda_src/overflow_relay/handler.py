"""Commands that overflowed into SQS, back to the broker.

The answer names the messages that failed (ReportBatchItemFailures). They stay in SQS and come back after a delay that
grows with how often they were received, much sooner than the queue's visibility timeout at first.
"""

import logging
import os
import random
import time
from collections.abc import Mapping, Sequence
from typing import Any

from contracts import messages, topology
from shared import config, logs
from shared.deadline import Context, Deadline
from shared.overflow import Overflow
from shared.parking import parked, readable
from shared.publisher import Message, Publisher, Receipt
from shared.warm import compile_schemas

logger = logging.getLogger(__name__)

PUBLISH_S = 5.0
# Kept for ChangeMessageVisibility after a failed publish, botocore's import included.
POSTPONE_RESERVE_S = 6.0
FIRST_DELAY_S = 1.0
MAX_DELAY_S = 300.0


class OverflowRelay:
    """The handler."""

    def __init__(self, publisher: Publisher, overflow: Overflow) -> None:
        self._publisher = publisher
        self._overflow = overflow

    def __call__(self, event: Mapping[str, Any], context: Context) -> dict[str, Any]:
        logs.begin(context.aws_request_id)
        started = time.monotonic()
        deadline = Deadline.of(context, POSTPONE_RESERVE_S)
        records: Sequence[Mapping[str, Any]] = event["Records"]
        batch = [_message(record) for record in records]
        pending = self._publisher.publish(batch, min(PUBLISH_S, deadline.remaining_s()))
        failed = [
            record
            for record, receipt in zip(records, pending.receipts, strict=True)
            if receipt is not Receipt.CONFIRMED
        ]
        if failed:
            self._overflow.postpone({record["receiptHandle"]: _delay_s(record) for record in failed})
        logger.log(
            logging.WARNING if failed else logging.INFO,
            "batch",
            extra=logs.fields(
                received=len(records),
                failed=len(failed),
                cause=pending.cause,
                duration_ms=round((time.monotonic() - started) * 1000, 1),
            ),
        )
        return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in failed]}


def _message(record: Mapping[str, Any]) -> Message:
    """The command as `commands` would have published it. What can never be read is parked like any other poison."""
    body = record["body"].encode("utf-8", "surrogatepass")
    try:
        envelope = readable(body)
        if envelope.type not in (messages.PLACE, messages.CANCEL):
            raise messages.InvalidMessage(f"type is {envelope.type}, which is no command")
    except messages.InvalidMessage as error:
        logger.error(
            "unreadable message to be parked", extra=logs.fields(sqs_message_id=record["messageId"], reason=str(error))
        )
        return parked(topology.ORDER_COMMANDS, body, f"overflow: {error}", record["messageId"], None)
    return Message(
        exchange=topology.COMMANDS,
        routing_key=envelope.type,
        body=body,
        message_id=envelope.message_id,
        headers={"traceparent": envelope.traceparent},
    )


def _delay_s(record: Mapping[str, Any]) -> int:
    """Seconds until it may be received again: doubling with each receive, up to 5 minutes, the upper half at random."""
    received = int(record["attributes"]["ApproximateReceiveCount"])
    longest = min(MAX_DELAY_S, FIRST_DELAY_S * 2 ** min(received, 16))
    return round(random.uniform(longest / 2, longest))


def _build() -> OverflowRelay:
    logs.configure()
    compile_schemas("envelope", messages.PLACE, messages.CANCEL)
    return OverflowRelay(
        Publisher(config.broker(os.environ)), Overflow(config.required(os.environ, "OVERFLOW_QUEUE_URL"))
    )


handler = _build()
