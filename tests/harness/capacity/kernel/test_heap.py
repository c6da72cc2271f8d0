"""Heaps against sorting."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.capacity.kernel import heap

times = st.lists(st.floats(0, 100), max_size=40)


@settings(deadline=None)
@given(times)
def test_rows_come_by_their_first_place_and_stay_together(values):
    rows, size = np.empty((3, 40)), 0
    for value in values:
        size = heap.push_row(rows, size, np.array([value, -value, 7.0]))
    found = []
    while size:
        found.append(rows[:, 0].tolist())
        size = heap.pop_row(rows, size)
    assert found == [[value, -value, 7.0] for value in sorted(values)]


@settings(deadline=None)
@given(times, st.integers(0, 40))
def test_pushes_and_pops_may_alternate(values, every):
    rows, size, kept, found = np.empty((1, 41)), 0, [], []
    for number, value in enumerate(values):
        size = heap.push_row(rows, size, np.array([value]))
        kept.append(value)
        if every and number % every == 0:
            found.append(rows[0, 0])
            size = heap.pop_row(rows, size)
            assert found[-1] == min(kept)
            kept.remove(found[-1])
    assert size == len(kept)
