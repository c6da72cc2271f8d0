"""The queue of rows: order through growth, shrinking and what comes back."""

from collections import deque

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.capacity.kernel.fifo import Fifo

steps = st.lists(st.tuples(st.sampled_from(["append", "take", "return"]), st.integers(0, 3000)), max_size=20)


@settings(deadline=None)
@given(steps)
def test_it_is_a_queue(steps):
    fifo, expected, number = Fifo(2), deque(), 0
    for step, count in steps:
        if step == "take":
            count = min(count, len(fifo))
            taken = fifo.rows[0, fifo.head : fifo.head + count].tolist()
            fifo.head += count
            assert taken == [expected.popleft() for _ in range(count)]
            continue
        new = np.arange(number, number + count, dtype=float)
        number += count
        if step == "return":
            fifo.put_front(np.stack((new, -new)))
            expected.extendleft(new[::-1])
        else:
            fifo.reserve(count)
            fifo.rows[:, fifo.tail : fifo.tail + count] = new, -new
            fifo.tail += count
            expected.extend(new)
    assert len(fifo) == len(expected)
    assert fifo.rows[:, fifo.head : fifo.tail].tolist() == [list(expected), [-row for row in expected]]


def test_memory_is_given_back():
    fifo = Fifo(1)
    fifo.reserve(1_000_000)
    assert fifo.rows.shape[1] >= 1_000_000
    fifo.tail = fifo.head = 1_000_000
    fifo.reserve(fifo.rows.shape[1])
    fifo.tail = fifo.head = fifo.rows.shape[1]
    fifo.reserve(10)
    assert fifo.rows.shape[1] < 10_000
