"""The histogram: exact counts, quantiles within their error, merging."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.capacity.kernel.histogram import RELATIVE_ERROR, Histogram

durations = st.lists(st.floats(1e-5, 1e5), min_size=1, max_size=200).map(np.array)
SHARES = [0.0, 0.01, 0.5, 0.95, 0.999, 1.0]


def of(*parts: np.ndarray) -> Histogram:
    histogram = Histogram()
    for part in parts:
        histogram.record(part)
    return histogram


@settings(deadline=None)
@given(durations)
def test_quantiles_are_recorded_values_but_for_the_error(values):
    exact = np.quantile(values, SHARES, method="inverted_cdf")
    np.testing.assert_allclose(of(values).quantiles(SHARES), exact, rtol=RELATIVE_ERROR * (1 + 1e-9))


@settings(deadline=None)
@given(durations, durations)
def test_what_is_merged_is_as_if_recorded_together(one, other):
    merged = of(one)
    merged.merge(of(other))
    together = of(one, other)
    np.testing.assert_array_equal(merged.quantiles(SHARES), together.quantiles(SHARES))
    assert (
        (merged.count, merged.largest)
        == (together.count, together.largest)
        == (one.size + other.size, max(*one, *other))
    )
    assert merged.mean == pytest.approx(np.concatenate((one, other)).mean())


def test_half_a_percent_is_promised():
    assert RELATIVE_ERROR < 0.005


def test_the_ends_are_exact_also_beyond_the_buckets():
    histogram = of(np.array([0.0, 1e-9, 1.0, 5e7]))
    assert histogram.quantiles([0.0, 0.25, 1.0]).tolist() == [0.0, 0.0, 2.0**20]
    assert histogram.largest == 5e7


def test_share_above_a_limit():
    assert of(np.arange(1, 101) / 100).share_above(0.25) == pytest.approx(0.75)


def test_an_empty_one_knows_nothing():
    empty = Histogram()
    assert empty.count == 0
    assert np.isnan([empty.mean, empty.largest, empty.share_above(1.0), *empty.quantiles([0.5])]).all()


def test_columns_of_a_table_can_be_recorded():
    assert of(np.arange(12.0).reshape(4, 3)[:, 1]).mean == pytest.approx(5.5)
