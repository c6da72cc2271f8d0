"""Driving the emulator: what must happen does, what does not is named, and all is left as it was."""

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import Mock

import boto3
import pytest

from harness.inspection.clients import Clients
from harness.inspection.cluster import ACTED_AT
from harness.inspection.drive import IN, OUT, Drive, Driver
from harness.inspection.errors import NotDriven, Unreadable
from harness.inspection.scaler import Scaler, alarmed, scheduled
from harness.inspection.subject import Subject
from harness.process import hold_port
from harness.stack import Stack
from tests.harness.inspection.estate import Estate

ROOT = Path(__file__).resolve().parents[3]

Run = Callable[..., Drive]


@pytest.fixture
def run(estate: Estate, endpoint: str, tmp_path: Path) -> Run:
    """Drives the alarms of these names."""

    def drive(*chosen: str) -> Drive:
        return Driver(
            estate.subject,
            estate.clients,
            endpoint_url=endpoint,
            root=ROOT,
            folder=tmp_path,
            progress=print,
            chosen=chosen,
        ).run()

    return drive


def instances(estate: Estate) -> list[str]:
    listed = estate.clients["docdb"].describe_db_instances()["DBInstances"]
    mine = [each for each in listed if each["DBClusterIdentifier"] == estate.subject.documents]
    return sorted(each["DBInstanceIdentifier"] for each in mine)


def noted(estate: Estate) -> bool:
    """Whether the cluster has the scaler's note."""
    client = estate.clients["docdb"]
    (cluster,) = client.describe_db_clusters(DBClusterIdentifier=estate.subject.documents)["DBClusters"]
    tags = client.list_tags_for_resource(ResourceName=cluster["DBClusterArn"])["TagList"]
    return ACTED_AT in {tag["Key"] for tag in tags}


def test_the_scaler_follows_its_alarms_twice_in_a_row(run: Run, estate: Estate) -> None:
    before = instances(estate)
    for _ in range(2):
        drive = run(OUT, IN)
        assert [step.what for step in drive.steps if not step.holds] == []
        assert drive.holds
        assert len(drive.steps) == 16
        assert instances(estate) == before
        assert not noted(estate)


def test_alarms_go_off_and_are_over(run: Run) -> None:
    """Of a sum, of a percentile, and of the worst of several nodes."""
    drive = run("api_5xx", "api_latency", "broker_cpu")
    assert {(step.group, step.what, step.holds) for step in drive.steps} == {
        ("api", "api_5xx is ALARM", True),
        ("api", "api_5xx is OK", True),
        ("api", "api_latency is ALARM", True),
        ("api", "api_latency is OK", True),
        ("broker", "broker_cpu is ALARM", True),
        ("broker", "broker_cpu is OK", True),
        ("scaling", "the cluster is as it was", True),
    }


def test_many_alarms_that_are_waited_for_are_a_line_that_can_be_read(stack: Stack) -> None:
    subject = Subject(stack, {})
    driver = Driver(subject, Mock(), endpoint_url="", root=ROOT, folder=ROOT, progress=print)
    every = [subject.named(name) for name in stack.alarms]
    assert len(driver._told(every)) < 120
    assert driver._told(every).startswith(f"{len(every)} alarms: 2 of api, 5 of broker, ")
    assert driver._told([*every[:2], "orders-local-theirs"]) == "api_5xx, api_latency, theirs"


def test_an_alarm_that_invokes_nothing_is_named(run: Run, estate: Estate) -> None:
    described = estate.stack.alarms[OUT]
    estate.alarm(OUT, dataclasses.replace(described, actions=("notify",)))
    try:
        drive = run(OUT)
    finally:
        estate.alarm(OUT, described)
    (failed,) = [step for step in drive.steps if not step.holds]
    assert failed.what == "orders-local-documents-cpu-high invokes database_scaler"
    assert not drive.holds


def test_what_an_earlier_drive_has_left_is_removed_first(run: Run, estate: Estate) -> None:
    before = instances(estate)
    estate.clients["docdb"].create_db_instance(
        DBInstanceIdentifier=f"{estate.subject.scaled_documents}9",
        DBClusterIdentifier=estate.subject.documents,
        DBInstanceClass="db.t3.medium",
        Engine="docdb",
    )
    assert run(OUT).holds
    assert instances(estate) == before


def test_an_alarm_that_is_not_there(run: Run) -> None:
    with pytest.raises(NotDriven, match="there is no alarm orders-local-nothing"):
        run("nothing")


def test_an_emulator_that_is_gone(estate: Estate, tmp_path: Path) -> None:
    session = boto3.Session("test", "test", region_name=estate.stack.region)
    with hold_port() as held:
        url = f"http://127.0.0.1:{held.port}"
        driver = Driver(
            estate.subject, Clients(session, url), endpoint_url=url, root=ROOT, folder=tmp_path, progress=print
        )
        with pytest.raises(Unreadable, match=rf"driving: {url}/? does not answer"):
            driver.run()


def test_a_function_that_fails_says_why(estate: Estate, tmp_path: Path) -> None:
    with hold_port() as held, Scaler(estate.stack, f"http://127.0.0.1:{held.port}", ROOT, tmp_path) as scaler:
        with pytest.raises(NotDriven, match="database_scaler: EndpointConnectionError: Could not connect"):
            scaler.invoke(scheduled("eu-central-1", "000000000000"))


def test_the_event_of_an_alarm() -> None:
    event = alarmed(
        {
            "AlarmArn": "arn:aws:cloudwatch:eu-central-1:000000000000:alarm:orders-local-documents-cpu-high",
            "AlarmName": "orders-local-documents-cpu-high",
            "StateValue": "ALARM",
            "StateReason": "because",
            "StateUpdatedTimestamp": datetime(2026, 3, 1, 12, 0, 1, tzinfo=UTC),
            "Namespace": "AWS/DocDB",
            "MetricName": "CPUUtilization",
            "Statistic": "Average",
            "Period": 60,
            "Dimensions": [{"Name": "DBClusterIdentifier", "Value": "orders-local-documents"}],
        },
        "OK",
    )
    assert (event["source"], event["accountId"], event["region"]) == ("aws.cloudwatch", "000000000000", "eu-central-1")
    assert event["time"] == "2026-03-01T12:00:01.000+0000"
    assert event["alarmData"]["state"] == {"value": "ALARM", "reason": "because", "timestamp": event["time"]}
    assert event["alarmData"]["previousState"]["value"] == "OK"
    assert event["alarmData"]["configuration"]["metrics"][0]["metricStat"]["metric"]["dimensions"] == {
        "DBClusterIdentifier": "orders-local-documents"
    }
