"""What PutMetricData brings, and the statistics of it."""

import gzip
import json
import time

import pytest

from harness.emulator.call import Call
from harness.emulator.datapoints import Datapoints, Metric, Sample, statistic

SIGNED = {"authorization": "AWS4-HMAC-SHA256 Credential=a/20260101/eu-central-1/monitoring/aws4_request, Signature=0"}
FORM = {**SIGNED, "content-type": "application/x-www-form-urlencoded; charset=utf-8"}
METRIC = Metric("eu-central-1", "Test", "m", frozenset({("Queue", "q")}))
DATUM = {"MetricName": "m", "Dimensions": [{"Name": "Queue", "Value": "q"}], "Value": 3.5}


def one(value: float, count: float = 1.0, moment: float = 0.0) -> Sample:
    """A value, as often as `count` says."""
    return Sample(moment, count, value * count, value, value)


def held(datapoints: Datapoints) -> list[tuple[float, float]]:
    """Count and total of each sample of the metric."""
    return [(sample.count, sample.total) for sample in datapoints.of(METRIC, 0, time.time() + 60)]


def test_json_and_compressed_json_are_read() -> None:
    datapoints = Datapoints()
    body = json.dumps({"Namespace": "Test", "MetricData": [DATUM]}).encode()
    datapoints.take(Call("POST", "/", SIGNED, body))
    datapoints.take(Call("POST", "/", {**SIGNED, "content-encoding": "gzip"}, gzip.compress(body)))
    assert held(datapoints) == [(1.0, 3.5), (1.0, 3.5)]
    assert datapoints.metrics() == [METRIC]


def test_the_query_protocol_is_read() -> None:
    datapoints = Datapoints()
    first = "MetricData.member.1"
    body = (
        f"Action=PutMetricData&Namespace=Test&{first}.MetricName=m&{first}.Dimensions.member.1.Name=Queue"
        f"&{first}.Dimensions.member.1.Value=q&{first}.Value=3.5&{first}.Timestamp=2026-01-01T00%3A00%3A00Z"
    )
    recent = body.replace("2026-01-01T00%3A00%3A00Z", time.strftime("%Y-%m-%dT%H%%3A%M%%3A%SZ", time.gmtime()))
    datapoints.take(Call("POST", "/", FORM, recent.encode()))
    assert held(datapoints) == [(1.0, 3.5)]


def test_what_is_older_than_two_days_goes() -> None:
    datapoints = Datapoints()
    for age_s in (3 * 86400, 60):
        datum = {**DATUM, "Timestamp": time.time() - age_s}
        datapoints.take(Call("POST", "/", SIGNED, json.dumps({"Namespace": "Test", "MetricData": [datum]}).encode()))
    assert len(held(datapoints)) == 1


def test_regions_have_metrics_of_their_own() -> None:
    datapoints = Datapoints()
    body = json.dumps({"Namespace": "Test", "MetricData": [DATUM]}).encode()
    elsewhere = {name: value.replace("eu-central-1", "us-east-1") for name, value in SIGNED.items()}
    datapoints.take(Call("POST", "/", elsewhere, body))
    assert held(datapoints) == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("SampleCount", 10.0),
        ("Sum", 46.0),
        ("Average", 4.6),
        ("Minimum", 1.0),
        ("Maximum", 10.0),
        ("p0", 1.0),
        ("p50", 4.0),
        ("p90", 9.0),
        ("p99.9", 10.0),
        ("p100", 10.0),
        ("tm99", None),
    ],
)
def test_statistics(name: str, expected: float | None) -> None:
    samples = [one(10.0), one(1.0), one(9.0), one(4.0, 5), one(3.0, 2)]
    assert statistic(samples, name) == expected


def test_of_nothing_there_is_no_statistic() -> None:
    assert statistic([], "Sum") is None


def test_of_values_that_came_summed_up_a_percentile_cannot_be_told() -> None:
    assert statistic([Sample(0.0, 10.0, 50.0, 1.0, 9.0)], "p99") is None
    assert statistic([Sample(0.0, 10.0, 50.0, 5.0, 5.0)], "p99") == 5.0
