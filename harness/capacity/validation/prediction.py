"""What the simulator says of a run's figures."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.capacity.engine import Setup, simulate
from harness.capacity.engine.recorder import COMMANDS

PROCESSORS = "host.processors"


@dataclass(frozen=True)
class Prediction:
    """Means of several replications. `figures` are by name, see FIGURES; `busy_share` is of all processors' time."""

    figures: Mapping[str, float]
    busy_share: float
    replications: int


def predict(setups: Sequence[Setup]) -> Prediction:
    """Simulates each of `setups`, which differ in their replication alone."""
    results = [simulate(each) for each in setups]
    figures = [
        {
            **{f"{name}_ms": result.latency_ms["all"][name] for name in ("p50", "p95", "p99")},
            "backlog_peak": float(result.backlog_peak[COMMANDS]),
        }
        for result in results
    ]
    return Prediction(
        {name: statistics.fmean(each[name] for each in figures) for name in figures[0]},
        statistics.fmean(result.utilization[PROCESSORS] for result in results),
        len(results),
    )
