"""An empirical distribution, as a table of quantiles."""

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

PROBABILITIES = (0.0, 0.01, 0.05, *(step / 20 for step in range(2, 19)), 0.95, 0.98, 0.99, 0.995, 0.999, 1.0)
"""What the values of every table stand at."""

_SIZE = len(PROBABILITIES)

ENOUGH = 30
"""Below so many samples a distribution is thin: its tail is anyone's guess."""


@dataclass(frozen=True)
class Distribution:
    """`values` are the quantiles at PROBABILITIES, in the unit of the samples; between them it is linear."""

    samples: int
    mean: float
    values: tuple[float, ...]

    @staticmethod
    def weighted(samples: Sequence[float], weights: Sequence[float]) -> "Distribution":
        """Of values that stand for as many as their weights say; with equal ones as `of`.

        ValueError where there are none, or all weigh nothing.
        """
        order = np.argsort(samples)
        values, heavy = np.asarray(samples, np.float64)[order], np.asarray(weights, np.float64)[order]
        values, heavy = values[heavy > 0], heavy[heavy > 0]
        if not values.size:
            raise ValueError("a distribution needs samples, and a weight above 0")
        # Type 7 of Hyndman and Fan, with the share that lies before each sample in the place of its number.
        places = np.arange(values.size) * heavy + (values.size - 1) * (np.cumsum(heavy) - heavy)
        mean = float(np.average(values, weights=heavy))
        found = np.interp(PROBABILITIES, places / places[-1], values) if values.size > 1 else [values[0]] * _SIZE
        return Distribution(values.size, mean, tuple(map(float, found)))

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

    def scaled(self, factor: float) -> "Distribution":
        """Of the same samples, each times `factor`."""
        return Distribution(self.samples, self.mean * factor, tuple(value * factor for value in self.values))

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
