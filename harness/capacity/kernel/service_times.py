"""How long a service takes on an idle system: distributions to draw from."""

import math
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from harness.capacity.kernel.compiled import Floats, compiled


@compiled
def sample(quantiles: Floats, probability: float) -> float:
    """The value at `probability`, in [0, 1), of a table of quantiles at equal distances from 0 to 1."""
    place = probability * (quantiles.size - 1)
    below = min(int(place), max(quantiles.size - 2, 0))
    above = min(below + 1, quantiles.size - 1)
    value: float = quantiles[below] + (place - below) * (quantiles[above] - quantiles[below])
    return value


@compiled
def _sample_all(quantiles: Floats, probabilities: Floats, values: Floats) -> None:
    for i in range(probabilities.size):
        values[i] = sample(quantiles, probabilities[i])


class ServiceTimes(Protocol):
    """A distribution of durations. It keeps no state: what it draws depends on the generator alone."""

    @property
    def mean_s(self) -> float:
        """Its mean in seconds."""
        ...

    def draw(self, generator: np.random.Generator, count: int) -> Floats:
        """`count` durations in seconds."""
        ...


@dataclass(frozen=True)
class Empirical:
    """What was measured: quantiles at equal distances of probability, from the smallest value to the largest.

    Drawn by the inverse of the distribution function, straight between neighbouring quantiles.
    """

    quantiles_s: Floats

    def __post_init__(self) -> None:
        if self.quantiles_s.size == 0 or (np.diff(self.quantiles_s) < 0).any() or self.quantiles_s[0] < 0:
            raise ValueError("quantiles are ascending durations, at least one")

    @staticmethod
    def of(measured_s: Floats, *, points: int = 1001) -> "Empirical":
        """From measured durations, of which there is at least one."""
        quantiles: Floats = np.quantile(measured_s, np.linspace(0, 1, points))
        return Empirical(quantiles)

    @property
    def mean_s(self) -> float:
        quantiles = self.quantiles_s
        return float(quantiles[0] if quantiles.size == 1 else ((quantiles[1:] + quantiles[:-1]) / 2).mean())

    def draw(self, generator: np.random.Generator, count: int) -> Floats:
        """`count` durations, by the inverse of the distribution function."""
        values = generator.random(count)
        _sample_all(self.quantiles_s, values, values)
        return values


@dataclass(frozen=True)
class Lognormal:
    """Where nothing was measured: a median, and `sigma`, the standard deviation of the logarithm."""

    median_s: float
    sigma: float

    @property
    def mean_s(self) -> float:
        return self.median_s * math.exp(self.sigma**2 / 2)

    def draw(self, generator: np.random.Generator, count: int) -> Floats:
        """`count` durations."""
        values: Floats = generator.lognormal(math.log(self.median_s), self.sigma, count)
        return values


@dataclass(frozen=True)
class Constant:
    """Always the same."""

    value_s: float

    @property
    def mean_s(self) -> float:
        return self.value_s

    def draw(self, generator: np.random.Generator, count: int) -> Floats:
        """`count` times the same."""
        return np.full(count, self.value_s)


@dataclass(frozen=True)
class BatchTimes:
    """A batch of n messages takes (`fixed_s` + n * `per_message_s`) * a factor that is drawn for each batch.

    `factors` is the table of the factor's quantiles, at equal distances of probability from 0 to 1; none where it is 1.
    """

    fixed_s: float
    per_message_s: float
    factors: Floats = field(default_factory=lambda: np.ones(1))
