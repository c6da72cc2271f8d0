"""How a command leaves: through the broker, and through SQS while the broker is away."""

import logging
import time
from typing import Literal

from contracts import messages, topology
from contracts.messages import Envelope
from shared import logs
from shared.breaker import Breaker
from shared.deadline import Deadline
from shared.errors import NotAccepted, OutcomeUnknown
from shared.overflow import Overflow
from shared.publisher import Message, Publisher, Receipt

logger = logging.getLogger(__name__)

PUBLISH_S = 2.0
MIN_PUBLISH_S = 0.1  # with less time than this the broker is not asked
# What is kept of the invocation for SQS: botocore's import on a small function, and one whole attempt.
OVERFLOW_RESERVE_S = 5.0
# A healthy broker has confirmed long before; after that the way through SQS is made ready while waiting. Not sooner:
# the import of botocore would hold up an answer that is on its way.
PATIENCE_S = 1.0
AFTER_FAILURE_S = 5.0


class Dispatcher:
    """Sends commands. After a failure of the broker the environment goes straight to SQS for 5 s, then probes."""

    def __init__(self, publisher: Publisher, overflow: Overflow, breaker: Breaker | None = None) -> None:
        self._publisher = publisher
        self._overflow = overflow
        self._breaker = breaker or Breaker(failures=1, open_s=AFTER_FAILURE_S)

    def send(self, envelope: Envelope, deadline: Deadline) -> Literal["broker", "overflow"]:
        """Who has confirmed. Raises NotAccepted where nobody can have it, OutcomeUnknown where somebody may."""
        body = messages.encode(envelope)
        maybe_sent = False
        publish_s = min(PUBLISH_S, deadline.remaining_s() - OVERFLOW_RESERVE_S)
        if publish_s >= MIN_PUBLISH_S and self._breaker.allows():
            started = time.monotonic()
            receipt = self._publish(envelope, body, publish_s)
            logs.add(publish_ms=_since_ms(started))
            if receipt is Receipt.CONFIRMED:
                self._breaker.succeeded()
                return "broker"
            self._breaker.failed()
            maybe_sent = receipt is Receipt.UNKNOWN
        started = time.monotonic()
        try:
            self._overflow.send(body.decode(), deadline)
        except NotAccepted as error:
            if maybe_sent:
                raise OutcomeUnknown("the broker did not answer, and SQS did not take the message") from error
            raise
        finally:
            logs.add(overflow_ms=_since_ms(started))
        return "overflow"

    def _publish(self, envelope: Envelope, body: bytes, timeout_s: float) -> Receipt:
        message = Message(
            exchange=topology.COMMANDS,
            routing_key=envelope.type,
            body=body,
            message_id=envelope.message_id,
            headers={"traceparent": envelope.traceparent},
        )
        pending = self._publisher.submit([message], timeout_s)
        if not pending.wait(PATIENCE_S):
            self._overflow.warm_up()
        receipts = pending.result()
        if receipts[0] is not Receipt.CONFIRMED:
            logger.warning(
                "the broker did not confirm", extra=logs.fields(receipt=receipts[0].value, cause=pending.cause)
            )
        return receipts[0]


def _since_ms(started: float) -> float:
    return round((time.monotonic() - started) * 1000, 2)
