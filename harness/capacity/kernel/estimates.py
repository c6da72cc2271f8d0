"""What replications tell about a figure: its mean and an interval that holds it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

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

    @property
    def not_negative(self) -> "Estimate":
        """The same of a figure that is never below 0, whatever Student's t makes of a few large values."""
        return replace(self, low=max(self.low, 0.0))

    @staticmethod
    def of(values: Sequence[float], *, confidence: float = 0.95, fewest: int = FEWEST) -> "Estimate":
        """By Student's t, from a figure of each of at least ten independent replications.

        From fewer, where `fewest` allows it, the lower end alone keeps what it promises: what is rarely large, as
        shares of failures and percentiles are, has its mean above the interval more often than below. Raises ValueError
        for fewer than `fewest`, which is at least two.
        """
        if len(values) < max(fewest, 2):
            raise ValueError(f"an interval takes {fewest} replications or more, not {len(values)}")
        mean = float(np.mean(values))
        error = float(np.std(values, ddof=1)) / math.sqrt(len(values))
        half = float(stdtrit(len(values) - 1, (1 + confidence) / 2)) * error
        return Estimate(mean, mean - half, mean + half, len(values))
