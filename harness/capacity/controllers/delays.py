"""How long things take to start: inputs of a simulation, each with its source or the assumption that it is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

_P95 = 1.6448536269514722  # of the standard normal distribution


@dataclass(frozen=True)
class Delay:
    """A lognormal delay in seconds, by its median and its 95th percentile."""

    median_s: float
    p95_s: float
    source: str
    confidence: Literal["high", "medium", "low"]

    def draw(self, generator: np.random.Generator | None) -> float:
        """One delay; its median where there is no generator."""
        if generator is None:
            return self.median_s
        return self.median_s * math.exp(math.log(self.p95_s / self.median_s) / _P95 * generator.standard_normal())


POD_START = Delay(
    15, 40, "assumption: the image comes from ECR, then the first readiness probe that holds", confidence="low"
)
NODE_START = Delay(
    120,
    210,
    "assumption: 180 to 300 s from the pending pod to the running one, as third parties report of EKS, less the "
    "autoscaler's reaction and the pod's own start",
    confidence="low",
)
NODE_DRAIN = Delay(60, 120, "assumption: pods end within their grace; AWS ends a drain after 900 s", confidence="low")
AURORA_REPLICA_ADD = Delay(300, 600, "no official figure; third parties say 2 to 10 minutes", confidence="low")
DOCUMENTS_ADD = Delay(540, 600, "AWS Database Blog, Scaling Amazon DocumentDB, part 1: 8 to 10 minutes", "high")
INSTANCE_REMOVE = Delay(300, 600, "assumption: a deleted instance stays listed for some minutes", confidence="low")
PROVISIONED_ACTIVATION = Delay(
    75, 120, "Lambda developer guide, as quoted: activation takes 1 to 2 minutes", confidence="medium"
)
PROVISIONED_PER_S = 100.0
"""Environments that Lambda allocates each second for one function: 6,000 a minute (developer guide, as quoted)."""


class Singly:
    """Units that start each for itself: a delay is drawn for every one."""

    def __init__(self, delay: Delay, generator: np.random.Generator | None = None) -> None:
        self._delay = delay
        self._generator = generator

    def __call__(self, units: int) -> Sequence[float]:
        """The seconds that each of `units` takes."""
        return [self._delay.draw(self._generator) for _ in range(units)]


class Together:
    """Units of which none serves before all are there, at most `per_s` of them each second."""

    def __init__(self, delay: Delay, per_s: float, generator: np.random.Generator | None = None) -> None:
        self._delay = delay
        self._per_s = per_s
        self._generator = generator

    def __call__(self, units: int) -> Sequence[float]:
        """The seconds that each of `units` takes: the same for all."""
        return [self._delay.draw(self._generator) + units / self._per_s] * units
