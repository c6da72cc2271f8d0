from hypothesis import given
from hypothesis import strategies as st

from worker.backoff import Backoff


@given(tries=st.integers(1, 200), base_s=st.floats(0.001, 1.0), cap_s=st.floats(1.0, 60.0))
def test_a_pause_lies_between_zero_and_the_doubled_and_capped_ceiling(tries: int, base_s: float, cap_s: float) -> None:
    backoff = Backoff(base_s, cap_s)
    for attempt in range(tries):
        assert 0.0 <= backoff.next_s() <= min(cap_s, base_s * 2 ** min(attempt, 32))


def test_ceilings_double_up_to_the_cap_and_start_over_after_a_success() -> None:
    backoff = Backoff(0.1, 1.0, uniform=lambda low, high: high)
    assert [round(backoff.next_s(), 3) for _ in range(6)] == [0.1, 0.2, 0.4, 0.8, 1.0, 1.0]
    backoff.reset()
    assert backoff.next_s() == 0.1
