"""The states of alarms, through the front and straight at moto."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

Clients = Callable[[str], Any]

PERIOD_S = 60
ALARM = {
    "AlarmName": "judged",
    "Namespace": "Test",
    "MetricName": "latency",
    "Period": PERIOD_S,
    "EvaluationPeriods": 1,
    "Threshold": 10.0,
    "ComparisonOperator": "GreaterThanThreshold",
}


@pytest.fixture
def watch(front: Clients) -> Iterator[Any]:
    """CloudWatch, whose alarms go after the test."""
    client = front("cloudwatch")
    yield client
    client.delete_alarms(AlarmNames=[alarm["AlarmName"] for alarm in client.describe_alarms()["MetricAlarms"]])


def state(client: Any, name: str = "judged") -> str:
    """The state of an alarm."""
    return str(client.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"])


def put(client: Any, metric: str, *values: float, ago: int = 1, **more: Any) -> None:
    """Puts values into the middle of the period that was `ago` periods before this one."""
    now = time.time() // PERIOD_S * PERIOD_S
    moment = datetime.fromtimestamp(now, UTC) - timedelta(seconds=PERIOD_S * (ago - 0.5))
    data = [{"MetricName": metric, "Value": value, "Timestamp": moment, **more} for value in values]
    client.put_metric_data(Namespace="Test", MetricData=data)


def dimensions(**values: str) -> list[dict[str, str]]:
    """Dimensions as CloudWatch writes them."""
    return [{"Name": name, "Value": value} for name, value in values.items()]


def test_an_alarm_follows_its_metric(watch: Any) -> None:
    watch.put_metric_alarm(**{**ALARM, "MetricName": "followed"}, Statistic="Maximum")
    assert state(watch) == "INSUFFICIENT_DATA"
    put(watch, "followed", 3.0)
    assert state(watch) == "OK"
    put(watch, "followed", 11.0)
    assert state(watch) == "ALARM"
    # What is changed keeps its state until it is judged again.
    watch.put_metric_alarm(**{**ALARM, "MetricName": "followed", "Threshold": 20.0}, Statistic="Maximum")
    assert state(watch) == "ALARM"
    put(watch, "elsewhere", 1.0)
    assert state(watch) == "OK"


@pytest.mark.parametrize(
    ("statistic", "threshold", "expected"),
    [
        ({"Statistic": "Sum"}, 5049.0, "ALARM"),
        ({"Statistic": "Sum"}, 5050.0, "OK"),
        ({"Statistic": "Average"}, 50.4, "ALARM"),
        ({"Statistic": "SampleCount"}, 99.0, "ALARM"),
        ({"ExtendedStatistic": "p99"}, 98.0, "ALARM"),
        ({"ExtendedStatistic": "p99"}, 99.0, "OK"),
        ({"ExtendedStatistic": "p50"}, 50.0, "OK"),
    ],
)
def test_every_statistic_is_judged(
    watch: Any, statistic: dict[str, str], threshold: float, expected: str, request: pytest.FixtureRequest
) -> None:
    metric = request.node.name
    watch.put_metric_alarm(**{**ALARM, "MetricName": metric, "Threshold": threshold}, **statistic)
    put(watch, metric, *(float(value) for value in range(1, 101)))
    assert state(watch) == expected


def test_only_the_metric_itself_counts(watch: Any) -> None:
    named = dimensions(Queue="orders", Broker="b")
    watch.put_metric_alarm(**{**ALARM, "MetricName": "ready"}, Statistic="Maximum", Dimensions=named)
    put(watch, "ready", 99.0)
    put(watch, "ready", 99.0, Dimensions=dimensions(Queue="users", Broker="b"))
    put(watch, "ready", 99.0, Dimensions=dimensions(Queue="orders"))
    assert state(watch) == "INSUFFICIENT_DATA"
    put(watch, "ready", 99.0, Dimensions=[*reversed(named)])
    assert state(watch) == "ALARM"


def test_m_of_n_periods_decide(watch: Any) -> None:
    alarm = {**ALARM, "MetricName": "often", "EvaluationPeriods": 3, "DatapointsToAlarm": 2}
    watch.put_metric_alarm(**alarm, Statistic="Maximum", TreatMissingData="notBreaching")
    put(watch, "often", 99.0, ago=3)
    assert state(watch) == "OK"
    put(watch, "often", 99.0, ago=2)
    assert state(watch) == "ALARM"


def test_an_alarm_over_a_dimension_watches_the_worst(watch: Any) -> None:
    query = 'SELECT MAX("depth") FROM SCHEMA("Test", "Broker", "Queue") WHERE "Broker" = \'b\''
    watch.put_metric_alarm(
        AlarmName="judged",
        EvaluationPeriods=1,
        Threshold=10.0,
        ComparisonOperator="GreaterThanThreshold",
        Metrics=[{"Id": "worst", "Expression": query, "Period": PERIOD_S, "ReturnData": True}],
    )
    put(watch, "depth", 99.0, Dimensions=dimensions(Broker="another", Queue="orders"))
    put(watch, "depth", 99.0, Dimensions=dimensions(Broker="b"))
    put(watch, "depth", 1.0, Dimensions=dimensions(Broker="b", Queue="orders"))
    assert state(watch) == "OK"
    put(watch, "depth", 99.0, Dimensions=dimensions(Broker="b", Queue="users"))
    assert state(watch) == "ALARM"


def test_values_may_come_many_at_once(watch: Any) -> None:
    alarm = {**ALARM, "MetricName": "many", "Threshold": 4000.0}
    watch.put_metric_alarm(**alarm, Statistic="SampleCount")
    now = datetime.now(UTC) - timedelta(seconds=PERIOD_S)
    counted = {"MetricName": "many", "Timestamp": now, "Values": [1.0, 2.0], "Counts": [3.0, 4.0]}
    summed = {"SampleCount": 4000.0, "Sum": 9.0, "Minimum": 0.0, "Maximum": 1.0}
    other = [{"MetricName": "filling", "Value": 1.0, "Unit": "Count"}] * 300  # enough for boto3 to compress
    data = [counted, {"MetricName": "many", "Timestamp": now, "StatisticValues": summed}, *other]
    watch.put_metric_data(Namespace="Test", MetricData=data)
    assert state(watch) == "ALARM"


def test_topics_hear_of_a_change(front: Clients, watch: Any) -> None:
    sns, sqs = front("sns"), front("sqs")
    topic, gone = sns.create_topic(Name="alarmed")["TopicArn"], "arn:aws:sns:eu-central-1:000000000000:gone"
    url = sqs.create_queue(QueueName="alarmed")["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes={"RawMessageDelivery": "true"})
    watch.put_metric_alarm(**{**ALARM, "MetricName": "told"}, Statistic="Maximum", AlarmActions=[gone, topic])
    for value in (1.0, 99.0, 99.0):
        put(watch, "told", value)
    told = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=5)["Messages"]
    assert len(told) == 1
    body = json.loads(told[0]["Body"])
    assert (body["AlarmName"], body["OldStateValue"], body["NewStateValue"]) == ("judged", "OK", "ALARM")
    sqs.delete_queue(QueueUrl=url)
    sns.delete_topic(TopicArn=topic)


def test_an_alarm_that_there_is_not_is_refused(watch: Any, refused: Callable[..., str]) -> None:
    code = refused(watch.set_alarm_state, AlarmName="nobody", StateValue="OK", StateReason="-")
    assert code in ("ResourceNotFound", "ResourceNotFoundException")


def test_upstream_still_lacks_it(moto: Clients) -> None:
    client = moto("cloudwatch")
    client.put_metric_alarm(**{**ALARM, "MetricName": "upstream"}, Statistic="Maximum")
    put(client, "upstream", 99.0)
    found = state(client)
    client.delete_alarms(AlarmNames=["judged"])
    assert found != "ALARM", "moto has caught up: remove gaps/alarm_states.py"
