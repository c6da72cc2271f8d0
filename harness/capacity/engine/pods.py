"""Pods of a role in the kernel, which follow what their controllers have made of their capacity."""

import math
from collections.abc import Callable, Iterable

from harness.capacity.controllers import Capacity
from harness.capacity.kernel.batches import Batches
from harness.capacity.kernel.relays import Relays


class Pods:
    """Keeps `stage` at what serves of `capacity`. While they are paused none serves: a server of theirs is away."""

    def __init__(self, stage: Batches | Relays, capacity: Capacity) -> None:
        self.stage = stage
        self.capacity = capacity
        self._there = 0
        self._paused_until_s = -math.inf
        self._returning: list[float] = []  # when those come back that take longer than their server

    @property
    def serving(self) -> int:
        """Pods in the stage."""
        return self._there

    def follow(self, now_s: float, until_s: float, *, lost: bool = False) -> None:
        """Brings in what serves before `until_s`, and removes what serves no more; `lost` ones at once."""
        begin_s = max(now_s, self._paused_until_s)
        if begin_s >= until_s:
            return
        coming = [unit.ready_at_s for unit in self.capacity.starting(now_s) if unit.ready_at_s < until_s]
        back = [at_s for at_s in self._returning if at_s < until_s]
        self._returning = [at_s for at_s in self._returning if at_s >= until_s]
        ready = max(self.capacity.ready(now_s) - len(self._returning), 0)
        if ready < self._there:
            self._less(self._there - ready, begin_s, lost)
            self._there = ready
        more = ready - self._there
        for at_s in (back + [now_s] * more)[:more] + coming:
            self._more(max(at_s, begin_s))

    def pause(self, now_s: float, until_s: float, returning: Iterable[float] = ()) -> None:
        """Their work is undone, and comes to those that serve from `until_s` on.

        `returning` are the times at which those come back that notice later that their server is there.
        """
        self._paused_until_s = max(self._paused_until_s, until_s)
        self._returning = sorted(returning)
        self._less(self._there, now_s, True)
        self._there = 0

    def _more(self, at_s: float) -> None:
        self._there += 1
        if isinstance(self.stage, Batches):
            self.stage.start(1, at_s)
        else:
            self.stage.resize(self._there, at_s)

    def _less(self, count: int, now_s: float, lost: bool) -> None:
        if isinstance(self.stage, Relays):
            self.stage.resize(self._there - count, now_s)
            return
        end: Callable[[int], object] = self.stage.kill if lost else self.stage.stop
        end(count)
