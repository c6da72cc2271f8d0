"""The token bucket, against its definition."""

from hypothesis import given
from hypothesis import strategies as st

from harness.cloud.gateway.throttle import TokenBucket


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_then_the_rate() -> None:
    clock = Clock()
    bucket = TokenBucket(rate_per_s=10, burst=3, clock=clock)
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]
    clock.now = 0.1
    assert [bucket.take() for _ in range(2)] == [True, False]
    clock.now = 100
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]


@given(
    rate=st.integers(1, 1000),
    burst=st.integers(1, 100),
    # Eighths of a second are exact in floating point, so the bounds below are, too.
    pauses=st.lists(st.integers(0, 80).map(lambda eighths: eighths / 8), min_size=1, max_size=200),
)
def test_never_more_than_burst_and_rate_allow_and_never_less(rate: int, burst: int, pauses: list[float]) -> None:
    clock = Clock()
    bucket = TokenBucket(rate, burst, clock)
    taken: list[float] = []
    refused: list[float] = []
    for pause in pauses:
        clock.now += pause
        (taken if bucket.take() else refused).append(clock.now)
    for start in taken:
        in_window = sum(start <= moment <= clock.now for moment in taken)
        assert in_window <= burst + rate * (clock.now - start) + 1e-6
    for moment in refused:
        # Refused only where the last `burst` tokens went out within the time that it takes to refill one less.
        assert any(
            sum(start <= t <= moment for t in taken) + 1 > burst + rate * (moment - start) - 1e-6
            for start in [0.0, *taken]
        )


@given(st.integers(1, 50))
def test_a_slow_client_is_never_refused(rate: int) -> None:
    clock = Clock()
    bucket = TokenBucket(rate, 1, clock)
    for step in range(100):
        clock.now = step * (1 / rate) * 1.001
        assert bucket.take()
