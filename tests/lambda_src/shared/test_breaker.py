import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.breaker import Breaker


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_it_opens_after_so_many_failures_in_a_row(clock: Clock) -> None:
    breaker = Breaker(failures=2, open_s=5, clock=clock)
    breaker.failed()
    assert breaker.allows()
    breaker.succeeded()
    breaker.failed()
    assert breaker.allows()
    breaker.failed()
    assert not breaker.allows()
    assert breaker.opens_in_s() == 5


def test_a_probe_closes_it_or_opens_it_again(clock: Clock) -> None:
    breaker = Breaker(failures=3, open_s=5, clock=clock)
    for _ in range(3):
        breaker.failed()
    clock.now_s += 4.9
    assert not breaker.allows()
    clock.now_s += 0.2
    assert breaker.allows()
    breaker.failed()
    assert not breaker.allows()
    clock.now_s += 5
    breaker.succeeded()
    breaker.failed()
    assert breaker.allows()


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 10))), st.integers(1, 5))
def test_it_never_stays_open_and_never_opens_too_soon(steps: list[tuple[bool, int]], failures: int) -> None:
    clock = Clock()
    breaker = Breaker(failures=failures, open_s=5, clock=clock)
    in_a_row = 0
    for success, wait_s in steps:
        if breaker.allows():
            in_a_row = 0 if success else in_a_row + 1
            if success:
                breaker.succeeded()
            else:
                breaker.failed()
        assert breaker.allows() == (in_a_row < failures)
        clock.now_s += wait_s
        assert 0 <= breaker.opens_in_s() <= 5
        clock.now_s += breaker.opens_in_s()
        assert breaker.allows()
