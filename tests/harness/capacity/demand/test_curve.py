import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.capacity.demand import Curve, Surge, day, recorded, surged


@settings(deadline=None)
@given(st.floats(1, 100), st.floats(0, 86_400))
def test_a_day_has_mean_one_and_the_ratio_that_was_asked_for(ratio, peak_at_s):
    curve = day(ratio, peak_at_s)
    assert curve.factors.mean() == pytest.approx(1, abs=1e-12)
    assert curve.factors.max() / curve.factors.min() == pytest.approx(ratio, rel=1e-4)
    assert curve.peak == pytest.approx(2 * ratio / (ratio + 1), rel=1e-4)


def test_the_peak_is_where_it_was_asked_for():
    assert np.argmax(day(4.3, 20 * 3600).factors) in (20 * 3600 - 1, 20 * 3600)


@settings(deadline=None)
@given(st.lists(st.floats(0, 86_400), min_size=2, max_size=20))
def test_the_parts_add_up_to_the_whole(times):
    curve = day(4.3, 72_000)
    edges = np.array([0.0, *sorted(times), 86_400.0])
    parts = np.diff(curve.integral_s(edges))
    assert (parts >= 0).all()
    assert parts.sum() == pytest.approx(86_400)


def test_an_integral_within_a_step_is_exact():
    curve = Curve(60.0, np.array([1.0, 3.0]))
    assert curve.integral_s(np.array([0.0, 30.0, 60.0, 90.0, 120.0, 500.0])).tolist() == [0, 30, 60, 150, 240, 240]


def test_recorded_counts_keep_their_proportions():
    curve = recorded([10, 30, 20], 60.0)
    assert curve.factors.tolist() == [0.5, 1.5, 1.0]
    assert curve.duration_s == 180


@pytest.mark.parametrize("counts", [[], [0, 0], [1, -1], [float("nan")]])
def test_what_is_no_trace_is_refused(counts):
    with pytest.raises(ValueError, match="a trace needs counts"):
        recorded(counts, 60.0)


def test_a_surge_ramps_holds_and_decays():
    surge = Surge(at_s=100, factor=11, ramp_s=10, hold_s=50, decay_s=20)
    found = surge.factors(np.array([0.0, 99.0, 105.0, 110.0, 160.0, 180.0, 1e5]))
    assert found == pytest.approx([1, 1, 6, 11, 11, 1 + 10 / np.e, 1])


def test_a_surge_may_come_at_once():
    assert Surge(100, 2, 0, 10, 1).factors(np.array([99.9, 100.0])).tolist() == [1, 2]


def test_surges_come_on_top():
    ordinary = day(4.3, 0)
    more = surged(ordinary, [Surge(3600, 10, 60, 900, 1800)])
    assert (more.factors >= ordinary.factors).all()
    assert more.factors.mean() > 1
    assert surged(ordinary, []).factors.tolist() == ordinary.factors.tolist()
