"""What replications tell about a figure: its mean and an interval that holds it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

FEWEST = 10  # replications from which on the interval keeps what it promises


@dataclass(frozen=True)
class Estimate:
    """`mean` of `replications`; `low` to `high` holds the true mean with the confidence asked for."""

    mean: float
    low: float
    high: float
    replications: int

    def holds(self, value: float) -> bool:
        """Whether `value` is in the interval."""
        return self.low <= value <= self.high

    @staticmethod
    def of(values: Sequence[float], *, confidence: float = 0.95) -> "Estimate":
        """By Student's t, from a figure of each of at least ten independent replications.

        Raises ValueError for fewer.
        """
        if len(values) < FEWEST:
            raise ValueError(f"an interval takes {FEWEST} replications or more, not {len(values)}")
        mean = float(np.mean(values))
        error = float(np.std(values, ddof=1)) / math.sqrt(len(values))
        half = float(stdtrit(len(values) - 1, (1 + confidence) / 2)) * error
        return Estimate(mean, mean - half, mean + half, len(values))
