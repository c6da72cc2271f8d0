"""A queue of rows that lives across ticks: a row is one request or message, a column one fact about each."""

import numpy as np

from harness.capacity.kernel.compiled import Floats

_SMALLEST = 1024


class Fifo:
    """Rows from `head` to `tail` of `rows`, whose shape is (columns, capacity). Kernels move head and tail.

    Rows are moved only when the array is full, so that each is copied a bounded number of times on average, however
    long the queue.
    """

    def __init__(self, columns: int) -> None:
        self.rows: Floats = np.empty((columns, _SMALLEST))
        self.head = 0
        self.tail = 0

    def __len__(self) -> int:
        return self.tail - self.head

    def reserve(self, count: int) -> None:
        """Makes room for `count` rows behind the tail."""
        if self.tail + count > self.rows.shape[1]:
            self._move(0, count)

    def put_front(self, rows: Floats) -> None:
        """Puts rows, of shape (columns, n), before the head: what came back is first in turn."""
        count = rows.shape[1]
        if count > self.head:
            self._move(count, 0)
        self.head -= count
        self.rows[:, self.head : self.head + count] = rows

    def _move(self, before: int, behind: int) -> None:
        """Lays the live rows out anew, `before` places from the beginning and with `behind` behind them."""
        live = len(self)
        capacity = self.rows.shape[1]
        needed = before + live + behind
        # A growing queue doubles; one that is mostly gone gives memory back.
        target = max(_SMALLEST, 2 * needed) if 2 * needed > capacity or 8 * needed < capacity else capacity
        rows: Floats = np.empty((self.rows.shape[0], target))
        rows[:, before : before + live] = self.rows[:, self.head : self.tail]
        self.rows, self.head, self.tail = rows, before, before + live
