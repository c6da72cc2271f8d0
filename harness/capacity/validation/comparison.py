"""Measured against predicted: what was missed, and by how much it may be."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

FIGURES: Mapping[str, tuple[str, float]] = {
    "p50_ms": ("latency p50, ms", 0.05),
    "p95_ms": ("latency p95, ms", 0.10),
    "p99_ms": ("latency p99, ms", 0.15),
    "backlog_peak": ("backlog peak, commands", 0.15),
}
"""What each is called, and by which share a prediction may miss it.

Latencies are of all operations but those that ask to be refused, from the time that they were due at to the answer, by
nearest rank. The backlog is the most accepted commands that were seen without their event being published: in SQS, in
their queue, or in the outbox.
"""

FEWEST = 2
_NOISES = 2.0


@dataclass(frozen=True)
class Row:
    """One figure. `measured` is the mean of identical runs and `noise` their standard deviation, as a share of it."""

    figure: str
    measured: float
    noise: float
    predicted: float
    target: float

    @property
    def error(self) -> float:
        """By which share the prediction is too high."""
        return self.predicted / self.measured - 1

    @property
    def allowed(self) -> float:
        """The larger of the target and twice the noise: no prediction is nearer to runs than they to each other."""
        return max(self.target, _NOISES * self.noise)

    @property
    def within(self) -> bool:
        """Whether the error is no larger than allowed."""
        return abs(self.error) <= self.allowed

    def as_json(self) -> dict[str, Any]:
        """For a script."""
        return {
            "figure": self.figure,
            "measured": self.measured,
            "noise": self.noise,
            "predicted": self.predicted,
            "error": self.error,
            "allowed": self.allowed,
            "within": self.within,
        }


def compare(runs: Sequence[Mapping[str, float]], predicted: Mapping[str, float]) -> list[Row]:
    """A row for each of FIGURES, of the figures of at least two identical runs. Raises ValueError for fewer."""
    if len(runs) < FEWEST:
        raise ValueError(f"the noise of identical runs takes {FEWEST} of them or more, not {len(runs)}")
    rows = []
    for name, (_, target) in FIGURES.items():
        values = [run[name] for run in runs]
        mean = statistics.fmean(values)
        rows.append(Row(name, mean, statistics.stdev(values) / mean, predicted[name], target))
    return rows
