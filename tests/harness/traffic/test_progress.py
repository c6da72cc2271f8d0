from hypothesis import given
from hypothesis import strategies as st

from harness.traffic.progress import SATURATED_MS, WINDOW_S, Counters, percentile


@given(st.lists(st.floats(min_value=0, max_value=1e6), min_size=1), st.floats(min_value=0, max_value=1))
def test_a_percentile_is_a_sample_that_at_least_that_share_does_not_exceed(samples: list[float], share: float) -> None:
    samples.sort()
    found = percentile(samples, share)
    assert found in samples
    assert sum(sample <= found for sample in samples) >= share * len(samples)
    assert sum(sample < found for sample in samples) < max(share * len(samples), 1)


def test_percentiles_by_hand() -> None:
    samples = [float(number) for number in range(1, 101)]
    assert [percentile(samples, share) for share in (0.5, 0.95, 0.99, 1.0)] == [50, 95, 99, 100]
    assert percentile([7.125], 0.99) == 7.125
    assert percentile([], 0.5) is None


def test_percentiles_are_of_the_last_seconds() -> None:
    counters = Counters(3)
    counters.finished(1.0, "acknowledged", 100.0)
    counters.finished(1.0 + WINDOW_S, "refused", 5.0)
    assert counters.progress(1.0 + WINDOW_S, 2.0).p99_ms == 100
    late = counters.progress(1.1 + WINDOW_S, 2.0)
    assert (late.p50_ms, late.p99_ms) == (5, 5)
    assert (late.acknowledged, late.refused, late.indeterminate) == (1, 1, 0)
    assert counters.progress(99, 3.0).p50_ms is None


def test_a_client_that_is_always_late_is_saturated() -> None:
    counters = Counters(200)
    for _ in range(198):
        counters.delayed(1.0)
    assert not counters.progress(0, 0).saturated
    for _ in range(3):
        counters.delayed(SATURATED_MS + 1)
    assert counters.progress(0, 0).saturated
