"""The calendar: order, ticks, columns that go along."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.capacity.kernel.calendar import Calendar

times = st.lists(st.integers(0, 12), max_size=40).map(lambda values: np.array(values, np.float64))


@settings(deadline=None)
@given(times, times, st.integers(0, 12))
def test_what_is_due_comes_in_order_and_the_rest_later(first, second, until):
    calendar = Calendar(1)
    calendar.put(first, np.arange(first.size, dtype=float))
    calendar.put(second, first.size + np.arange(second.size, dtype=float))
    everything = np.concatenate((first, second))
    early, early_number = calendar.take(float(until))
    assert len(calendar) == np.count_nonzero(everything >= until)
    assert calendar.flow.balanced
    late, late_number = calendar.take(np.inf)
    np.testing.assert_array_equal(np.concatenate((early, late)), np.sort(everything))
    # Equal times keep the order in which they were put in.
    np.testing.assert_array_equal(np.concatenate((early_number, late_number)), np.argsort(everything, kind="stable"))


def test_what_is_late_comes_at_the_beginning():
    calendar = Calendar()
    calendar.put(np.array([1.0, 7.0, 3.0]))
    assert calendar.take(10.0, since=5.0)[0].tolist() == [5.0, 5.0, 7.0]


def test_an_empty_calendar_has_nothing():
    assert [column.size for column in Calendar(2).take(1.0)] == [0, 0, 0]


def test_rows_have_all_their_columns():
    with pytest.raises(ValueError, match="2 columns"):
        Calendar(2).put(np.zeros(1), np.zeros(1))
