import math
import random
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.traffic.arrivals import times_s
from harness.traffic.spec import Stage

rates = st.floats(min_value=0, max_value=400)
stage_lists = st.lists(st.builds(Stage, st.floats(min_value=0.1, max_value=4), rates, rates), min_size=1, max_size=4)


@settings(max_examples=60, deadline=None)
@given(stages=stage_lists, seed=st.integers())
def test_times_ascend_within_the_stages_and_their_number_is_poisson(stages: list[Stage], seed: int) -> None:
    times = list(times_s(stages, random.Random(seed)))
    assert times == sorted(times)
    assert all(0 <= each <= sum(stage.duration_s for stage in stages) for each in times)
    expected = sum(stage.expected_arrivals for stage in stages)
    assert abs(len(times) - expected) <= 7 * math.sqrt(expected) + 12


def test_a_ramp_has_its_arrivals_where_its_rate_is() -> None:
    """From 0 to 1,000 a second in 20 s, a quarter of all comes in the first half, three quarters in the second."""
    times = list(times_s([Stage(20, 0, 1000)], random.Random(1)))
    assert abs(len(times) - 10_000) < 500
    assert abs(sum(each < 10 for each in times) / len(times) - 0.25) < 0.02
    falling = list(times_s([Stage(20, 1000, 0)], random.Random(1)))
    assert abs(sum(each < 10 for each in falling) / len(falling) - 0.75) < 0.02


def test_gaps_of_a_plateau_are_exponential() -> None:
    """Mean and standard deviation of an exponential distribution are equal; an even clock's deviation would be 0."""
    times = list(times_s([Stage(50, 200, 200)], random.Random(3)))
    gaps = [later - earlier for earlier, later in pairwise(times)]
    mean = math.fsum(gaps) / len(gaps)
    deviation = math.sqrt(math.fsum((gap - mean) ** 2 for gap in gaps) / len(gaps))
    assert abs(mean * 200 - 1) < 0.05
    assert abs(deviation / mean - 1) < 0.05


def test_a_silent_stage_is_silent_and_what_follows_is_not() -> None:
    times = list(times_s([Stage(5, 0, 0), Stage(5, 100, 100)], random.Random(1)))
    assert min(times) >= 5
    assert len(times) > 400
