"""The datapoints of metrics, as PutMetricData brings them, and the statistics that CloudWatch makes of them."""

import gzip
import json
import math
import re
import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any

from harness.emulator.call import Call

_KEPT_S = 2 * 86400.0
PERCENTILE = re.compile(r"p(\d{1,3}(?:\.\d+)?)$")
"""The names of percentiles, such as `p99.9`."""


@dataclass(frozen=True)
class Metric:
    """What makes a metric one and the same."""

    region: str
    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Sample:
    """One or more values of one moment (seconds since the epoch)."""

    time: float
    count: float
    total: float
    least: float
    most: float


class Datapoints:
    """The samples of two days, by metric. Safe to use from several threads."""

    def __init__(self) -> None:
        self._samples: dict[Metric, deque[Sample]] = {}
        self._lock = Lock()

    def take(self, call: Call) -> None:
        """Keeps what a PutMetricData brings."""
        asked = _parameters(call)
        now = time.time()
        with self._lock:
            for datum in asked.get("MetricData") or []:
                dimensions = frozenset((each["Name"], each["Value"]) for each in datum.get("Dimensions") or [])
                metric = Metric(call.region, asked["Namespace"], datum["MetricName"], dimensions)
                kept = self._samples.setdefault(metric, deque())
                kept.extend(_samples(datum, now))
                while kept and kept[0].time < now - _KEPT_S:
                    kept.popleft()

    def of(self, metric: Metric, start: float, end: float) -> list[Sample]:
        """The samples of a metric from `start` until before `end`."""
        with self._lock:
            return [sample for sample in self._samples.get(metric, ()) if start <= sample.time < end]

    def metrics(self) -> list[Metric]:
        """Every metric that has had a datapoint."""
        with self._lock:
            return list(self._samples)


def statistic(samples: Sequence[Sample], name: str) -> float | None:
    """A statistic by CloudWatch's name for it, such as `Average` or `p99.9`; None where it cannot be told.

    A percentile is the least value that so many percent of all values do not exceed. Of values that came summed up it
    can be told only where they are all the same.
    """
    if not samples:
        return None
    count = sum(sample.count for sample in samples)
    if name == "SampleCount":
        return count
    if name == "Sum":
        return math.fsum(sample.total for sample in samples)
    if name == "Average":
        return math.fsum(sample.total for sample in samples) / count if count else None
    if name == "Minimum":
        return min(sample.least for sample in samples)
    if name == "Maximum":
        return max(sample.most for sample in samples)
    found = PERCENTILE.match(name)
    if not found or any(sample.least != sample.most for sample in samples):
        return None
    rank, passed = count * float(found[1]) / 100, 0.0
    for sample in sorted(samples, key=lambda sample: sample.least):
        passed += sample.count
        if passed >= rank:
            return sample.least
    return None


def _samples(datum: Mapping[str, Any], now: float) -> Iterable[Sample]:
    moment = _moment(datum.get("Timestamp"), now)
    if values := datum.get("Values"):
        for value, count in zip(values, datum.get("Counts") or [1] * len(values), strict=True):
            yield Sample(moment, float(count), float(value) * float(count), float(value), float(value))
    elif summed := datum.get("StatisticValues"):
        yield Sample(moment, *(float(summed[each]) for each in ("SampleCount", "Sum", "Minimum", "Maximum")))
    else:
        value = float(datum.get("Value", 0))
        yield Sample(moment, 1.0, value, value, value)


def _moment(stated: Any, now: float) -> float:
    """Seconds since the epoch, of a number or of an ISO 8601 time; now where there is none."""
    if stated is None:
        return now
    try:
        return float(stated)
    except ValueError:
        return datetime.fromisoformat(stated).timestamp()


def _parameters(call: Call) -> dict[str, Any]:
    """The parameters of a call in the JSON or the query protocol."""
    if call.form:
        nested = _nested(call.form)
        return nested if isinstance(nested, dict) else {}
    body = gzip.decompress(call.body) if call.headers.get("content-encoding") == "gzip" else call.body
    value = json.loads(body)
    return value if isinstance(value, dict) else {}


def _nested(form: Mapping[str, str]) -> Any:
    """The structure that the names of the query protocol stand for: `A.member.1.B` is B of the first of list A."""
    if "" in form:
        return form[""]
    below: dict[str, dict[str, str]] = {}
    for name, value in form.items():
        first, _, rest = name.partition(".")
        below.setdefault(first, {})[rest] = value
    if below.keys() == {"member"}:
        items = _nested(below["member"])
        return [items[number] for number in sorted(items, key=int)]
    return {name: _nested(values) for name, values in below.items()}
