"""How an alarm is read, against a CloudWatch of moto's."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from harness.emulator.alarm_metrics import reading

PLAIN = {
    "Namespace": "AWS/RDS",
    "MetricName": "CPUUtilization",
    "Dimensions": [{"Name": "DBClusterIdentifier", "Value": "orders"}],
    "Period": 60,
    "Statistic": "Maximum",
    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    "Threshold": 80.0,
}
PERCENTILE = {**{key: value for key, value in PLAIN.items() if key != "Statistic"}, "ExtendedStatistic": "p99"}


def insights(function: str, comparison: str) -> dict[str, Any]:
    expression = f'SELECT {function}("CPU") FROM SCHEMA("AWS/AmazonMQ", "Broker", "Node") WHERE "Broker" = \'orders\''
    return {
        "Metrics": [{"Id": "worst", "Expression": expression, "Period": 60}],
        "ComparisonOperator": comparison,
        "Threshold": 80.0,
    }


@pytest.fixture(scope="module")
def cloudwatch() -> Iterator[Any]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    session = boto3.Session("test", "test", region_name="eu-central-1")
    client: Any = session.client("cloudwatch", endpoint_url=f"http://{host}:{port}")
    for broker, node in (("orders", "1"), ("orders", "2"), ("another", "1")):
        dimensions = [{"Name": "Broker", "Value": broker}, {"Name": "Node", "Value": node}]
        client.put_metric_data(
            Namespace="AWS/AmazonMQ", MetricData=[{"MetricName": "CPU", "Dimensions": dimensions, "Value": 1.0}]
        )
    yield client
    server.stop()


def test_a_statistic(cloudwatch: Any) -> None:
    found = reading(cloudwatch, PLAIN)
    assert found is not None
    (statistic,) = found.statistics
    assert (statistic["Stat"], statistic["Period"], found.period_s) == ("Maximum", 60, 60)
    assert found.breaches([80.0]) is True
    assert found.breaches([79.9]) is False
    assert found.breaches([None]) is None


def test_a_percentile(cloudwatch: Any) -> None:
    """Of few values it is the largest; of many it is known where all are on one side."""
    found = reading(cloudwatch, PERCENTILE)
    assert found is not None
    assert [each["Stat"] for each in found.statistics] == ["Minimum", "Maximum", "SampleCount"]
    assert found.breaches([1.0, 99.0, 99.0]) is True
    assert found.breaches([1.0, 79.0, 99.0]) is False
    assert found.breaches([81.0, 99.0, 1000.0]) is True
    assert found.breaches([1.0, 79.0, 1000.0]) is False
    assert found.breaches([1.0, 99.0, 1000.0]) is None
    assert found.breaches([None, None, None]) is None
    lowest = reading(cloudwatch, {**PERCENTILE, "ExtendedStatistic": "p1"})
    assert lowest is not None
    assert lowest.breaches([1.0, 99.0, 100.0]) is False


def test_a_query_reads_every_series_that_it_selects(cloudwatch: Any) -> None:
    found = reading(cloudwatch, insights("MAX", "GreaterThanOrEqualToThreshold"))
    assert found is not None
    nodes = [
        {each["Name"]: each["Value"] for each in statistic["Metric"]["Dimensions"]} for statistic in found.statistics
    ]
    assert sorted(nodes, key=str) == [{"Broker": "orders", "Node": "1"}, {"Broker": "orders", "Node": "2"}]
    assert {each["Stat"] for each in found.statistics} == {"Maximum"}


@pytest.mark.parametrize(
    ("function", "comparison", "expected"),
    [
        ("MAX", "GreaterThanOrEqualToThreshold", True),
        ("MAX", "LessThanOrEqualToThreshold", False),
        ("MIN", "GreaterThanOrEqualToThreshold", False),
        ("MIN", "LessThanOrEqualToThreshold", True),
    ],
)
def test_the_largest_and_the_smallest_of_several(
    cloudwatch: Any, function: str, comparison: str, expected: bool
) -> None:
    found = reading(cloudwatch, insights(function, comparison))
    assert found is not None
    assert found.breaches([1.0, 99.0]) is expected
    assert found.breaches([None, 99.0]) is comparison.startswith("Greater")
    assert found.breaches([]) is None


def test_what_cannot_be_read(cloudwatch: Any) -> None:
    two = {**insights("MAX", "GreaterThanThreshold"), "Metrics": [{"Id": "a", "Expression": "b + c"}, {"Id": "b"}]}
    assert reading(cloudwatch, two) is None
    assert reading(cloudwatch, {"Metrics": []}) is None
