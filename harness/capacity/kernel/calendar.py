"""What is to come: rows that were put in at any time of their own, and are taken in order of time.

It joins stages, whose departures are not sorted, may lie beyond the tick, and are the arrivals of the next. By itself
it is a delay station: infinitely many servers, nobody waits.
"""

from collections.abc import Sequence

import numpy as np

from harness.capacity.kernel.compiled import Floats
from harness.capacity.kernel.flow import Flow
from harness.capacity.kernel.sorting import order_of


class Calendar:
    """Times with `columns` facts about each."""

    def __init__(self, columns: int = 0) -> None:
        self._columns = columns
        self._parts: list[Floats] = []
        self._put = 0
        self._taken = 0

    def put(self, times: Floats, *columns: Floats) -> None:
        """Adds rows: their `times` (s, finite, in any order) and a value of each column."""
        if len(columns) != self._columns:
            raise ValueError(f"a row has {self._columns} columns beside its time")
        if times.size:
            self._parts.append(np.stack((times, *columns)))
            self._put += times.size

    def take(self, until: float, *, since: float = 0.0) -> Sequence[Floats]:
        """Removes the rows before `until`: times, ascending, then each column. Equal times keep the order of putting.

        What was put in for a time that has passed, before `since`, comes at `since`.
        """
        rows = np.concatenate(self._parts, axis=1) if self._parts else np.empty((1 + self._columns, 0))
        due = rows[0] < until
        later = rows[:, ~due]
        self._parts = [later] if later.size else []
        rows = rows[:, due] if later.size else rows
        self._taken += rows.shape[1]
        np.maximum(rows[0], since, out=rows[0])
        order = order_of(rows[0])
        return [column[order] for column in rows]

    def coming(self, column: int) -> Floats:
        """Of the rows that were not taken: their times (0) or a column, in no order."""
        return np.concatenate([part[column] for part in self._parts]) if self._parts else np.empty(0)

    def __len__(self) -> int:
        return self._put - self._taken

    @property
    def flow(self) -> Flow:
        """Counts so far."""
        return Flow(self._put, 0, self._taken, sum(part.shape[1] for part in self._parts))
