"""Days of a few minutes: who answers for a level that is missed."""

import math
from types import SimpleNamespace

import pytest

from harness.capacity.engine.breaks import broken_by
from harness.capacity.engine.faults import Fault
from harness.capacity.engine.slo import Kept, Slo
from harness.capacity.engine.study import Study
from harness.capacity.kernel.estimates import Estimate

FAULT = Fault("mysql_failover", 6000.0, 30.0)
P99 = Slo("latency_ms.all.p99", 100.0, "99% of answers within")


def day(missed, *, faults=(FAULT,), value=200.0):
    """Of 100 minutes, those that begin at the `missed` times with p99s above the limit."""
    ends = [6000.0 + 60 * minute for minute in range(-50, 50)]
    series = {
        "time_s": ends,
        "latency_p99_ms": [value if end - 60 in missed else 20.0 for end in ends],
        "visible_p99_ms": [math.nan] * 100,
        "attempts_per_s": [10.0] * 100,
        "refused_per_s": [0.0] * 100,
        "throttled_per_s": [1.0 if end - 60 in missed else 0.0 for end in ends],
        "failed_per_s": [0.0] * 100,
    }
    return SimpleNamespace(faults=faults, series=series)


def missed(slo=P99, busiest=None):
    return Kept(slo, 2 * slo.limit, busiest, holds=False)


@pytest.mark.parametrize(
    ("minutes", "found"),
    [
        ([6000.0], (FAULT,)),
        ([6000.0, 6060.0, 6120.0], (FAULT,)),
        ([6300.0], (FAULT,)),
        ([6540.0, 7140.0], (FAULT,)),  # what comes of it lasts
        ([6600.0], ()),  # too long after it
        ([5880.0, 6000.0], ()),  # missed before it too
        ([6000.0, 7800.0], ()),
        ([], ()),
    ],
)
def test_a_fault_breaks_what_is_missed_in_it_and_after_it_alone(minutes, found):
    assert broken_by(missed(), day(minutes)) == found


def test_shares_are_judged_by_the_minute_too():
    throttled = Slo("throttled_share", 0.05, "attempts that are throttled at most")
    assert broken_by(missed(throttled), day([6000.0])) == (FAULT,)
    assert broken_by(missed(Slo("failed_share", 0.05, "")), day([6000.0])) == ()


def test_each_fault_answers_for_its_own_minutes():
    other, harmless = Fault("deploy", 7800.0, 0.0), Fault("deploy", 4000.0, 0.0)
    faults = (harmless, FAULT, other)
    assert broken_by(missed(), day([6000.0, 7800.0], faults=faults)) == (FAULT, other)


def test_a_fault_that_did_next_to_nothing_is_not_named():
    harmless = Fault("deploy", 4000.0, 0.0)
    both = day([4020.0, 6000.0], faults=(harmless, FAULT))
    assert broken_by(missed(), both) == (harmless, FAULT)
    both.series["attempts_per_s"] = [0.4 if end < 5000 else 10.0 for end in both.series["time_s"]]
    assert broken_by(missed(), both) == (FAULT,)


@pytest.mark.parametrize(("high", "found"), [(90.0, (FAULT,)), (110.0, ())])
def test_what_the_busiest_hour_misses_without_faults_is_no_fault_s(high, found):
    assert broken_by(missed(busiest=Estimate(80.0, 70.0, high, 10)), day([6000.0])) == found


def test_what_is_kept_is_broken_by_nothing():
    assert broken_by(Kept(P99, 50.0, None, holds=True), day([6000.0])) == ()


def test_a_study_is_broken_by_faults_where_all_that_is_missed_is():
    other = Slo("failed_share", 0.05, "")
    kept = [missed(), missed(other)]
    for of_other, found in (((FAULT,), (FAULT,)), ((), ())):
        study = Study(day([]), 0.0, 0, {}, kept, {P99.figure: (FAULT,), other.figure: of_other})
        assert study.broken_by == found
