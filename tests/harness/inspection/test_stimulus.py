from datetime import UTC, datetime

import pytest

from harness.inspection.parts.alarms import Metric
from harness.inspection.stimulus import Watch, slots


def watch(comparison: str, threshold: float, *, periods: int = 3, datapoints: int = 2) -> Watch:
    metric = Metric("AWS/DocDB", "CPUUtilization", "Average", 60, {"DBClusterIdentifier": "orders"})
    return Watch(comparison, metric, comparison, threshold, periods, datapoints)


@pytest.mark.parametrize(
    "comparison",
    ["GreaterThanThreshold", "GreaterThanOrEqualToThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold"],
)
@pytest.mark.parametrize("threshold", [0.0, 1.0, 70.0, 5368709120.0])
def test_values_on_both_sides(comparison: str, threshold: float) -> None:
    alone = watch(comparison, threshold)
    assert alone.breached_by(alone.breaching())
    assert not alone.breached_by(alone.healthy([alone]))


def test_a_healthy_value_lies_between_two_alarms_of_one_series() -> None:
    high, low = watch("GreaterThanOrEqualToThreshold", 70), watch("LessThanOrEqualToThreshold", 25)
    for each in (high, low):
        value = each.healthy([high, low])
        assert not high.breached_by(value)
        assert not low.breached_by(value)


def test_the_periods_of_a_window() -> None:
    found = slots(watch("LessThanThreshold", 1), datetime(2026, 3, 1, 12, 0, 59, tzinfo=UTC))
    assert [moment.strftime("%H:%M:%S") for moment in found] == ["11:57:00", "11:58:00", "11:59:00", "12:00:00"]
