"""Clients that try again: exponential backoff with full jitter, as AWS's SDKs do it.

Source: AWS Architecture Blog, "Exponential Backoff And Jitter": the delay before try n is evenly distributed between 0
and min(cap, base * 2^n).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harness.capacity.kernel.calendar import Calendar
from harness.capacity.kernel.compiled import Floats, Mask
from harness.capacity.kernel.flow import Flow
from harness.capacity.kernel.occupancy import Mark, Occupancy


@dataclass(frozen=True)
class Backoff:
    """At most `retries` after the first try. `base_s` bounds the first delay, `cap_s` all."""

    retries: int
    base_s: float
    cap_s: float

    def bounds_s(self, tries: Floats) -> Floats:
        """The longest delay after so many `tries`, 1 or more, in seconds."""
        bounds: Floats = np.minimum(self.cap_s, self.base_s * np.exp2(tries - 1))
        return bounds


class Retries:
    """Requests that were refused and come again. Facts that go along with each are `columns`, such as its operation."""

    def __init__(self, backoff: Backoff, generator: np.random.Generator, *, columns: int = 0) -> None:
        self._backoff = backoff
        self._generator = generator
        self._calendar = Calendar(3 + columns)
        self._occupancy = Occupancy()
        self._refused = 0
        self._given_up = 0

    def refuse(self, times: Floats, origins: Floats, tries: Floats, *columns: Floats) -> Mask:
        """Requests whose refusal reached the client at `times`, after so many `tries`; they first came at `origins`.

        Which of them are given up.
        """
        again = tries <= self._backoff.retries
        delays = self._generator.random(times.size) * self._backoff.bounds_s(tries)
        refused = times[again]
        self._occupancy.came(refused)
        self._calendar.put(
            refused + delays[again], refused, origins[again], tries[again] + 1, *(column[again] for column in columns)
        )
        self._refused += times.size
        self._given_up += times.size - int(np.count_nonzero(again))
        return ~again

    def due(self, since: float, until: float) -> Sequence[Floats]:
        """Who comes again from `since` to `until`: times, ascending, origins, tries, and each column.

        A delay that ends before `since` is prolonged to it: refusals are known only when their tick has been computed,
        so a tick, or the parts that a tick with refusals is cut into, should be shorter than the first delay.
        """
        self._occupancy.advance(since)
        times, refused, *others = self._calendar.take(until, since=since)
        self._occupancy.went(times, float((times - refused).sum()))
        return [times, *others]

    def mark(self, now: float) -> Mark:
        """Of those who wait to come again, up to `now`, up to which they have been asked for."""
        self._occupancy.advance(now)
        return self._occupancy.mark(float(np.maximum(now - self._calendar.coming(1), 0).sum()))

    @property
    def flow(self) -> Flow:
        """Counts so far: refusals, who gave up, who came again, who is waiting to."""
        held = self._calendar.flow
        return Flow(self._refused, self._given_up, held.departed, held.held)
