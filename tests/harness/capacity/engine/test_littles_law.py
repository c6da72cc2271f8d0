import pytest

from harness.capacity.engine.littles_law import Counting


def test_what_is_held_is_what_comes_times_how_long_it_stays():
    counting = Counting("x")
    for _ in range(10):
        counting.add(15.0, held=6, departed=45, stayed_s=90.0)
    balance = counting.balance
    assert (balance.held, balance.per_s, balance.mean_s) == (6, 3, 2)
    assert balance.expected == pytest.approx(balance.held)


def test_a_stage_that_nobody_came_to_holds_nothing():
    assert Counting("x").balance.expected == 0
