"""The token bucket: against the rule computed exactly, and over ticks."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.capacity.kernel.token_bucket import TokenBucket

eighths = st.lists(st.integers(0, 20), max_size=80).map(lambda gaps: np.cumsum(np.array(gaps, np.float64)) / 8)


def exactly(arrivals: np.ndarray, rate: int, burst: int) -> list[bool]:
    """The rule in fractions."""
    tokens, last, accepted = Fraction(burst), Fraction(0), []
    for arrival in map(Fraction, arrivals.tolist()):
        tokens, last = min(Fraction(burst), tokens + (arrival - last) * rate), arrival
        accepted.append(tokens >= 1)
        tokens -= accepted[-1]
    return accepted


@settings(deadline=None)
@given(eighths, st.integers(0, 4), st.integers(0, 5))
def test_it_is_the_rule(arrivals, rate, burst):
    assert TokenBucket(rate, burst).admit(arrivals).tolist() == exactly(arrivals, rate, burst)


@settings(deadline=None)
@given(eighths, st.integers(0, 4), st.integers(0, 5), st.integers(0, 80))
def test_ticks_change_nothing(arrivals, rate, burst, cut):
    bucket = TokenBucket(rate, burst)
    parts = [bucket.admit(arrivals[:cut]), bucket.admit(arrivals[cut:])]
    assert np.concatenate(parts).tolist() == TokenBucket(rate, burst).admit(arrivals).tolist()
    assert bucket.flow.balanced
    assert bucket.flow.departed == np.count_nonzero(np.concatenate(parts))


@settings(deadline=None)
@given(eighths, st.integers(0, 4), st.integers(0, 5))
def test_a_larger_bucket_lets_no_fewer_through(arrivals, rate, burst):
    small = np.cumsum(TokenBucket(rate, burst).admit(arrivals))
    assert (np.cumsum(TokenBucket(rate, burst + 1).admit(arrivals)) >= small).all()
    assert (np.cumsum(TokenBucket(rate + 1, burst).admit(arrivals)) >= small).all()


def test_a_burst_at_one_time_gets_the_tokens_that_are_there():
    assert TokenBucket(100, 3).admit(np.full(5, 2.0)).tolist() == [True] * 3 + [False] * 2


def test_in_the_long_run_the_rate_passes_and_what_the_gateway_overruns():
    arrivals = np.arange(0.0, 1000.0, 0.001)
    assert np.count_nonzero(TokenBucket(100, 50).admit(arrivals)) == pytest.approx(100_050, abs=1)
    assert np.count_nonzero(TokenBucket(100, 50, overrun=0.1).admit(arrivals)) == pytest.approx(110_055, abs=1)


def test_nothing_comes_of_nothing():
    assert TokenBucket(1, 1).admit(np.empty(0)).size == 0


def test_negative_figures_are_refused():
    with pytest.raises(ValueError, match="0 or more"):
        TokenBucket(-1, 1)
