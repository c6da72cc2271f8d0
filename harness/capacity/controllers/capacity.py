"""What a controller scales: units that serve, that start, that end, and the record of every change."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from harness.capacity.controllers.errors import ControllerError

Start = Callable[[int], Sequence[float]]
"""How long each of so many new units takes, in seconds."""


@dataclass(frozen=True)
class Change:
    """One scaling event for the timeline: the number that is wanted, before and after, and why."""

    time_s: float
    capacity: str
    before: int
    after: int
    why: str


@dataclass(frozen=True)
class Unit:
    """A unit that starts: when it was asked for, and from when it serves."""

    ordered_at_s: float
    ready_at_s: float


class Capacity:
    """Units called `name`, never fewer wanted than `minimum` nor more than `maximum`; `initial` of them serve at first.

    `start` says how long new units take. Without it they stay pending until `begin` tells from when they serve, as
    pods do that have no node. `stop` says how long removed units, which serve no more, are still there. Times come in
    order: what was before the last change is not kept.
    """

    def __init__(
        self,
        name: str,
        minimum: int,
        maximum: int,
        *,
        initial: int | None = None,
        start: Start | None = None,
        stop: Start | None = None,
    ) -> None:
        if not 0 <= minimum <= maximum:
            raise ControllerError(f"{name}: bounds of {minimum} and {maximum}; write 0 <= minimum <= maximum")
        self.name = name
        self.minimum = minimum
        self.maximum = maximum
        self.changes: list[Change] = []
        self._start = start
        self._stop = stop
        self._serving = minimum if initial is None else initial
        self._starting: list[Unit] = []
        self._pending: list[float] = []
        self._gone_at_s: list[float] = []
        self._check(self._serving)

    @property
    def desired(self) -> int:
        """Units that are wanted: those that serve, start or are pending."""
        return self._serving + len(self._starting) + len(self._pending)

    @property
    def pending(self) -> int:
        """Units that are wanted and have not begun to start."""
        return len(self._pending)

    def ready(self, now_s: float) -> int:
        """Units that serve."""
        return self._serving + sum(unit.ready_at_s <= now_s for unit in self._starting)

    def starting(self, now_s: float) -> tuple[Unit, ...]:
        """Units that start, the next to serve first."""
        return tuple(unit for unit in self._starting if unit.ready_at_s > now_s)

    def leaving(self, now_s: float) -> int:
        """Units that were removed and are still there."""
        return sum(gone_at_s > now_s for gone_at_s in self._gone_at_s)

    def left_s(self, since_s: float, until_s: float) -> float:
        """How long units that were removed before were still there from one time to the other, in sum."""
        return sum(min(gone_at_s, until_s) - since_s for gone_at_s in self._gone_at_s if gone_at_s > since_s)

    def bounded(self, wanted: int) -> int:
        """`wanted`, or the bound that it goes beyond."""
        return max(self.minimum, min(self.maximum, wanted))

    def scale(self, now_s: float, to: int, why: str) -> Change | None:
        """Asks for more units, or removes some: pending ones first, then those that would serve last.

        None where nothing changes. Raises ControllerError beyond the bounds, which the controller has to keep.
        """
        self._check(to)
        self._settle(now_s)
        before = self.desired
        if to == before:
            return None
        if to > before:
            self._order(now_s, to - before)
        else:
            self._remove(now_s, before - to)
        change = Change(now_s, self.name, before, to, why)
        self.changes.append(change)
        return change

    def begin(self, now_s: float, ready_at_s: float) -> None:
        """The oldest pending unit starts, and serves from `ready_at_s`."""
        self._settle(now_s)
        self._starting.append(Unit(self._pending.pop(0), ready_at_s))
        self._starting.sort(key=lambda unit: unit.ready_at_s)

    def lose(self, now_s: float, units: int, why: str) -> Change | None:
        """Units fail, those that serve first. As many are wanted as before: others take their place, from the start."""
        self._settle(now_s)
        serving = min(units, self._serving)
        starting = min(units - serving, len(self._starting))
        if not serving + starting:
            return None
        change = Change(now_s, self.name, self.desired, self.desired, why)
        self._serving -= serving
        del self._starting[:starting]
        self._order(now_s, serving + starting)
        self.changes.append(change)
        return change

    def _order(self, now_s: float, units: int) -> None:
        if self._start is None:
            self._pending += [now_s] * units
            return
        self._starting += [Unit(now_s, now_s + delay_s) for delay_s in self._start(units)]
        self._starting.sort(key=lambda unit: unit.ready_at_s)
        self._settle(now_s)

    def _remove(self, now_s: float, units: int) -> None:
        for _ in range(units):
            if self._pending:
                self._pending.pop()
            elif self._starting:
                self._starting.pop()
            else:
                self._serving -= 1
        if self._stop:
            self._gone_at_s += [now_s + delay_s for delay_s in self._stop(units)]

    def _settle(self, now_s: float) -> None:
        still = [unit for unit in self._starting if unit.ready_at_s > now_s]
        self._serving += len(self._starting) - len(still)
        self._starting = still
        self._gone_at_s = [gone_at_s for gone_at_s in self._gone_at_s if gone_at_s > now_s]

    def _check(self, wanted: int) -> None:
        if not self.minimum <= wanted <= self.maximum:
            raise ControllerError(f"{self.name}: {wanted} is not from {self.minimum} to {self.maximum}")
