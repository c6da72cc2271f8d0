import numpy as np
import pytest

from harness.capacity.controllers.delays import (
    AURORA_REPLICA_ADD,
    DOCUMENTS_ADD,
    NODE_START,
    POD_START,
    PROVISIONED_ACTIVATION,
    Delay,
    Singly,
    Together,
)

ALL = (AURORA_REPLICA_ADD, DOCUMENTS_ADD, NODE_START, POD_START, PROVISIONED_ACTIVATION)


@pytest.mark.parametrize("delay", ALL)
def test_draws_have_the_stated_quantiles(delay):
    generator = np.random.default_rng(1)
    drawn = np.array([delay.draw(generator) for _ in range(20_000)])
    # Four standard errors of a quantile of so many draws lie within 1% of probability.
    assert np.mean(drawn < delay.median_s) == pytest.approx(0.5, abs=0.015)
    assert np.mean(drawn < delay.p95_s) == pytest.approx(0.95, abs=0.01)


def test_the_median_without_a_generator():
    assert Singly(Delay(10, 20, "", "low"))(2) == [10, 10]


def test_single_units_start_each_for_itself():
    assert len(set(Singly(Delay(10, 20, "", "low"), np.random.default_rng(1))(5))) == 5


def test_together_none_is_there_before_all_are():
    start = Together(Delay(10, 20, "", "low"), 100)
    assert (start(1), start(200)) == ([10.01], [12.0] * 200)


def test_one_seed_gives_the_same_delays():
    first, second = (Singly(POD_START, np.random.default_rng(7))(3) for _ in range(2))
    assert first == second
