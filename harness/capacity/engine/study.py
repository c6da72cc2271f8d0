"""A study of one setting: a day for timeline and cost, and replications of its busiest hour for intervals."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from harness.capacity.demand import Demand
from harness.capacity.engine import slo as _slo
from harness.capacity.engine.breaks import broken_by
from harness.capacity.engine.faults import Fault
from harness.capacity.engine.result import Result
from harness.capacity.engine.setup import Setup
from harness.capacity.engine.simulation import simulate
from harness.capacity.engine.slo import Kept, Slo
from harness.capacity.executor import Executor
from harness.capacity.kernel.compiled import Floats
from harness.capacity.kernel.estimates import FEWEST, Estimate

HOUR_S = 3600.0
RAMP_S = 1800.0


@dataclass(frozen=True)
class Study:
    """`busiest` are intervals of the busiest hour's figures, from `replications` of it, which begin at `busiest_s`.

    `broken` has for each level the faults that broke it: none where it is kept, or missed without them too.
    """

    day: Result
    busiest_s: float
    replications: int
    busiest: Mapping[str, Estimate]
    kept: Sequence[Kept]
    broken: Mapping[str, tuple[Fault, ...]]

    @staticmethod
    def of(setup: Setup, day: Result, hours: Sequence[Mapping[str, float]], slos: Sequence[Slo]) -> "Study":
        """From the day of `setup` and the figures of its busiest hour's replications: none, or ten and more."""
        busiest = _estimates(hours)
        kept = [_slo.judge(each, day.figures(), busiest) for each in slos]
        broken = {each.slo.figure: broken_by(each, day) for each in kept}
        return Study(day, busiest_hour(setup.demand), len(hours), busiest, kept, broken)

    @property
    def holds(self) -> bool:
        """Whether every service level is kept."""
        return all(each.holds for each in self.kept)

    @property
    def broken_by(self) -> tuple[Fault, ...]:
        """The faults that broke what is not kept; none where a level is missed without them too."""
        missed = [self.broken[each.slo.figure] for each in self.kept if not each.holds]
        return tuple(fault for fault in self.day.faults if any(fault in each for each in missed)) if all(missed) else ()

    def as_json(self) -> dict[str, Any]:
        """For a script: the day's result, with intervals beside it."""
        day = self.day.as_json()
        return {
            "holds": self.holds,
            "broken_by": [asdict(fault) for fault in self.broken_by],
            "slos": [
                {
                    "figure": each.slo.figure,
                    "what": each.slo.what,
                    "unit": each.slo.unit.strip(),
                    "limit": each.slo.limit,
                    "day": _number(each.day),
                    "busiest_hour": None if each.busiest is None else interval_json(each.busiest),
                    "holds": each.holds,
                    "broken_by": [asdict(fault) for fault in self.broken[each.slo.figure]],
                }
                for each in self.kept
            ],
            "busiest_hour": {
                "begin_s": self.busiest_s,
                "replications": self.replications,
                "figures": {name: interval_json(each) for name, each in self.busiest.items()},
            },
            **day,
        }


def busiest_hour(demand: Demand, length_s: float = HOUR_S) -> float:
    """When the hour, or another length, begins that has the most expected requests, in whole minutes."""
    end_s = max(demand.curve.duration_s - length_s, 0.0)
    begins: Floats = np.arange(math.floor(end_s / 60) + 1, dtype=np.float64) * 60.0
    whole = demand.curve.integral_s(begins + length_s) - demand.curve.integral_s(begins)
    return float(begins[int(np.argmax(whole))])


def busiest_hours(setup: Setup, count: int) -> list[Setup]:
    """The first `count` replications of its busiest hour, without faults: a fault is at a time of the one day."""
    begin_s = busiest_hour(setup.demand)
    return [
        replace(
            setup,
            replication=1 + number,
            begin_s=begin_s,
            end_s=min(begin_s + HOUR_S, setup.demand.curve.duration_s),
            ramp_s=min(RAMP_S, begin_s),
            faults=(),
        )
        for number in range(count)
    ]


def study(
    setup: Setup,
    executor: Executor,
    *,
    replications: int = FEWEST,
    slos: Sequence[Slo] = _slo.DEFAULT,
    progress: Callable[[str, float], None] = lambda *_: None,
) -> Study:
    """The day of `setup` here, and meanwhile `replications` (0: none) of its busiest hour by `executor`.

    Tells `progress` what it does and the share that is done. Raises ValueError for too few replications to give an
    interval.
    """
    if 0 < replications < FEWEST:
        raise ValueError(f"an interval takes {FEWEST} replications or more, not {replications}")
    coming = executor.start(simulate_figures, busiest_hours(setup, replications))
    length_s = setup.until_s - setup.begin_s
    day = simulate(setup, lambda now_s: progress("day", (now_s - setup.begin_s) / length_s))
    found: list[Mapping[str, float]] = []
    for figures in coming:
        found.append(figures)
        progress("busiest hour", len(found) / replications)
    return Study.of(setup, day, found, slos)


def simulate_figures(setup: Setup) -> Mapping[str, float]:
    """What a replication sends back: its figures alone."""
    return simulate(setup).figures()


def _estimates(found: Sequence[Mapping[str, float]]) -> dict[str, Estimate]:
    """Of the figures that every replication has a value of."""
    names = found[0] if found else {}
    values = {name: [each[name] for each in found] for name in names}
    return {name: Estimate.of(each).not_negative for name, each in values.items() if all(map(math.isfinite, each))}


def interval_json(estimate: Estimate) -> dict[str, float]:
    """For a script: the mean, and the ends of its interval."""
    return {"mean": _number(estimate.mean) or 0.0, "low": round(estimate.low, 6), "high": round(estimate.high, 6)}


def _number(value: float) -> float | None:
    return round(value, 6) if math.isfinite(value) else None
