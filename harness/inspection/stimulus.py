"""Metrics that make an alarm go off, and that make it well again."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from harness.inspection.clients import Clients
from harness.inspection.parts.alarms import Metric, metric_of

# How much a value weighs against what its period has already, where the statistic can be outweighed.
_WEIGHT = 1000.0
_OUTWEIGHED = "Average"
# What stands for the values of a dimension that a query leaves open, such as a broker's nodes.
_ANY = "driven"


@dataclass(frozen=True)
class Watch:
    """An alarm as CloudWatch tells it: `datapoints` of the last `periods` over or under `threshold`."""

    name: str
    metric: Metric
    comparison: str
    threshold: float
    periods: int
    datapoints: int

    @classmethod
    def of(cls, alarm: Mapping[str, Any]) -> "Watch":
        """From an answer of `describe_alarms`."""
        return cls(
            name=alarm["AlarmName"],
            metric=metric_of(alarm),
            comparison=alarm["ComparisonOperator"],
            threshold=alarm["Threshold"],
            periods=alarm["EvaluationPeriods"],
            datapoints=alarm.get("DatapointsToAlarm", alarm["EvaluationPeriods"]),
        )

    @property
    def series(self) -> tuple[Any, ...]:
        """Which time series it watches: two alarms of one series cannot be driven independently."""
        metric = self.metric
        return (metric.namespace, metric.name, tuple(sorted(metric.dimensions.items())), metric.across)

    @property
    def period_s(self) -> int:
        """The length of one period in seconds."""
        return self.metric.period_s or 60

    def breached_by(self, value: float) -> bool:
        """Whether a datapoint of this value counts towards the alarm."""
        return {
            "GreaterThanThreshold": value > self.threshold,
            "GreaterThanOrEqualToThreshold": value >= self.threshold,
            "LessThanThreshold": value < self.threshold,
            "LessThanOrEqualToThreshold": value <= self.threshold,
        }[self.comparison]

    def breaching(self) -> float:
        """A value well beyond the threshold."""
        margin = max(abs(self.threshold) / 4, 1.0)
        return self.threshold + margin if self.comparison.startswith("Greater") else self.threshold - margin

    def healthy(self, others: Iterable["Watch"]) -> float:
        """A value that neither this alarm nor another of its series minds: a threshold, or one between or beyond."""
        watches = [self, *(other for other in others if other.series == self.series)]
        marks = sorted({watch.threshold for watch in watches})
        between = [(low + high) / 2 for low, high in itertools.pairwise(marks)]
        beyond = [marks[0] - max(abs(marks[0]), 1.0), marks[-1] + max(abs(marks[-1]), 1.0)]
        return next(
            value for value in (*marks, *between, *beyond) if not any(watch.breached_by(value) for watch in watches)
        )


def slots(watch: Watch, now: datetime) -> list[datetime]:
    """As many full periods as the alarm looks at, oldest first, and the present one, which does not count yet."""
    length = timedelta(seconds=watch.period_s)
    present = datetime.fromtimestamp(now.timestamp() // watch.period_s * watch.period_s, UTC)
    return [present - number * length for number in range(watch.periods, -1, -1)]


def breach(clients: Clients, watch: Watch, others: Sequence[Watch], now: datetime) -> None:
    """Puts a window in which the alarm goes off.

    No more datapoints breach than must, and the oldest of them, so that it is soon over: the next period takes one of
    them out of the window. Where other values outweigh them, all do, and it lasts as long as it is wanted.
    """
    window = slots(watch, now)
    if not _outweighs(watch):
        window = window[:-1]
    bad = window if _outweighs(watch) else window[: watch.datapoints]
    values = {moment: watch.breaching() if moment in bad else watch.healthy(others) for moment in window}
    _put(clients, watch, values)


def heal(clients: Clients, watch: Watch, others: Sequence[Watch], now: datetime) -> None:
    """Puts healthy values: over the whole window where they outweigh what is there, else into the present period."""
    window = slots(watch, now) if _outweighs(watch) else slots(watch, now)[-1:]
    _put(clients, watch, dict.fromkeys(window, watch.healthy(others)))


def _outweighs(watch: Watch) -> bool:
    return watch.metric.statistic == _OUTWEIGHED


def _put(clients: Clients, watch: Watch, values: Mapping[datetime, float]) -> None:
    metric = watch.metric
    dimensions = [
        {"Name": name, "Value": value}
        for name, value in {**metric.dimensions, **dict.fromkeys(metric.across, _ANY)}.items()
    ]
    weights = _weights(clients, watch, dimensions, values) if _outweighs(watch) else {}
    data = [
        {
            "MetricName": metric.name,
            "Dimensions": dimensions,
            "Timestamp": moment,
            **_value(value, weights.get(moment, 1.0)),
        }
        for moment, value in values.items()
    ]
    clients["cloudwatch"].put_metric_data(Namespace=metric.namespace, MetricData=data)


def _value(value: float, count: float) -> dict[str, Any]:
    """One value, or many of it at once."""
    if count == 1:
        return {"Value": value}
    return {"StatisticValues": {"SampleCount": count, "Sum": count * value, "Minimum": value, "Maximum": value}}


def _weights(
    clients: Clients, watch: Watch, dimensions: Sequence[Mapping[str, str]], values: Mapping[datetime, float]
) -> dict[datetime, float]:
    """How often each value must be there to outweigh what its period has."""
    there = clients["cloudwatch"].get_metric_statistics(
        Namespace=watch.metric.namespace,
        MetricName=watch.metric.name,
        Dimensions=dimensions,
        StartTime=min(values),
        EndTime=max(values) + timedelta(seconds=watch.period_s),
        Period=watch.period_s,
        Statistics=["SampleCount"],
    )["Datapoints"]
    return {point["Timestamp"].astimezone(UTC): _WEIGHT * point["SampleCount"] for point in there}
