import numpy as np

from harness.capacity.kernel.billing import billed_s, tally


def test_a_duration_is_paid_by_the_begun_millisecond():
    assert billed_s(np.array([0.0001, 0.001, 0.0010001, 0.25])).tolist() == [0.001, 0.001, 0.002, 0.25]


def test_what_the_clock_of_a_day_adds_is_no_millisecond_more():
    began = 86_399.123
    assert billed_s(np.array([(began + 0.25) - began])).tolist() == [0.25]


def test_a_tally_is_by_function_and_outcome():
    counts, seconds, billed = np.zeros((2, 4)), np.zeros((2, 4)), np.zeros((2, 4))
    tally(
        np.array([0.0, 1.0, 2.0]),
        np.array([0.0105, 1.0105, np.nan]),
        np.array([1, 1, 0]),
        np.array([2, 2, 0], np.uint8),
        counts,
        seconds,
        billed,
    )
    assert (counts[1, 2], counts[0, 0], counts.sum()) == (2, 1, 3)
    assert np.isclose(seconds[1, 2], 0.021)
    assert np.isclose(billed[1, 2], 0.022)
    assert seconds.sum() == seconds[1, 2]
