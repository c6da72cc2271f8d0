import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.capacity.calibration import PROBABILITIES, Distribution


def test_the_grid_ascends_from_the_least_to_the_greatest():
    assert (PROBABILITIES[0], PROBABILITIES[-1]) == (0.0, 1.0)
    assert list(PROBABILITIES) == sorted(set(PROBABILITIES))


def test_quantiles_of_known_samples():
    found = Distribution.of(range(101))
    assert found.at(0.5) == 50
    assert found.at(0.95) == pytest.approx(95)
    assert (found.at(0), found.at(1), found.mean, found.samples) == (0, 100, 50, 101)


def test_between_the_points_it_is_linear():
    found = Distribution.of(range(101))
    assert found.at(0.525) == pytest.approx((found.at(0.5) + found.at(0.55)) / 2)


@settings(deadline=None)
@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0, 1), st.floats(0, 1))
def test_a_higher_probability_never_gives_less(samples, one, other):
    found = Distribution.of(samples)
    low, high = sorted((one, other))
    assert found.at(low) <= found.at(high) * (1 + 1e-12) + 1e-9
    assert min(samples) <= found.at(one) * (1 + 1e-12) + 1e-9
    assert found.at(one) <= max(samples) * (1 + 1e-12) + 1e-9


def test_drawn_from_the_table_the_mean_is_that_of_the_samples():
    """Of a long tail, too: the grid is dense where it is."""
    stream = random.Random(1)
    found = Distribution.of(stream.lognormvariate(1, 0.8) for _ in range(20_000))
    drawn = math.fsum(found.at(stream.random()) for _ in range(20_000)) / 20_000
    assert drawn == pytest.approx(found.mean, rel=0.03)


def test_few_samples_are_thin():
    assert Distribution.of(range(29)).thin
    assert not Distribution.of(range(30)).thin


@pytest.mark.parametrize("samples", [[], [math.nan], [1, math.inf]])
def test_what_is_no_sample_is_refused(samples):
    with pytest.raises(ValueError, match="finite samples"):
        Distribution.of(samples)


def test_scaled_it_is_that_of_scaled_samples():
    samples = [1.0, 2.0, 5.0, 11.0]
    found, wanted = Distribution.of(samples).scaled(3.0), Distribution.of(3 * each for each in samples)
    assert found.values == pytest.approx(wanted.values)
    assert (found.mean, found.samples) == (pytest.approx(wanted.mean), 4)


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=60), st.sampled_from([0.5, 1.0, 7.0]))
def test_equal_weights_change_nothing(samples, weight):
    found, wanted = Distribution.weighted(samples, [weight] * len(samples)), Distribution.of(samples)
    assert found.values == pytest.approx(wanted.values, abs=1e-6)
    assert found.mean == pytest.approx(wanted.mean)


def test_what_weighs_more_stands_for_more():
    found = Distribution.weighted([1.0] * 50 + [9.0] * 50, [3.0] * 50 + [1.0] * 50)
    assert found.mean == pytest.approx(3.0)
    assert (found.at(0.7), found.at(0.8)) == (1.0, 9.0)


def test_what_weighs_nothing_is_not_there():
    assert Distribution.weighted([1.0, 50.0, 2.0], [1.0, 0.0, 1.0]).values[-1] == 2.0
    with pytest.raises(ValueError, match="a weight above 0"):
        Distribution.weighted([1.0], [0.0])
