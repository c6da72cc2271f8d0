"""What a finished replay has measured of the figures that are to be predicted, and how busy the machine was."""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from contracts import topology
from harness import history
from harness.capacity.calibration import Measured, measure
from harness.capacity.demand import OPERATIONS
from harness.capacity.errors import ValidationError
from harness.capacity.kernel.compiled import Floats, Integers
from harness.capacity.validation.crowds import met
from harness.history import HistoryError
from harness.traffic.progress import percentile

BUSIEST = 0.6
"""The share of the processors' time up to which a run is comparable: above it requests wait too long for each other."""

_QUEUES = ("overflow", topology.ORDER_COMMANDS)
_STATES = (" visible", " in flight", " delayed", " ready", " unacked")
_OUTBOX = "outbox unpublished"
_TRAFFIC = "traffic"
_CALM = "waiting for quiescence"


@dataclass(frozen=True)
class Observed:
    """One run. `figures` are by name, see FIGURES; `measured` are its samples.

    `met` are, of each of those that were answered, how many others it met. `cpu_s` has the seconds of a processor that
    each part of the run took of each second of traffic, `idle_s_per_s` is what they took together when there was none,
    and `busy_s_per_s` how many processors were busy during the traffic, whoever with. `requests_per_s` are operations,
    those left out that ask to be refused.
    """

    folder: Path
    scenario: str
    seed: int
    verdict: str
    processors: int
    figures: Mapping[str, float]
    measured: Measured
    met: Integers
    busy_s_per_s: float
    idle_s_per_s: float
    requests_per_s: float
    cpu_s: Mapping[str, float]

    @property
    def busy_share(self) -> float:
        """Of all processors' time during the traffic."""
        return self.busy_s_per_s / self.processors

    @property
    def used_s_per_s(self) -> float:
        """How many processors the run itself kept busy."""
        return math.fsum(self.cpu_s.values())

    @property
    def others_share(self) -> float:
        """What programs that are no part of the run took of all processors' time."""
        return max(self.busy_s_per_s - self.used_s_per_s, 0.0) / self.processors


def observe(folder: Path) -> Observed:
    """The run in `folder`. Raises CalibrationError or ValidationError where it has not what is needed."""
    measured = measure(folder)
    try:
        records = list(history.read(folder / "history.jsonl"))
        operations = [each for each in history.fold(records) if each.action in OPERATIONS]
    except HistoryError as error:
        raise ValidationError(str(error)) from None
    latencies = sorted(each.latency_ms for each in operations if each.latency_ms is not None)
    backlogs = [_commands(record) for record in records if record["type"] == "sample"]
    if not latencies or not backlogs:
        raise ValidationError(f"{folder}: nothing was answered, or nobody looked at the backlog; replay it anew")
    verdict = measured.verdict
    seconds, cpu_s = _used(folder, records, _TRAFFIC)
    return Observed(
        folder=folder,
        scenario=verdict["scenario"],
        seed=verdict["seed"],
        verdict=verdict["verdict"],
        processors=verdict["machine"]["cpus"],
        figures={
            **{f"p{share}_ms": percentile(latencies, share / 100) or 0.0 for share in (50, 95, 99)},
            "backlog_peak": float(max(backlogs)),
        },
        measured=measured,
        met=_met(measured, records),
        busy_s_per_s=measured.busy_s_per_s,
        idle_s_per_s=math.fsum(_used(folder, records, _CALM)[1].values()),
        requests_per_s=len(operations) / seconds,
        cpu_s=cpu_s,
    )


def _met(measured: Measured, records: Sequence[Mapping[str, Any]]) -> Integers:
    """Of each of the answered, how many it met: of all operations, those included that asked to be refused."""
    due = {record["op"]: record["scheduled"] / 1e9 for record in records if record["type"] == "invoke"}
    due_s: Floats = np.array(sorted(due.values()))
    places = np.searchsorted(due_s, np.array([each.due_s for each in measured.answered]))
    found: Integers = met(due_s)[places]
    return found


def _commands(record: Mapping[str, Any]) -> int:
    """Accepted commands whose events are not published: in SQS, in their queue, in the outbox.

    Not what waits behind the outbox: a queue tells late, once in a tick, what its consumers have taken, and they take
    all of it at once.
    """
    places = [f"{queue}{state}" for queue, state in itertools.product(_QUEUES, _STATES)]
    return sum(record["backlog"].get(place, 0) for place in (*places, _OUTBOX))


def _used(folder: Path, records: Sequence[Mapping[str, Any]], name: str) -> tuple[float, dict[str, float]]:
    """How long a phase was, in seconds, and what each part of the run took of each of them."""
    phases = [record for record in records if record["type"] == "phase"]
    for before, after in itertools.pairwise(phases):
        if before["name"] == name and "cpu_s" in before:
            seconds = (after["t"] - before["t"]) / 1e9
            return seconds, {
                part: (now - before["cpu_s"].get(part, 0.0)) / seconds for part, now in after["cpu_s"].items()
            }
    raise ValidationError(f"{folder}: its history does not tell what its processes took; replay it anew")
