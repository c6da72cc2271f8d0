"""What an alarm looks at in the emulator: statistics of metrics, and what the values of one period mean together."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.emulator import metrics_insights

_BREACHES: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": float.__ge__,
    "GreaterThanThreshold": float.__gt__,
    "LessThanOrEqualToThreshold": float.__le__,
    "LessThanThreshold": float.__lt__,
}


Breaching = Callable[[float], bool]
Settle = Callable[[Sequence[float | None], Breaching], bool | None]


@dataclass(frozen=True)
class Reading:
    """The statistics that an alarm needs, each a `MetricStat` of GetMetricData, and their meaning.

    `settle` gets a period's values, one for each statistic, and what tells whether one breaches, and says whether the
    datapoint does; None where there is no data, or where it cannot be told.
    """

    alarm: Mapping[str, Any]
    statistics: tuple[Mapping[str, Any], ...]
    settle: Settle

    @property
    def period_s(self) -> int:
        """The length of a period in seconds."""
        return int(self.alarm.get("Period") or self.alarm["Metrics"][0]["Period"])

    def breaches(self, values: Sequence[float | None]) -> bool | None:
        """Whether a datapoint of these values, one for each statistic, breaches; None where there is no data."""
        compare, threshold = _BREACHES[self.alarm["ComparisonOperator"]], float(self.alarm["Threshold"])
        return self.settle(values, lambda value: compare(float(value), threshold))


def reading(client: Any, alarm: Mapping[str, Any]) -> Reading | None:
    """How to judge an alarm; None where it watches something that cannot be read here. `client` is CloudWatch's.

    moto has no percentiles; what it has tells them where they are the largest or smallest value, as of few values, or
    where both are on one side of the threshold. A query of Metrics Insights is read from each series that it selects.
    """
    if "MetricName" in alarm:
        metric = {name: alarm[name] for name in ("Namespace", "MetricName")} | {
            "Dimensions": alarm.get("Dimensions", [])
        }
        if "Statistic" in alarm:
            return Reading(alarm, (_stat(metric, alarm["Period"], alarm["Statistic"]),), _one(any))
        needed = tuple(_stat(metric, alarm["Period"], name) for name in ("Minimum", "Maximum", "SampleCount"))
        return Reading(alarm, needed, _percentile(float(alarm["ExtendedStatistic"].removeprefix("p"))))
    (asked, *more) = alarm.get("Metrics") or [{}]
    query = metrics_insights.parse(asked.get("Expression", ""))
    if query is None or more:
        return None
    series = [
        _stat(metric, asked["Period"], query.statistic)
        for page in client.get_paginator("list_metrics").paginate(Namespace=query.namespace, MetricName=query.metric)
        for metric in page["Metrics"]
        if query.selects({each["Name"]: each["Value"] for each in metric["Dimensions"]})
    ]
    # The largest is above the threshold where any is, and below it where all are.
    largest = query.statistic == "Maximum"
    quantify = any if largest == alarm["ComparisonOperator"].startswith("Greater") else all
    return Reading(alarm, tuple(series), _one(quantify))


def _stat(metric: Mapping[str, Any], period_s: int, statistic: str) -> dict[str, Any]:
    return {"Metric": metric, "Period": period_s, "Stat": statistic}


def _one(quantify: Callable[[Iterable[bool]], bool]) -> Settle:
    def settle(values: Sequence[float | None], breaching: Breaching) -> bool | None:
        there = [breaching(value) for value in values if value is not None]
        return quantify(there) if there else None

    return settle


def _percentile(percent: float) -> Settle:
    """By its rank among the values: the smallest one that `percent` of them do not exceed."""

    def settle(values: Sequence[float | None], breaching: Breaching) -> bool | None:
        smallest, largest, count = values
        if smallest is None or largest is None or count is None:
            return None
        rank = math.ceil(percent / 100 * count)
        if rank >= count:
            return breaching(largest)
        if rank <= 1 or breaching(smallest) == breaching(largest):
            return breaching(smallest)
        return None

    return settle
