"""What an alarm looks at in the emulator: statistics of metrics, and what the values of one period mean together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.emulator import metrics_insights

_BREACHES: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": float.__ge__,
    "GreaterThanThreshold": float.__gt__,
    "LessThanOrEqualToThreshold": float.__le__,
    "LessThanThreshold": float.__lt__,
}


@dataclass(frozen=True)
class Reading:
    """The statistics that an alarm needs, each a `MetricStat` of GetMetricData, and their meaning.

    `settle` gets whether each value that there is breaches, at least one, and says whether the datapoint does; None
    where that cannot be told.
    """

    alarm: Mapping[str, Any]
    statistics: tuple[Mapping[str, Any], ...]
    settle: Callable[[Sequence[bool]], bool | None]

    @property
    def period_s(self) -> int:
        """The length of a period in seconds."""
        return int(self.alarm.get("Period") or self.alarm["Metrics"][0]["Period"])

    def breaches(self, values: Sequence[float | None]) -> bool | None:
        """Whether a datapoint of these values, one for each statistic, breaches; None where there is no data."""
        breaches, threshold = _BREACHES[self.alarm["ComparisonOperator"]], float(self.alarm["Threshold"])
        there = [breaches(float(value), threshold) for value in values if value is not None]
        return self.settle(there) if there else None


def reading(client: Any, alarm: Mapping[str, Any]) -> Reading | None:
    """How to judge an alarm; None where it watches something that cannot be read here. `client` is CloudWatch's.

    A percentile, which moto does not have, lies between minimum and maximum: where both breach, or neither does, it is
    known. A query of Metrics Insights is read from each series that it selects.
    """
    if "MetricName" in alarm:
        metric = {name: alarm[name] for name in ("Namespace", "MetricName")} | {
            "Dimensions": alarm.get("Dimensions", [])
        }
        if "Statistic" in alarm:
            return Reading(alarm, (_stat(metric, alarm["Period"], alarm["Statistic"]),), any)
        both = tuple(_stat(metric, alarm["Period"], statistic) for statistic in ("Minimum", "Maximum"))
        return Reading(alarm, both, _agreed)
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
    return Reading(alarm, tuple(series), any if largest == alarm["ComparisonOperator"].startswith("Greater") else all)


def _stat(metric: Mapping[str, Any], period_s: int, statistic: str) -> dict[str, Any]:
    return {"Metric": metric, "Period": period_s, "Stat": statistic}


def _agreed(breaching: Sequence[bool]) -> bool | None:
    return breaching[0] if len(set(breaching)) == 1 else None
