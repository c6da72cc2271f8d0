"""What is kept of a simulation: sums, and a value a minute for the charts."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from harness.capacity.engine.bottleneck import Limits
from harness.capacity.engine.consumption import Consumption
from harness.capacity.engine.fates import ROWS, Fates
from harness.capacity.engine.front import Tick
from harness.capacity.engine.path import STAGES
from harness.capacity.kernel.histogram import Histogram, Histograms

_PERCENTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}  # of a minute

COMMANDS = "commands"
"""The name of all accepted commands whose events are not published yet, in whichever of their stages they are."""

_OF_COMMANDS = ("overflow_relay", "orders", "outbox")


@dataclass(frozen=True)
class Snapshot:
    """How things stand at the end of a tick: held messages by stage, numbers of units, and shares of limits."""

    held: Mapping[str, int]
    units: Mapping[str, float]
    shares: Mapping[str, float]


class Recorder:
    """Sums over the recorded time; shares of limits are means of a minute."""

    def __init__(self, consumption: Consumption, operations: int) -> None:
        self.consumption = consumption
        self.latencies = Histograms(operations)
        self.visible = Histogram()
        self.limits = Limits()
        self.series: dict[str, list[float]] = defaultdict(list)
        self.backlog_peak: dict[str, int] = dict.fromkeys((*STAGES, COMMANDS), 0)
        self.sums: dict[str, int] = defaultdict(int)
        self._fates = np.zeros((ROWS, operations))
        self._share_s: dict[str, float] = defaultdict(float)
        self._seconds = 0.0
        self._begin_minute()

    def add(self, during_s: float, tick: Tick, snapshot: Snapshot) -> None:
        """A tick."""
        self._seconds += during_s
        self._during_s += during_s
        counts = {
            "fresh": int(tick.fresh.sum()),
            "attempts": int(tick.offered.sum()),
            "answered": int(tick.answered.sum()),
            "refused": tick.refused,
            "throttled": tick.throttled,
            "failed": tick.failed,
            "overflowed": sum(times.size for times in tick.overflowed),
        }
        for name, count in counts.items():
            self.sums[name] += count
            self._counts[name] += count
        self._fates += tick.fates
        commands = sum(snapshot.held[name] for name in _OF_COMMANDS)
        for name, held in [*snapshot.held.items(), (COMMANDS, commands)]:
            self.backlog_peak[name] = max(self.backlog_peak[name], held)
            self._backlog[name] = max(self._backlog[name], held)
        for name, share in snapshot.shares.items():
            self._shares[name] += share * during_s
            self._share_s[name] += share * during_s

    def end_minute(self, end_s: float, latencies: Histograms, visible: Histogram, snapshot: Snapshot) -> None:
        """A minute is over, or what there is of it, in which `latencies` and times until `visible` were seen."""
        if not self._during_s:
            return
        during_s = self._during_s
        row: dict[str, float] = {"time_s": end_s}
        row |= {f"{name}_per_s": count / during_s for name, count in self._counts.items()}
        for what, seen in (("latency", latencies.all), ("visible", visible)):
            values = seen.quantiles(list(_PERCENTILES.values())) * 1000
            row |= {f"{what}_{name}_ms": float(value) for name, value in zip(_PERCENTILES, values, strict=True)}
        shares = {name: share / during_s for name, share in self._shares.items()}
        row |= {f"backlog.{name}": self._backlog[name] for name in snapshot.held}
        row |= snapshot.units
        row |= {f"share.{name}": share for name, share in shares.items()}
        for name, value in row.items():
            self.series[name].append(value)
        self.limits.see(end_s, shares)
        self.latencies.merge(latencies)
        self.visible.merge(visible)
        self._begin_minute()

    def _begin_minute(self) -> None:
        self._during_s = 0.0
        self._counts: dict[str, int] = defaultdict(int)
        self._shares: dict[str, float] = defaultdict(float)
        self._backlog: dict[str, int] = defaultdict(int)

    @property
    def fates(self) -> list[Fates]:
        """What became of each operation's requests, by its number."""
        return [Fates.of(counts) for counts in self._fates.T]

    @property
    def utilization(self) -> dict[str, float]:
        """The mean share of each limit that was used."""
        return {name: share_s / self._seconds for name, share_s in self._share_s.items()}
