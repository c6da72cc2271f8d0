import pytest

from harness.capacity.controllers import ControllerError, Metric


def test_a_datapoint_shows_some_time_after_its_period():
    metric = Metric(publish_delay_s=90)
    metric.record(10, 5.0)
    assert metric.points(149, 1) == [None]
    assert metric.points(150, 1) == [5.0]
    assert metric.points(210, 2) == [5.0, None]


@pytest.mark.parametrize(
    ("statistic", "expected"),
    [("Average", 2.5), ("Sum", 10), ("SampleCount", 4), ("Minimum", 1), ("Maximum", 7), ("p50", 1), ("p99", 7)],
)
def test_statistics(statistic, expected):
    metric = Metric(0)
    metric.record(0, 1, 3)
    metric.record(59, 7)
    metric.record(60, 100)
    assert metric.points(60, 1, statistic=statistic) == [expected]


def test_longer_periods():
    metric = Metric(0)
    metric.record(10, 1)
    metric.record(290, 3)
    metric.record(310, 9)
    assert metric.points(600, 2, period_s=300) == [2, 9]


def test_old_samples_are_forgotten():
    metric = Metric(0, keep_s=120)
    for minute in range(5):
        metric.record(60 * minute, minute)
    assert metric.points(300, 5) == [None, None, None, 3, 4]


def test_what_is_no_statistic_and_no_period():
    metric = Metric(0)
    metric.record(0, 1)
    with pytest.raises(ControllerError, match="'Median' is no statistic"):
        metric.points(60, 1, statistic="Median")
    with pytest.raises(ControllerError, match="multiple of 60"):
        metric.points(60, 1, period_s=10)
