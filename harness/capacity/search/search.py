"""The search itself: glimpses for a first guess, trials for the answer, glimpses again for what a raise would buy."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from scipy.special import gammaincinv

from harness.capacity.demand import Demand
from harness.capacity.engine import slo as _slo
from harness.capacity.engine import study as _study
from harness.capacity.engine.setup import Setup
from harness.capacity.engine.simulation import simulate
from harness.capacity.engine.slo import Slo
from harness.capacity.engine.study import HOUR_S, Study, busiest_hour
from harness.capacity.executor import Executor
from harness.capacity.search.bracket import bracket
from harness.capacity.search.found import Found
from harness.capacity.search.gains import gains, likely
from harness.capacity.search.glimpse import LENGTH_S, RAMP_S, Glimpse, Glimpses
from harness.capacity.search.raises import raises
from harness.capacity.search.trial import REPLICATIONS, Trials

TOLERANCE = 0.05
_FEWEST_REQUESTS = 1000  # in the busiest hour: of fewer a percentile means nothing
_BUSY_DAY = 0.97  # the share of days that a first guess should bear
_TRIALS = 3.5  # with all replications, as an answer takes from a good guess; what fails takes longer
_WORDS = {True: "holds", False: "fails", None: "in doubt"}


def search(
    setup: Setup,
    executor: Executor,
    *,
    slos: Sequence[Slo] = _slo.DEFAULT,
    tolerance: float = TOLERANCE,
    replications: int = REPLICATIONS,
    sensitivity: bool = True,
    progress: Callable[[str], None] = lambda _: None,
) -> Found:
    """The largest number of users; it begins at that of the setup's demand, whose faults are left out.

    `replications` of the busiest hour are the most for one number. Gains are looked for if `sensitivity` is. It tells
    `progress` each step in a line, and how long the rest will take. Raises DemandError where the demand is what was
    recorded, whatever the users.
    """
    setup = replace(setup, faults=())
    least = _least(setup.demand)
    glimpses = Glimpses(setup, executor, slos)

    def look(users: int) -> Glimpse:
        glimpse = glimpses(users)
        progress(f"{users:,} users, at a glimpse: {_WORDS[glimpse.holds]}")
        return glimpse

    rough = bracket(look, setup.demand.users, tolerance=tolerance / 2, least=least)
    short = rough.low or least
    raised = list(raises(setup)) if sensitivity else []
    seconds = _seconds(rough.tried[short], setup.demand, replications, len(likely(raised, rough))) / executor.width
    progress(f"about {math.ceil(seconds / 60)} minutes to go")
    trials = Trials(
        setup,
        executor,
        slos,
        most=replications,
        progress=lambda users, count, holds: progress(f"{users:,} users, {count} replications: {_WORDS[holds]}"),
    )
    first = round(short / _busy(setup.demand))
    found = bracket(trials, first, tolerance=tolerance, factor=1 + tolerance, least=least)
    beyond = found.tried[max(found.tried) if found.high is None else found.high]
    if found.low is None:
        return Found(0, found, beyond.binds, (), None)
    users = found.low
    largest = replace(setup, demand=setup.demand.of(users))
    day = executor.start(simulate, [largest])
    bought = gains(largest, rough, raised, glimpses, tolerance=tolerance / 2, progress=progress)
    progress(f"the day of {users:,} users")
    hours = [each.figures for each in found.tried[users].outcomes]
    return Found(users, found, beyond.binds, bought, Study.of(largest, next(iter(day)), hours, slos))


def _least(demand: Demand) -> int:
    """The smallest number of users whose busiest hour has enough requests to tell."""
    begin_s = busiest_hour(demand)
    expected = float(demand.expected(np.array([begin_s, begin_s + HOUR_S]))[0])
    return math.ceil(_FEWEST_REQUESTS * demand.users / expected)


def _busy(demand: Demand) -> float:
    """By how much a busy day is above the mean one."""
    variance = demand.day_variation.value**2
    return float(gammaincinv(1 / variance, _BUSY_DAY) * variance) if variance else 1.0


def _seconds(glimpse: Glimpse, demand: Demand, replications: int, raised: int) -> float:
    """How long one processor is busy with what comes after the first guess: trials, raises and the day."""
    length_s = LENGTH_S + RAMP_S
    of_trials = _TRIALS * replications * (HOUR_S + _study.RAMP_S) / length_s
    of_day = demand.curve.duration_s / demand.curve.peak / length_s
    return glimpse.outcome.wall_s * (of_trials + raised + of_day)
