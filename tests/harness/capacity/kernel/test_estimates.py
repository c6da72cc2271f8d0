"""Intervals from replications."""

import numpy as np
import pytest

from harness.capacity.kernel.estimates import Estimate
from harness.capacity.kernel.streams import Streams


def test_the_interval_is_student_s():
    # t with 9 degrees of freedom at 97.5 % is 2.262157 in every table.
    estimate = Estimate.of([float(n) for n in range(1, 11)])
    half = 2.262157 * np.std(range(1, 11), ddof=1) / np.sqrt(10)
    assert (estimate.mean, estimate.replications) == (5.5, 10)
    assert (estimate.low, estimate.high) == pytest.approx((5.5 - half, 5.5 + half), rel=1e-6)


def test_it_holds_the_mean_as_often_as_it_promises():
    generator = Streams(1).of("values")
    held = sum(Estimate.of(generator.normal(3, 1, 10).tolist(), confidence=0.9).holds(3.0) for _ in range(4000))
    assert held / 4000 == pytest.approx(0.9, abs=0.02)


def test_nine_replications_are_too_few():
    with pytest.raises(ValueError, match="10 replications or more, not 9"):
        Estimate.of([1.0] * 9)
