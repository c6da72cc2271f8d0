"""What every event source is."""

import random
from typing import Protocol

from harness.cloud.stats import EventSourceStats


class EventSource(Protocol):
    """A mapping from a queue to a function.

    `start` returns at once: neither the queue nor its server need be there yet. `stop` drops what is in flight; the
    queue delivers it again to whoever comes next. Neither may lose a message.
    """

    stats: EventSourceStats

    def start(self) -> None:
        """Begins to poll."""

    async def stop(self) -> None:
        """Ends polling."""


class Backoff:
    """Growing pauses with full jitter after failures in a row, at most `longest_s` seconds."""

    def __init__(self, first_s: float, longest_s: float) -> None:
        self._first_s = first_s
        self._longest_s = longest_s
        self._failures = 0

    def pause_s(self) -> float:
        """The pause after one more failure."""
        ceiling = min(self._longest_s, self._first_s * 2**self._failures)
        self._failures = min(self._failures + 1, 16)
        return random.uniform(ceiling / 2, ceiling)

    def reset(self) -> None:
        """After a success."""
        self._failures = 0
