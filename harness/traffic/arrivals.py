"""When users arrive: an open, non-homogeneous Poisson process, decided beforehand."""

import math
import random
from collections.abc import Iterator, Sequence

from harness.traffic.spec import Stage


def times_s(stages: Sequence[Stage], rng: random.Random) -> Iterator[float]:
    """Arrival times in seconds after the start, ascending, at the rate that the stages give.

    By time change: the points of a Poisson process of rate 1, mapped through the inverse of the expected number of
    arrivals up to t, are a process of that rate (Çinlar, Introduction to Stochastic Processes, 1975, ch. 4.7).
    """
    point = rng.expovariate(1.0)
    begin_s, begun = 0.0, 0.0
    for stage in stages:
        end = begun + stage.expected_arrivals
        while point < end:
            yield begin_s + min(_inverse(stage, point - begun), stage.duration_s)
            point += rng.expovariate(1.0)
        begin_s, begun = begin_s + stage.duration_s, end


def _inverse(stage: Stage, expected: float) -> float:
    """The time, in seconds from the stage's start, at which `expected` arrivals are expected.

    The root of rate·t + slope·t²/2 = expected, in the form that neither divides by a slope of 0 nor cancels.
    """
    rate = stage.from_rate_per_s
    slope = (stage.to_rate_per_s - rate) / stage.duration_s
    return 2 * expected / (rate + math.sqrt(max(rate * rate + 2 * slope * expected, 0.0))) if expected > 0 else 0.0
