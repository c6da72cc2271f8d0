"""A metric as CloudWatch keeps it: samples, and datapoints that show some time after their period has ended."""

import math
import re
from collections.abc import Sequence

from harness.capacity.controllers.errors import ControllerError

PUBLISH_DELAY_S = 60.0
"""How long after the end of its period a datapoint can be read. AWS names no figure: an assumption to calibrate."""
RESOLUTION_S = 60
_PERCENTILE = re.compile(r"p(\d+(?:\.\d+)?)")


class Metric:
    """Samples of one metric, kept for `keep_s`. A period without samples has no datapoint: that is missing data."""

    def __init__(self, publish_delay_s: float = PUBLISH_DELAY_S, *, keep_s: float = 7200.0) -> None:
        self.publish_delay_s = publish_delay_s
        self._keep = math.ceil(keep_s / RESOLUTION_S)
        self._samples: dict[int, list[tuple[float, float]]] = {}

    def record(self, time_s: float, value: float, count: float = 1.0) -> None:
        """`count` samples of `value` at `time_s`; times come in order. For a sum of events write (their number, 1)."""
        minute = math.floor(time_s / RESOLUTION_S)
        self._samples.setdefault(minute, []).append((value, count))
        while (oldest := next(iter(self._samples))) <= minute - self._keep:
            del self._samples[oldest]

    def points(
        self, now_s: float, number: int, *, period_s: int = 60, statistic: str = "Average"
    ) -> list[float | None]:
        """The `number` newest datapoints that can be read at `now_s`, oldest first, None where there were no samples.

        `period_s` is a multiple of 60. `statistic` is Average, Sum, Minimum, Maximum, SampleCount or a percentile such
        as p99. Raises ControllerError for others.
        """
        if period_s % RESOLUTION_S:
            raise ControllerError(f"a period of {period_s} s: samples are kept by the minute; write a multiple of 60")
        last = math.floor((now_s - self.publish_delay_s) / period_s)
        minutes = period_s // RESOLUTION_S
        return [
            _aggregate(
                [
                    sample
                    for minute in range(index * minutes, (index + 1) * minutes)
                    for sample in self._samples.get(minute, ())
                ],
                statistic,
            )
            for index in range(last - number, last)
        ]


def _aggregate(samples: Sequence[tuple[float, float]], statistic: str) -> float | None:
    if not samples:
        return None
    if statistic == "Average":
        return sum(value * count for value, count in samples) / sum(count for _, count in samples)
    if statistic == "Sum":
        return sum(value * count for value, count in samples)
    if statistic == "SampleCount":
        return sum(count for _, count in samples)
    if statistic in ("Minimum", "Maximum"):
        values = [value for value, _ in samples]
        return min(values) if statistic == "Minimum" else max(values)
    percentile = _PERCENTILE.fullmatch(statistic)
    if percentile is None:
        raise ControllerError(f"{statistic!r} is no statistic; write Average, Sum, Minimum, Maximum or, say, p99")
    return _quantile(samples, float(percentile[1]) / 100)


def _quantile(samples: Sequence[tuple[float, float]], share: float) -> float:
    """The smallest value below or at which `share` of the samples lie."""
    wanted, seen = share * sum(count for _, count in samples), 0.0
    ordered = sorted(samples)
    for value, count in ordered:
        seen += count
        if seen >= wanted:
            return value
    return ordered[-1][0]
