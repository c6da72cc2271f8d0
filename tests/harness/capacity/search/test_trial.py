import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import gammaincinv

from harness.capacity.demand import Streams
from harness.capacity.engine.slo import Slo
from harness.capacity.search.bracket import bracket
from harness.capacity.search.trial import REPLICATIONS, Outcome, Trial, Trials, intervals, verdict

LEVELS = (Slo("share", 1.0, "of something at most"),)


class Oracle:
    """Answers for simulations: replications of a share that is 1 at `limit` users on average, and rises with them."""

    width = 1

    def __init__(self, limit, noise, seed):
        self.limit, self.noise, self.seed = limit, noise, seed
        self.asked = []

    def start(self, work, items):
        for setup in items:
            self.asked.append((setup.demand.users, setup.replication))
            chance = np.random.default_rng([self.seed, setup.replication]).normal(1, self.noise)
            yield Outcome({"share": setup.demand.users / self.limit * chance}, {"it": 1.0}, 0.0)


@pytest.fixture(scope="module")
def setup(setup_of):
    return setup_of(1)


@settings(deadline=None, max_examples=50)
@given(st.integers(10_000, 10**7), st.floats(0.0, 0.3), st.integers(0, 10**6), st.floats(0.3, 3))
def test_nothing_is_decided_by_a_mean(setup, limit, noise, seed, guess):
    found = bracket(
        Trials(setup, Oracle(limit, noise, seed), LEVELS), round(limit * guess), tolerance=0.05, factor=1.05
    )
    for trial in found.tried.values():
        interval = trial.intervals["share"]
        early = intervals([each.figures for each in trial.outcomes], LEVELS, confidence=1 - 0.05 / 3)["share"]
        if trial.holds:
            assert len(trial.outcomes) == REPLICATIONS
            assert interval.high <= 1
        elif trial.holds is False:
            assert early.low > 1
        else:
            assert len(trial.outcomes) == REPLICATIONS
            assert early.low <= 1 < interval.high


def test_the_limit_is_in_the_bracket_as_often_as_is_promised(setup):
    missed = 0
    for seed in range(200):
        found = bracket(Trials(setup, Oracle(1e6, 0.1, seed), LEVELS), 900_000, tolerance=0.05, factor=1.05)
        missed += not (found.low is not None and found.low <= 1e6 < found.high)
    # Beyond four standard deviations of it.
    assert missed / 200 <= 0.05 + 4 * math.sqrt(0.05 * 0.95 / 200)


class Days:
    """A throttle at a million users: on a day with more of them those beyond it are throttled."""

    width = 1

    def __init__(self, seed):
        self.seed = seed

    def start(self, work, items):
        for setup in items:
            day = gammaincinv(100, Streams.of(self.seed, setup.replication, []).day) / 100
            share = max(0.0, 1 - 1e6 / (setup.demand.users * day))
            yield Outcome({"share": share}, {"it": 1.0}, 0.0)


def test_where_busy_days_alone_suffer_the_limit_is_found_to_some_percent(setup):
    """On average a thousandth is throttled at 834,476 users, where days differ by a tenth."""
    levels = (Slo("share", 0.001, "throttled at most"),)
    for seed in range(30):
        found = bracket(Trials(setup, Days(seed), levels), 850_000, tolerance=0.05, factor=1.05)
        assert 0.85 < found.low / 834_476 < 1.08
        assert found.high > 834_476


def test_every_number_meets_the_same_replications(setup):
    oracle = Oracle(1000, 0.0, 1)
    trials = Trials(setup, oracle, LEVELS)
    trials(900)
    trials(950)
    assert oracle.asked == [(users, number) for users in (900, 950) for number in range(1, REPLICATIONS + 1)]


def test_what_surely_fails_is_told_after_a_quarter(setup):
    told = []
    oracle = Oracle(1000, 0.05, 1)
    trial = Trials(setup, oracle, LEVELS, progress=lambda *step: told.append(step))(5000)
    assert trial.holds is False
    assert len(oracle.asked) == len(trial.outcomes) == 4
    assert told == [(5000, 4, False)]


def test_what_busy_days_alone_suffer_does_not_hold_by_the_days_before():
    """Fifteen quiet days have an empty interval around nothing."""
    quiet = [{"share": 0.0}] * 15
    assert verdict(quiet[:8], LEVELS, last=False) is None
    assert verdict([*quiet, {"share": 40.0}], LEVELS, last=True) is None
    assert verdict([*quiet, {"share": 0.0}], LEVELS, last=True) is True


def test_one_level_is_enough_to_fail():
    two = (*LEVELS, Slo("other", 1.0, "other at most"))
    found = [{"share": 0.5, "other": 2.0 + number / 100} for number in range(16)]
    assert verdict(found, two, last=True) is False


def test_what_was_not_measured_tells_nothing():
    assert verdict([{"share": math.nan}] * 16, LEVELS, last=True) is True
    assert verdict([{"share": math.nan}] * 12 + [{"share": 3.0}] * 4, LEVELS, last=True) is False


def test_what_binds_is_told_by_those_that_do_not_keep_the_levels():
    outcomes = [Outcome({"share": 0.5}, {"one": 1.0}, 0.0)] * 3 + [Outcome({"share": 2.0}, {"other": 1.0}, 0.0)] * 2
    assert Trial(1, None, outcomes, LEVELS).binds == "other"
    assert Trial(1, None, outcomes[:3], LEVELS).binds == "one"


def test_as_json_it_has_the_intervals():
    outcomes = [Outcome({"share": 0.5, "more": 1.0}, {"one": 1.0}, 0.0)] * 4
    assert Trial(7, None, outcomes, LEVELS).as_json() == {
        "users": 7,
        "holds": None,
        "figures": {"share": {"mean": 0.5, "low": 0.5, "high": 0.5}},
        "replications": 4,
    }


def test_fewer_than_ten_replications_are_refused(setup):
    with pytest.raises(ValueError, match="10 replications or more"):
        Trials(setup, Oracle(1, 0, 1), LEVELS, most=9)
