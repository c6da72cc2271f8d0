"""Distributions of service times: their means, and what is drawn from them."""

import numpy as np
import pytest

from harness.capacity.kernel.service_times import Constant, Empirical, Lognormal, sample
from harness.capacity.kernel.streams import Streams


@pytest.mark.parametrize(
    "distribution",
    [Empirical(np.array([0.1, 0.2, 0.9])), Empirical(np.array([0.3])), Lognormal(0.1, 0.6), Constant(0.2)],
)
def test_what_is_drawn_has_the_mean(distribution):
    drawn = distribution.draw(Streams(1).of("services"), 400_000)
    assert drawn.mean() == pytest.approx(distribution.mean_s, rel=0.01)


def test_what_was_measured_comes_back():
    measured = Streams(2).of("measured").lognormal(-3, 0.7, 20_000)
    drawn = Empirical.of(measured).draw(Streams(2).of("services"), 400_000)
    shares = [0.1, 0.5, 0.9, 0.99]
    np.testing.assert_allclose(np.quantile(drawn, shares), np.quantile(measured, shares), rtol=0.02)
    assert measured.min() <= drawn.min()
    assert drawn.max() <= measured.max()


def test_a_single_measurement_is_all_there_is():
    assert Empirical.of(np.array([0.25])).draw(Streams(1).of("services"), 3).tolist() == [0.25] * 3


def test_a_table_is_straight_between_its_quantiles():
    table = np.array([0.0, 1.0, 4.0])
    assert [sample(table, p) for p in (0.0, 0.25, 0.5, 0.75)] == [0.0, 0.5, 1.0, 2.5]


@pytest.mark.parametrize("quantiles", [[], [2.0, 1.0], [-1.0, 1.0]])
def test_what_is_no_table_of_quantiles_is_refused(quantiles):
    with pytest.raises(ValueError, match="ascending durations"):
        Empirical(np.array(quantiles))
