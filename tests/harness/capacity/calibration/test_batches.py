import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.capacity.calibration import fit


@settings(deadline=None)
@given(st.floats(0, 100), st.floats(0.01, 10), st.sets(st.integers(1, 1000), min_size=2))
def test_what_lies_on_a_line_is_found(fixed, each, sizes):
    found = fit([(n, fixed + each * n) for n in sizes])
    assert found.fixed_ms == pytest.approx(fixed, abs=1e-4)
    assert found.per_message_ms == pytest.approx(each, rel=1e-5)
    assert found.mean_ms(7) == pytest.approx(fixed + each * 7, rel=1e-4, abs=1e-4)
    assert (found.smallest, found.largest) == (min(sizes), max(sizes))


def test_noise_goes_into_the_spread():
    stream = random.Random(1)
    sizes = [stream.randint(1, 100) for _ in range(5000)]
    found = fit([(n, (5 + 2 * n) * stream.lognormvariate(-0.02, 0.2)) for n in sizes])
    assert found.determined
    assert found.per_message_ms == pytest.approx(2, rel=0.05)
    assert found.spread.mean == pytest.approx(1)
    assert found.spread.at(0.5) == pytest.approx(0.98, abs=0.03)


@pytest.mark.parametrize(
    ("batches", "fixed", "each"),
    [
        ([(1, 4.0), (1, 6.0)], 5.0, 0.0),  # one size alone
        ([(1, 10.0), (10, 1.0)], 5.5, 0.0),  # the larger the faster
        ([(1, 1.0), (10, 100.0)], 0.0, (1 + 1000) / 101),  # less than nothing for none
    ],
)
def test_what_cannot_be_told_apart_is_not(batches, fixed, each):
    found = fit(batches)
    assert not found.determined
    assert found.fixed_ms == pytest.approx(fixed)
    assert found.per_message_ms == pytest.approx(each)


def test_nothing_cannot_be_fitted():
    with pytest.raises(ValueError, match="no batches"):
        fit([])
