"""Service levels that a stack has to keep: inputs of a verdict, not of a simulation."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from harness.capacity.kernel.estimates import Estimate
from harness.capacity.settings import numbers


@dataclass(frozen=True)
class Slo:
    """At most `limit` of a result's figure; `what` says it to a person, `unit` beside the numbers."""

    figure: str
    limit: float
    what: str
    unit: str = ""


@dataclass(frozen=True)
class Kept:
    """A service level, the day's value, and the busiest hour's interval; `holds` where both are within it.

    A figure that nothing was measured of holds: there was nobody whom it could have failed.
    """

    slo: Slo
    day: float
    busiest: Estimate | None
    holds: bool


DEFAULT = (
    Slo("latency_ms.all.p99", 1000, "99% of answers within", " ms"),
    Slo("throttled_share", 0.001, "attempts that are throttled at most"),
    Slo("failed_share", 0.001, "attempts that fail at most"),
    Slo("read_model_ms.p99", 5000, "99% of accepted commands in the read model within", " ms"),
)
"""Assumptions: what an online shop would ask for."""


def changed(texts: Iterable[str]) -> tuple[Slo, ...]:
    """DEFAULT with other limits, each as FIGURE=LIMIT. Raises SettingError for a figure that is not among them."""
    limits = dict(numbers(texts, [each.figure for each in DEFAULT]))
    return tuple(replace(each, limit=limits.get(each.figure, each.limit)) for each in DEFAULT)


def judge(slo: Slo, day: Mapping[str, float], busiest: Mapping[str, Estimate]) -> Kept:
    """Whether the day is within it, and the upper end of the busiest hour's interval too."""
    value, interval = day.get(slo.figure, math.nan), busiest.get(slo.figure)
    values = [value] if interval is None else [value, interval.high]
    return Kept(slo, value, interval, not any(each > slo.limit for each in values))
