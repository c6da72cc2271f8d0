"""Sorting by buckets: as numpy sorts, whatever the times."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.capacity.kernel.sorting import order_of
from harness.capacity.kernel.streams import Streams


@settings(deadline=None)
@given(st.lists(st.sampled_from([0.0, 1.0, 1.5, 2.0, 1e-9, 1e9]), min_size=60, max_size=200))
def test_equal_and_far_times_are_in_stable_order(times):
    np.testing.assert_array_equal(order_of(np.array(times)), np.argsort(times, kind="stable"))


@pytest.mark.parametrize("count", [0, 1, 63, 64, 65, 50_000])
@pytest.mark.parametrize("spread", [0.0, 0.01, 5.0])
def test_departures_of_a_stage_are_in_order(count, spread):
    generator = Streams(count).of("times")
    times = np.sort(generator.uniform(86_000, 86_015, count)) + generator.exponential(1, count) * spread
    np.testing.assert_array_equal(order_of(times), np.argsort(times, kind="stable"))


def test_a_crowd_at_one_time_is_in_order():
    times = np.concatenate((np.full(1000, 3.0), np.linspace(5, 0, 1000)))
    np.testing.assert_array_equal(order_of(times), np.argsort(times, kind="stable"))
