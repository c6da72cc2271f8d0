import numpy as np
import pytest

from harness.capacity.demand import Retries
from harness.traffic import sender


def test_they_are_those_of_a_replays_users():
    assert (Retries().first_s, Retries().cap_s) == (sender.FIRST_BACKOFF_S, sender.MAX_BACKOFF_S)


@pytest.mark.parametrize(("attempt", "longest"), [(1, 0.2), (2, 0.4), (5, 3.2), (6, 5.0), (20, 5.0)])
def test_pauses_grow_to_the_cap_with_full_jitter(attempt, longest):
    pauses = Retries().pauses_s(attempt, np.zeros(5000), np.random.default_rng(1))
    assert pauses.min() >= 0
    assert pauses.max() <= longest
    assert pauses.mean() == pytest.approx(longest / 2, rel=0.05)


def test_what_the_server_asks_for_comes_first_within_reason():
    pauses = Retries().pauses_s(1, np.array([1.0, 60.0]), np.random.default_rng(1))
    assert 1.0 <= pauses[0] <= 1.2
    assert 5.0 <= pauses[1] <= 5.2
