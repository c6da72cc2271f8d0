"""A scenario, parsed: frozen, defaults applied, fault times drawn from the seed."""

import random
from collections.abc import Mapping
from dataclasses import dataclass

from harness.checks import Budgets
from harness.traffic import TrafficSpec

DEFAULT_QUIESCENCE_S = 60.0


@dataclass(frozen=True)
class Fault:
    """One thing that breaks. It starts `at_s` seconds after the first arrival, drawn evenly between the two."""

    kind: str
    at_s: tuple[float, float]
    duration_s: float

    def start_s(self, seed: int, number: int) -> float:
        """When fault `number` of a run with this seed starts."""
        return random.Random(f"{seed}/fault/{number}").uniform(*self.at_s)


@dataclass(frozen=True)
class Slo:
    """Service levels that the run must keep; None is not judged."""

    acknowledged_ratio: float | None = None
    p99_ms: float | None = None
    convergence_s: float | None = None


@dataclass(frozen=True)
class Expectation:
    """What has to happen, or the run proved nothing."""

    every_route: bool = False
    event_sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scenario:
    """A rehearsal. `workers` are replicas per role where they differ from the stack's minimum.

    `reference` is what `harness replay` finds it by: its name, or the file's path.
    """

    name: str
    description: str
    seed: int
    traffic: TrafficSpec
    workers: Mapping[str, int]
    faults: tuple[Fault, ...]
    quiescence_s: float
    budgets: Budgets
    slo: Slo
    expect: Expectation
    reference: str

    @property
    def duration_s(self) -> float:
        """Seconds over which users arrive."""
        return sum(stage.duration_s for stage in self.traffic.stages)
