"""An empirical distribution, as a table of quantiles."""

import math
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

PROBABILITIES = (0.0, 0.01, 0.05, *(step / 20 for step in range(2, 19)), 0.95, 0.98, 0.99, 0.995, 0.999, 1.0)
"""What the values of every table stand at."""

ENOUGH = 30
"""Below so many samples a distribution is thin: its tail is anyone's guess."""


@dataclass(frozen=True)
class Distribution:
    """`values` are the quantiles at PROBABILITIES, in the unit of the samples; between them it is linear."""

    samples: int
    mean: float
    values: tuple[float, ...]

    @staticmethod
    def of(samples: Iterable[float]) -> "Distribution":
        """Of measured values. Linear interpolation between order statistics (Hyndman and Fan 1996, type 7).

        ValueError of no samples, or of one that is not finite.
        """
        ordered = sorted(samples)
        if not ordered or not all(map(math.isfinite, ordered)):
            raise ValueError("a distribution needs finite samples, and at least one")
        values = tuple(_quantile(ordered, probability) for probability in PROBABILITIES)
        return Distribution(len(ordered), math.fsum(ordered) / len(ordered), values)

    @property
    def thin(self) -> bool:
        """Whether there are too few samples to tell anything of its tail."""
        return self.samples < ENOUGH

    def at(self, probability: float) -> float:
        """The quantile at `probability`, from 0 to 1. With a uniform random number: a sample."""
        above = min(bisect_right(PROBABILITIES, probability), len(PROBABILITIES) - 1)
        low, high = PROBABILITIES[above - 1], PROBABILITIES[above]
        share = (probability - low) / (high - low)
        return self.values[above - 1] * (1 - share) + self.values[above] * share


def _quantile(ordered: list[float], probability: float) -> float:
    place = probability * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])
