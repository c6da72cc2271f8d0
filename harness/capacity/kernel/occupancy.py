"""How many are in a stage, over time: the left side of Little's law, by when each came and went and by nothing else."""

from dataclasses import dataclass

import numpy as np

from harness.capacity.kernel.compiled import Floats


@dataclass(frozen=True)
class Mark:
    """What is known of a stage at some time, summed from its beginning.

    `held_s` is the integral over time of how many were in it. `departed` left it after `stayed_s` in sum, by the
    stage's own records; `staying_s` is how long those have been there that it still has.
    """

    held_s: float = 0.0
    departed: int = 0
    stayed_s: float = 0.0
    staying_s: float = 0.0


class Occupancy:
    """Integrates over time how many have come and not gone yet, none at first.

    Whoever is told of may come or go later than the time that was reached, as requests do whose end is known when they
    begin; until then they do not count.
    """

    def __init__(self) -> None:
        self._now_s = 0.0
        self._count = 0
        self._held_s = 0.0
        self._came: list[Floats] = []
        self._went: list[Floats] = []
        self._departed = 0
        self._stayed_s = 0.0

    def came(self, times: Floats) -> None:
        """At `times` (s, in any order, not before the time that was reached) somebody comes."""
        self._came.append(times)

    def went(self, times: Floats, stayed_s: float) -> None:
        """At `times` somebody goes; in sum they were there for `stayed_s`."""
        self._went.append(times)
        self._departed += times.size
        self._stayed_s += stayed_s

    def advance(self, until_s: float) -> None:
        """Counts up to `until_s`, which is not before the time that was reached."""
        came, self._came = _due(self._came, until_s)
        went, self._went = _due(self._went, until_s)
        # From its own time on each counts one more, or one less.
        self._held_s += self._count * (until_s - self._now_s)
        self._held_s += float((until_s - came).sum()) - float((until_s - went).sum())
        self._count += came.size - went.size
        self._now_s = until_s

    def mark(self, staying_s: float) -> Mark:
        """Up to the time that was reached, where the stage says how long those are there that it has."""
        return Mark(self._held_s, self._departed, self._stayed_s, staying_s)


def _due(parts: list[Floats], until_s: float) -> tuple[Floats, list[Floats]]:
    """Times before `until_s`, and the others."""
    times = np.concatenate(parts) if parts else np.empty(0)
    due = times < until_s
    if due.all():
        return times, []
    return times[due], [times[~due]]
