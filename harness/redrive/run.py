"""The redrive: each parked message is published again, and removed once that is confirmed.

In between a crash leaves two copies, which the system bears; nothing leaves none.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from harness.redrive.broker import Session, open_session
from harness.redrive.errors import Away
from harness.redrive.listing import Listing, Outcome
from harness.redrive.parked import Outgoing, Parked
from harness.redrive.source import Source
from harness.redrive.sqs import open_queue

_WINDOW = 100  # publishes that wait for confirms at a time
_CONFIRM_LIMIT_S = 30.0


@dataclass(frozen=True)
class Choice:
    """Which messages are meant: those from work queue `queue`, with one of `message_ids`, at most `limit`; None: all.

    What cannot be brought back does not count for `limit`: it would stand in the way of those behind it for ever.
    """

    queue: str | None = None
    message_ids: frozenset[str] | None = None
    limit: int | None = None

    def takes(self, parked: Parked) -> bool:
        """Whether this message is meant, `limit` aside."""
        return (self.queue is None or parked.origin == self.queue) and (
            self.message_ids is None or parked.message_id in self.message_ids
        )


def redrive(
    broker_url: str, sqs_queue_url: str | None, choice: Choice, listing: Listing, *, dry_run: bool = False
) -> None:
    """Brings parked messages back: of the broker's queue of dead letters, and of the SQS queue where one is given.

    It looks at as many messages as there were at the start, so what is parked meanwhile is left to the next redrive.
    With `dry_run` all stay where they are. `listing` is told of every message that is meant, as soon as its outcome
    stands. Raises AddressUnusable or Away; what was not brought back by then, or by a KeyboardInterrupt, stays parked.
    """
    asyncio.run(_redrive(broker_url, sqs_queue_url, choice, listing, dry_run))


async def _redrive(broker_url: str, sqs_queue_url: str | None, choice: Choice, listing: Listing, dry_run: bool) -> None:
    with ExitStack() as stack:
        queues = [stack.enter_context(open_queue(sqs_queue_url))] if sqs_queue_url else []
        async with open_session(broker_url) as session:
            sources: list[Source] = [session, *queues]
            totals = [await source.count() for source in sources]
            listing.begin(sum(totals))
            work = _Work(session, choice, listing, dry_run)
            for source, total in zip(sources, totals, strict=True):
                await work.do(source, total)


class _Work:
    """One redrive over all of its sources, which share the limit."""

    def __init__(self, session: Session, choice: Choice, listing: Listing, dry_run: bool) -> None:
        self._session = session
        self._choice = choice
        self._listing = listing
        self._dry_run = dry_run
        self._left = choice.limit

    async def do(self, source: Source, total: int) -> None:
        """Goes through the first `total` messages of `source`."""
        window: list[tuple[Parked, Outgoing]] = []
        async for parked, again in self._meant(source, total):
            if self._dry_run:
                self._listing.add(parked, Outcome.PARKED)
                continue
            window.append((parked, again))
            if len(window) == _WINDOW:
                await self._bring_back(source, window)
                window = []
        if window:
            await self._bring_back(source, window)

    async def _meant(self, source: Source, total: int) -> AsyncIterator[tuple[Parked, Outgoing]]:
        """Those that are meant and can be published again."""
        for _ in range(total):
            if self._left == 0:
                return
            parked = await source.take()
            if parked is None:
                return
            self._listing.looked()
            if not self._choice.takes(parked):
                continue
            if parked.again is None:
                self._listing.add(parked, Outcome.STAYS, parked.problem)
                continue
            if self._left is not None:
                self._left -= 1
            yield parked, parked.again

    async def _bring_back(self, source: Source, window: Sequence[tuple[Parked, Outgoing]]) -> None:
        confirms = [self._session.publish(again) for _, again in window]
        try:
            await asyncio.wait(confirms, timeout=_CONFIRM_LIMIT_S)
        finally:
            # Also when interrupted: what is confirmed already shall not come a second time. Removed before it is
            # listed, since writing may fail or take its time.
            pairs = zip(window, confirms, strict=True)
            answered = [(parked, confirm.result()) for (parked, _), confirm in pairs if confirm.done()]
            for parked, problem in answered:
                if problem is None:
                    await source.remove(parked)
            for parked, problem in answered:
                self._listing.add(parked, Outcome.STAYS if problem else Outcome.BROUGHT_BACK, problem)
        if not all(confirm.done() for confirm in confirms):
            raise Away(
                f"the broker did not confirm within {_CONFIRM_LIMIT_S:g} s; is it short of memory or disk, "
                "or has it lost the majority of its nodes?"
            )
