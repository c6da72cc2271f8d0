"""The core of every consumer: batches from a work queue, each applied as one, acknowledged after the commit.

What becomes of a delivery:
- it takes effect, or is the repeat of one that did: acknowledged;
- it breaks the contract and always will: parked among the dead letters at once;
- applying it alone fails: sent to a retry queue, with growing delay; after `max_attempts` tries parked;
- the database or the broker is away: held, without counting a try, until the server is back or the session is lost.

A copy is published and confirmed before its original is acknowledged, so between the two there may be two, never none.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

from contracts import messages
from contracts.messages import Envelope, InvalidMessage
from worker import crash
from worker.backoff import Backoff
from worker.broker import Delivery, Needs, Outgoing, PublishFailed, Session, again, attempts_of, open_session, parked
from worker.crash import CrashPoints
from worker.errors import SessionLost, Unavailable
from worker.health import Health
from worker.isolate import isolate
from worker.metrics import Metrics
from worker.settings import Batching, Broker

_log = logging.getLogger(__name__)

_TURN_S = 0.25  # how often the loop looks at signals and health while nothing comes
_CHECK_EVERY_S = 5.0  # how often an idle consumer checks its database
_CONFIRM_LIMIT_S = 30.0
_PAUSE_CAP_S = 5.0


class Handler(Protocol):
    """What a role does with its messages."""

    def check(self) -> None:
        """Connects to the database, or checks the connection. Raises Unavailable or Misconfigured."""
        ...

    def examine(self, envelope: Envelope) -> None:
        """Raises InvalidMessage for a message that is none of this role's."""
        ...

    def apply(self, envelopes: Sequence[Envelope]) -> None:
        """Lets all of them take effect, in one transaction, or none.

        Repeats, within the batch too, have no effect and are no error. Raises Unavailable where the database is away,
        any other exception where a message is at fault.
        """
        ...

    def close(self) -> None:
        """Lets connections go."""
        ...


@dataclass(frozen=True)
class _Held:
    """A delivery and the message in it."""

    delivery: Delivery
    envelope: Envelope


class Consumer:
    """Consumes a work queue until `stop` is set; then finishes the batch in hand and gives the rest back."""

    def __init__(
        self,
        *,
        source: str,
        broker: Broker,
        batching: Batching,
        handler: Handler,
        health: Health,
        metrics: Metrics,
        crashes: CrashPoints,
        stop: threading.Event,
        needs: Needs,
    ) -> None:
        self._source = source
        self._broker = broker
        self._batching = batching
        self._handler = handler
        self._health = health
        self._metrics = metrics
        self._crashes = crashes
        self._stop = stop
        self._needs = needs
        self._checked = 0.0

    def run(self) -> None:
        """Runs until stopped. Raises Misconfigured where trying again does not help."""
        backoff = Backoff(cap_s=_PAUSE_CAP_S)
        try:
            while not self._stop.is_set():
                self._health.beat()
                try:
                    self._check()
                    self._connect_and_serve(backoff)
                except Unavailable as error:
                    pause_s = 0.0 if self._stop.is_set() else backoff.next_s()
                    _log.warning("not consuming", extra={"error": str(error), "retry_in_s": round(pause_s, 3)})
                    self._stop.wait(pause_s)
        finally:
            self._handler.close()

    def _connect_and_serve(self, backoff: Backoff) -> None:
        with open_session(self._broker, self._needs, lambda: self._crashes.reach(crash.AFTER_ACK)) as session:
            self._metrics.connects.labels("broker").inc()
            self._tell("broker", True)
            _log.info("consuming", extra={"queue": self._source})
            try:
                self._serve(session, backoff)
            finally:
                self._tell("broker", False)

    def _tell(self, part: str, up: bool) -> None:
        self._health.set(part, up)
        self._metrics.connected.labels(part).set(up)

    def _check(self) -> None:
        try:
            self._handler.check()
        except Unavailable:
            self._tell("database", False)
            raise
        self._tell("database", True)
        self._checked = time.monotonic()

    def _serve(self, session: Session, backoff: Backoff) -> None:
        while not self._stop.is_set():
            if not session.alive:
                raise SessionLost("the session has ended; its deliveries come again")
            self._health.beat()
            batch = gather(session.deliveries, self._batching.size, self._batching.wait_s, _TURN_S)
            if batch and session.alive:
                self._settle(session, batch)
                backoff.reset()
            elif time.monotonic() - self._checked > _CHECK_EVERY_S:
                self._check()

    def _settle(self, session: Session, batch: Sequence[Delivery]) -> None:
        """Brings every delivery of the batch to its end. Raises SessionLost where the session ends before."""
        self._crashes.reach(crash.AFTER_DELIVER)
        began = time.monotonic()
        held, copies = self._read(batch)
        failed = isolate(held, lambda part: self._apply(session, [item.envelope for item in part]))
        self._crashes.reach(crash.AFTER_COMMIT_BEFORE_ACK)
        copies += [self._answer(item.delivery, error) for item, error in failed]
        copied = {delivery.tag for delivery, _ in copies}
        done = [delivery.tag for delivery in batch if delivery.tag not in copied]
        session.settle(done)
        self._metrics.messages.labels("done").inc(len(done))
        self._move(session, copies)
        self._metrics.batch(len(batch), time.monotonic() - began)

    def _read(self, batch: Sequence[Delivery]) -> tuple[list[_Held], list[tuple[Delivery, Outgoing]]]:
        """What can be read, and what is parked because it cannot."""
        held, copies = [], []
        for delivery in batch:
            try:
                envelope = messages.decode(delivery.body)
                self._handler.examine(envelope)
                held.append(_Held(delivery, envelope))
            except Exception as error:  # whatever a body can provoke is its own fault, not its neighbours'
                copies.append(self._answer(delivery, error))
        return held, copies

    def _answer(self, delivery: Delivery, error: Exception) -> tuple[Delivery, Outgoing]:
        """Where a delivery that failed goes: to a retry queue, or to rest."""
        attempts = attempts_of(delivery) + 1
        facts = {"message_id": delivery.message_id, "type": delivery.type, "attempts": attempts, "error": str(error)}
        if isinstance(error, InvalidMessage):
            _log.error("message parked: it breaks the contract", extra=facts)
        elif attempts >= self._batching.max_attempts:
            _log.error("message parked: no tries left", extra=facts, exc_info=error)
        else:
            _log.warning("message to be tried again", extra=facts, exc_info=error)
            self._metrics.messages.labels("retried").inc()
            return delivery, again(delivery, self._source, attempts)
        self._metrics.messages.labels("parked").inc()
        return delivery, parked(delivery, self._source, attempts, f"{type(error).__name__}: {error}")

    def _apply(self, session: Session, envelopes: Sequence[Envelope]) -> None:
        """Applies messages, as long as it takes for the database to be there."""
        backoff = Backoff(cap_s=_PAUSE_CAP_S)
        while True:
            self._health.beat()
            try:
                self._handler.apply(envelopes)
                break
            except Unavailable as error:
                self._tell("database", False)
                pause_s = backoff.next_s()
                _log.warning("batch held", extra={"error": str(error), "retry_in_s": round(pause_s, 3)})
                self._stop.wait(pause_s)
            if self._stop.is_set() or not session.alive:
                raise SessionLost("the batch in hand goes back to its queue")
        self._tell("database", True)
        self._checked = time.monotonic()

    def _move(self, session: Session, copies: Sequence[tuple[Delivery, Outgoing]]) -> None:
        """Publishes the copies; acknowledges each original once its copy is confirmed.

        A copy that finds no place ends the session: its original comes again, after the pause before the next session.
        """
        if not copies:
            return
        deadline = time.monotonic() + _CONFIRM_LIMIT_S
        confirms = session.publish([copy for _, copy in copies])
        for (delivery, _), confirm in zip(copies, confirms, strict=True):
            _await(confirm, deadline, self._health.beat)
            session.settle([delivery.tag])


def gather(
    deliveries: "queue.SimpleQueue[Delivery | None]", size: int, wait_s: float, patience_s: float
) -> list[Delivery]:
    """Up to `size` deliveries: whatever comes within `wait_s` of the first, which is waited for `patience_s` long.

    Ends early at None, the end of the session.
    """
    batch: list[Delivery] = []
    deadline = time.monotonic() + patience_s
    while len(batch) < size:
        try:
            delivery = deliveries.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            break
        if delivery is None:
            break
        if not batch:
            deadline = time.monotonic() + wait_s
        batch.append(delivery)
    return batch


def _await(confirm: "Future[None]", deadline: float, beat: Callable[[], None]) -> None:
    """Waits for a confirm. Raises Unavailable where it does not come, or is a refusal."""
    beat()
    try:
        confirm.result(max(0.0, deadline - time.monotonic()))
    except TimeoutError:
        raise Unavailable(f"a retry or dead letter was not confirmed within {_CONFIRM_LIMIT_S:g} s") from None
    except PublishFailed as error:
        raise Unavailable(str(error)) from error
