import numpy as np
import pytest

from harness.capacity.kernel.mixed import Mixed


def test_each_kind_has_its_own_distribution_factor_and_addition():
    mixed = Mixed([np.array([1.0, 1.0]), np.array([0.0, 2.0])])
    kinds = np.repeat([0, 1], 10_000)
    values = mixed.draw(np.random.default_rng(1), kinds, np.array([3.0, 1.0]), np.array([0.5, 10.0]))
    assert set(values[:10_000]) == {3.5}
    assert values[10_000:].min() >= 10
    assert values[10_000:].mean() == pytest.approx(11, abs=0.05)
