import itertools

import pytest

from harness.capacity.controllers import Metric, aurora_replicas


@pytest.fixture
def aurora(prod):
    return aurora_replicas(prod, Metric(0))


def drive(aurora, values, *, begin=0):
    wanted = []
    for minute, value in enumerate(values, begin):
        if value is not None:
            aurora.high.metric.record(60 * minute, value)
        aurora.step(60 * (minute + 1))
        wanted.append(aurora.capacity.desired)
    return wanted


def test_the_fixed_readers_count_and_are_the_minimum(aurora):
    # Three members are a writer and two readers; eight more at most.
    assert (aurora.capacity.minimum, aurora.capacity.maximum, aurora.capacity.desired) == (2, 10, 2)


def test_five_minutes_above_the_target_and_then_minutes_of_start(aurora):
    # Two readers at 90% want three at 60%.
    assert drive(aurora, [90] * 5) == [2, 2, 2, 2, 3]
    assert (aurora.capacity.ready(300 + 299), aurora.capacity.ready(300 + 300)) == (2, 3)


def test_exactly_one_replica_less_at_a_time_and_only_its_own(aurora):
    aurora.capacity.scale(0, 6, "")
    wanted = drive(aurora, [5] * 70, begin=10)
    steps = [before - after for before, after in itertools.pairwise(wanted)]
    assert set(steps) == {0, 1}
    # 15 minutes of data, then one in each 600 s, down to the readers that it did not make.
    assert [minute for minute, step in enumerate(steps, 1) if step] == [14, 24, 34, 44]
    assert wanted[-1] == 2


def test_without_readers_there_is_no_metric_and_never_a_replica(aurora):
    assert set(drive(aurora, [None] * 60)) == {2}
