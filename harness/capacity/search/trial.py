"""Whether a number of users holds, by replications of its busiest hour: by their intervals, never by a mean."""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.capacity.engine.setup import Setup
from harness.capacity.engine.simulation import simulate
from harness.capacity.engine.slo import Slo
from harness.capacity.engine.study import busiest_hours, interval_json
from harness.capacity.executor import Executor
from harness.capacity.kernel.estimates import FEWEST, Estimate

REPLICATIONS = 12
_CONFIDENCE = 0.95
_LOOKS = 3
_FEWEST_TO_FAIL = 4


@dataclass(frozen=True)
class Outcome:
    """What a simulation sends back: its figures, how far each resource was used at most, and how long it took.

    `shares` are in the order of the result's limits: the first resource is the one that binds.
    """

    figures: Mapping[str, float]
    shares: Mapping[str, float]
    wall_s: float

    @property
    def bottleneck(self) -> str:
        """The resource that binds."""
        return next(iter(self.shares))

    def within(self, slos: Sequence[Slo]) -> bool:
        """Whether this one keeps every level; what nothing was measured of is kept."""
        return not any(self.figures.get(each.figure, math.nan) > each.limit for each in slos)


def outcome(setup: Setup) -> Outcome:
    """Simulates."""
    result = simulate(setup)
    return Outcome(result.figures(), {each.resource: each.share for each in result.limits}, result.wall_s)


@dataclass(frozen=True)
class Trial:
    """`users` and their replications; `holds` None where these leave it in doubt."""

    users: int
    holds: bool | None
    outcomes: Sequence[Outcome]
    slos: Sequence[Slo]

    @property
    def binds(self) -> str:
        """The resource that binds: that of most of the replications which do not keep the levels, if any does not."""
        wrong = [each for each in self.outcomes if not each.within(self.slos)] or self.outcomes
        return Counter(each.bottleneck for each in wrong).most_common(1)[0][0]

    @property
    def intervals(self) -> dict[str, Estimate]:
        """Of the figures that the levels are about."""
        return intervals([each.figures for each in self.outcomes], self.slos)

    def as_json(self) -> dict[str, Any]:
        """For a script."""
        return {
            "users": self.users,
            "holds": self.holds,
            "figures": {name: interval_json(each) for name, each in self.intervals.items()},
            "replications": len(self.outcomes),
        }


class Trials:
    """Judges numbers of users of a setup by the same replications of each.

    Failing is said as soon as a lower end is above its limit, at one of three looks: after a quarter, a half and all
    of `most` replications. Holding is said at the last look only: what only busy days suffer is nothing in a few
    replications, and an interval around nothing is empty.
    """

    def __init__(
        self,
        setup: Setup,
        executor: Executor,
        slos: Sequence[Slo],
        *,
        most: int = REPLICATIONS,
        progress: Callable[[int, int, bool | None], None] = lambda *_: None,
    ) -> None:
        if most < FEWEST:
            raise ValueError(f"holding is told from {FEWEST} replications or more, not {most}")
        self._setup = setup
        self._executor = executor
        self._slos = slos
        self._looks = sorted({max(_FEWEST_TO_FAIL, most // 4), max(_FEWEST_TO_FAIL, most // 2), most})
        self._progress = progress

    def __call__(self, users: int) -> Trial:
        """Tells the progress after each look: users, replications so far, and what they say."""
        hours = busiest_hours(replace(self._setup, demand=self._setup.demand.of(users)), self._looks[-1])
        outcomes: list[Outcome] = []
        holds: bool | None = None
        for look in self._looks:
            outcomes.extend(self._executor.start(outcome, hours[len(outcomes) : look]))
            holds = verdict([each.figures for each in outcomes], self._slos, last=look == self._looks[-1])
            self._progress(users, look, holds)
            if holds is not None:
                break
        return Trial(users, holds, outcomes, self._slos)


def verdict(found: Sequence[Mapping[str, float]], slos: Sequence[Slo], *, last: bool) -> bool | None:
    """Whether every figure's interval is within its limit, or one is beyond it; None where they tell neither.

    With 95% it is not said of what holds that it fails, since a figure is looked at three times at most and each time
    the chance is a third; nor, at the last look, of what fails that it holds.
    """
    early = intervals(found, slos, confidence=1 - (1 - _CONFIDENCE) / _LOOKS)
    if any(early[each.figure].low > each.limit for each in slos if each.figure in early):
        return False
    if not last:
        return None
    whole = intervals(found, slos)
    return True if all(whole[each.figure].high <= each.limit for each in slos if each.figure in whole) else None


def intervals(
    found: Sequence[Mapping[str, float]],
    slos: Sequence[Slo],
    *,
    confidence: float = _CONFIDENCE,
) -> dict[str, Estimate]:
    """Of the figures that levels are about. A replication that measured nothing of one tells nothing of it."""
    values = {
        each.figure: [figures[each.figure] for figures in found if math.isfinite(figures.get(each.figure, math.nan))]
        for each in slos
    }
    return {
        name: Estimate.of(each, confidence=confidence, fewest=_FEWEST_TO_FAIL).not_negative
        for name, each in values.items()
        if len(each) >= _FEWEST_TO_FAIL
    }
