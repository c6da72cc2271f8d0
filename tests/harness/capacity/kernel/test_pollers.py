"""SQS and its pollers: each rule by a small case, ticks, and that no message is lost."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.capacity.kernel.pollers import Pollers, Polling
from harness.capacity.kernel.service_times import BatchTimes
from harness.capacity.kernel.streams import Streams

NOTHING = np.empty(0)


def pollers(
    batch=10,
    window=0.0,
    visibility=30.0,
    fixed=1.0,
    per_message=0.0,
    most=2,
    receives=math.inf,
    partial=True,
    spread=False,
    postponed=0.0,
    longest=math.inf,
) -> Pollers:
    factors = np.array([0.5, 1.0, 2.5]) if spread else np.ones(1)
    times = BatchTimes(fixed, per_message, factors)
    polling = Polling(batch, window, visibility, times, most, receives, partial, postponed, longest)
    return Pollers(polling, Streams(3).of("relay"))


arrivals = st.lists(st.sampled_from([0.0, 0.0, 0.25, 1.0, 4.0]), max_size=60).map(
    lambda gaps: np.cumsum(np.array(gaps, np.float64))
)


def test_what_is_there_is_one_batch_and_no_window_means_no_wait():
    polled = pollers().poll(np.array([0.0, 0.0, 0.5]), 10.0)
    assert polled.finishes.tolist() == [1.0, 1.0, 1.5]
    assert polled.invocations == 2


def test_a_batch_is_full_or_its_window_over():
    polled = pollers(batch=2, window=3.0).poll(np.array([0.0, 1.0, 2.0]), 10.0)
    assert polled.finishes.tolist() == [2.0, 2.0, 6.0]


def test_no_more_run_at_a_time_than_the_maximum():
    stage = pollers(batch=1, most=3)
    stage.poll(np.full(7, -1.0), 0.0)
    polled = stage.poll(NOTHING, 99.0)
    assert sorted(polled.finishes.tolist()) == [1.0] * 3 + [2.0] * 3 + [3.0]


def test_concurrency_begins_with_five_and_grows_by_three_hundred_a_minute():
    stage = pollers(batch=1, fixed=1000.0, most=1000)
    crowd = np.full(500, -1.0)
    assert stage.poll(crowd, 0.0).invocations == 0
    assert stage.poll(NOTHING, 1.0).invocations == 10
    assert stage.poll(NOTHING, 61.0).invocations == 300
    assert stage.concurrency == 310


def test_concurrency_falls_to_two_when_nothing_waits():
    stage = pollers(most=100)
    for end in range(1, 20):
        stage.poll(NOTHING, float(end))
    assert stage.concurrency == 2


def test_what_fails_is_seen_again_after_the_visibility_timeout():
    stage = pollers(visibility=30.0)
    assert stage.poll(np.zeros(3), 20.0, failing=1.0).finishes.size == 0
    assert (stage.visible(20.0), stage.visible(30.0)) == (0, 3)
    polled = stage.poll(NOTHING, 40.0)
    assert polled.finishes.tolist() == [31.0] * 3
    assert polled.arrivals.tolist() == [0.0] * 3


def test_what_is_postponed_comes_back_after_a_delay_that_doubles_with_each_receive():
    stage = pollers(batch=1, fixed=0.0, most=2, postponed=1.0)
    polled = stage.poll(np.zeros(1), 1.0, failing=1.0)
    assert (polled.invocations, stage.visible(0.9)) == (1, 0)
    # After the first receive 1 or 2 s, after the second 2 to 4 s more.
    second = stage.poll(NOTHING, 2.5, failing=1.0)
    assert second.invocations == 1
    assert stage.poll(NOTHING, 7.0).finishes.tolist()[0] in (3.0, 4.0, 5.0, 6.0)


def test_only_what_begins_before_fails():
    stage = pollers(batch=1, fixed=0.0, visibility=5.0)
    polled = stage.poll(np.array([1.0, 2.0, 3.0]), 20.0, failing=1.0, failing_until=2.5)
    assert polled.finishes.tolist() == [3.0, 6.0, 7.0]


def test_no_delay_is_longer_than_the_longest():
    stage = pollers(batch=1, fixed=0.0, postponed=4.0, longest=4.0)
    assert stage.poll(np.zeros(50), 40.0, failing=1.0).invocations > 50 * 10 - 50
    assert stage.poll(NOTHING, 44.0 + 1e-9).finishes.size == 50


def test_what_was_received_too_often_is_dead():
    stage = pollers(visibility=30.0, receives=3)
    polled = stage.poll(np.zeros(4), 1000.0, failing=1.0)
    assert polled.dead.tolist() == [0.0] * 4
    assert polled.invocations == 3
    assert stage.flow.refused == 4
    assert stage.flow.balanced


def test_one_failure_takes_its_batch_along_unless_failures_are_reported_by_message():
    alone, all_of_them = (
        pollers(batch=100, partial=partial).poll(np.zeros(100), 10.0, failing=0.5).arrivals.size
        for partial in (True, False)
    )
    assert 20 < alone < 80
    assert all_of_them == 0


@settings(deadline=None)
@given(
    arrivals,
    st.integers(1, 4),
    st.sampled_from([0.0, 0.5, 2.0]),
    st.lists(st.integers(0, 40), max_size=5),
    st.booleans(),
)
def test_ticks_change_nothing(arrivals, batch, window, ends, spread):
    whole = pollers(batch, window, spread=spread).poll(arrivals, math.inf)
    cut, parts, before = pollers(batch, window, spread=spread), [], -math.inf
    for end in [*sorted(map(float, ends)), math.inf]:
        parts.append(cut.poll(arrivals[(arrivals >= before) & (arrivals < end)], end))
        assert cut.flow.balanced
        before = end
    for name in ("arrivals", "finishes", "origins"):
        np.testing.assert_array_equal(np.concatenate([getattr(part, name) for part in parts]), getattr(whole, name))


@settings(deadline=None)
@given(
    arrivals,
    st.integers(1, 4),
    st.lists(st.sampled_from([0.0, 0.3, 1.0]), max_size=5),
    st.sampled_from([2, math.inf]),
    st.sampled_from([0.0, 1.0]),
)
def test_no_message_is_lost_or_doubled_however_many_fail(arrivals, batch, failing, receives, postponed):
    stage = pollers(batch, visibility=5.0, receives=receives, postponed=postponed)
    before, ended = -math.inf, []
    for number, share in enumerate(failing):
        end = 8.0 * (number + 1)
        polled = stage.poll(arrivals[(arrivals >= before) & (arrivals < end)], end, failing=share)
        ended += [polled.arrivals, polled.dead]
        assert stage.flow.balanced
        before = end
    polled = stage.poll(arrivals[arrivals >= before], math.inf)
    np.testing.assert_array_equal(np.sort(np.concatenate([*ended, polled.arrivals, polled.dead])), arrivals)
    assert stage.flow.held == 0


def test_what_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match="2 pollers or more"):
        pollers(most=1)
    with pytest.raises(ValueError, match="longer than the batch window"):
        pollers(window=30.0)
    with pytest.raises(ValueError, match="time has an end"):
        pollers().poll(NOTHING, math.inf, failing=0.1)
