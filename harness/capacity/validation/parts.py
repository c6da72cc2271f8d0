"""The parts of the model beside the figures: which of them explains a miss."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.capacity.calibration import OVERFLOW, Answered, fit
from harness.capacity.demand import OPERATIONS
from harness.capacity.engine.load import stretch
from harness.capacity.validation.local import LocalTimes
from harness.capacity.validation.observed import Observed
from harness.capacity.validation.prediction import Prediction

_FEWEST = 20
_GATEWAY = "client and gateway"


@dataclass(frozen=True)
class Part:
    """A part's mean: as measured in the runs that were calibrated on, in those to predict, and as predicted for them.

    `share` is how much of an average operation's latency it is, 0 for what is none of it.
    """

    name: str
    unit: str
    calibrated: float
    measured: float
    predicted: float
    share: float = 0.0

    @property
    def error(self) -> float:
        """By which share the prediction is too high."""
        return self.predicted / self.measured - 1 if self.measured else 0.0

    def as_json(self) -> dict[str, Any]:
        """For a script."""
        return {
            "part": self.name,
            "unit": self.unit,
            "calibrated": self.calibrated,
            "measured": self.measured,
            "predicted": self.predicted,
            "error": self.error,
        }


def parts(times: LocalTimes, before: Sequence[Observed], runs: Sequence[Observed], predicted: Prediction) -> list[Part]:
    """The processors' share; what invocations and gateway take when the processors are as busy as is predicted; and
    batches so, at the sizes that were measured.
    """
    count = times.processors.count
    slower = stretch(predicted.busy_share, count) / times.stretch
    busy = [100 * statistics.fmean(run.used_s_per_s for run in group) / count for group in (before, runs)]
    found = [Part("processors", "% in use", busy[0], busy[1], 100 * predicted.busy_share)]
    known, seen = times.measured.answered, [each for run in runs for each in run.measured.answered]
    whole = statistics.fmean(each.latency_ms for each in seen)
    was, now = _by_part(known), _by_part(seen)
    for name in sorted(now):
        if min(len(was.get(name, ())), len(now[name])) >= _FEWEST:
            share = sum(now[name]) / len(seen) / whole
            known_ms = statistics.fmean(was[name])
            found.append(Part(name, "ms", known_ms, statistics.fmean(now[name]), known_ms * slower, share))
    for name, batches in times.measured.batches.items():
        here = [each for run in runs for each in run.measured.batches.get(name, ())]
        if min(len(batches), len(here)) >= _FEWEST:
            size = statistics.fmean(size for size, _ in here)
            took = [statistics.fmean(ms for _, ms in group) for group in (batches, here)]
            expected_ms = fit(batches).mean_ms(size) * slower
            found.append(Part(f"{name}: a batch of {size:.1f}", "ms", took[0], took[1], expected_ms))
    return found


def _by_part(answered: Iterable[Answered]) -> Mapping[str, list[float]]:
    """What each part of the latencies took (ms)."""
    took: dict[str, list[float]] = {}
    for each in answered:
        if each.action.removesuffix(OVERFLOW) in OPERATIONS:
            took.setdefault(f"{each.function}: {each.action}", []).append(each.invoked_ms)
            took.setdefault(_GATEWAY, []).append(each.latency_ms - each.invoked_ms)
    return took
