"""Against ministack's DocumentDB and CloudWatch, over HTTP, through a proxy that can refuse, hold and rewrite."""

import contextlib
import itertools
import json
import os
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from harness.emulator.gaps.documentdb_errors import with_codes
from harness.process import LOOPBACK, Guard, Ports
from shared.errors import ConfigError

Make = Callable[..., Any]

REGION = "eu-central-1"
SCHEDULE = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}
_numbers = itertools.count()


@pytest.fixture(scope="module")
def emulator(guard: Guard, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a ministack with DocumentDB (which is RDS's API) and CloudWatch."""
    folder = tmp_path_factory.mktemp("docdb")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MINISTACK", "AWS_", "DOCKER"))}
    with Ports() as ports:
        url = f"http://{LOOPBACK}:{(port := ports.hold())}"
        child = guard.start(
            "docdb",
            [sys.executable, "-m", "ministack"],
            log=folder / "ministack.log",
            env={
                **kept,
                "HOME": str(folder),
                "TMPDIR": str(folder),
                "BIND_HOST": LOOPBACK,
                "GATEWAY_PORT": str(port),
                "MINISTACK_HOST": LOOPBACK,
                "SERVICES": "rds,documentdb,cloudwatch",
                "LOG_LEVEL": "WARNING",
                "IOT_MTLS_ENABLED": "0",
                "SFTP_ENABLED": "0",
                "DOCKER_HOST": f"unix://{folder / 'no-docker'}",
            },
            cwd=folder,
            ready=lambda: client("docdb", url).describe_db_clusters(),
            ready_timeout_s=60,
        )
        yield url
        child.stop(grace_s=0)


def client(service: str, url: str) -> Any:
    return boto3.client(
        service, endpoint_url=url, region_name=REGION, aws_access_key_id="test", aws_secret_access_key="test"
    )


class Proxy:
    """Passes requests on. `refusals`: what to answer instead, by action, first come first served; `status`: of which
    instance to tell another status; `meeting`: as many requests of its action as it has parties go on together.
    """

    def __init__(self, target: str) -> None:
        self.actions: list[str] = []
        self.refusals: dict[str, list[tuple[int, str] | None]] = {}
        self.statuses: dict[str, str] = {}
        self.meetings: dict[str, threading.Barrier] = {}
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                action = parse_qs(body.decode())["Action"][0]
                proxy.actions.append(action)
                if action in proxy.meetings:
                    proxy.meetings[action].wait(10)
                refusals = proxy.refusals.get(action)
                if refusals:
                    refusal = refusals.pop(0)
                    if refusal is None:
                        self.close_connection = True
                        return
                    status, code = refusal
                    answer = f"<ErrorResponse><Error><Code>{code}</Code><Message>no</Message></Error></ErrorResponse>"
                    self._answer(status, answer.encode())
                    return
                headers = {k: v for k, v in self.headers.items() if k.lower() not in ("host", "accept-encoding")}
                request = urllib.request.Request(f"{target}{self.path}", data=body, headers=headers)
                try:
                    with urllib.request.urlopen(request, timeout=10) as answered:
                        self._answer(answered.status, proxy.rewritten(answered.read()))
                except urllib.error.HTTPError as error:
                    self._answer(error.code, with_codes(error.read().decode()).encode())

            def _answer(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("content-type", "text/xml")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
        self.url = f"http://{LOOPBACK}:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def rewritten(self, body: bytes) -> bytes:
        """An answer with the statuses that are to be told."""
        text = body.decode()
        for name, status in self.statuses.items():
            there = f"<DBInstanceIdentifier>{name}</DBInstanceIdentifier>"
            before, found, after = text.partition(there)
            text = before + found + after.replace("<DBInstanceStatus>available<", f"<DBInstanceStatus>{status}<", 1)
        return text.encode()

    def close(self) -> None:
        """Stops listening."""
        self._server.shutdown()
        self._server.server_close()


class World:
    """A cluster of its own with two fixed instances, its two alarms, and the function that scales it."""

    def __init__(self, url: str, proxy: Proxy, load: Make, context: Make) -> None:
        self.name = f"orders-{next(_numbers)}"
        self.docdb = client("docdb", url)
        self.proxy = proxy
        self._cloudwatch = client("cloudwatch", url)
        self.load = load
        self.context = context
        self._environments: dict[tuple[tuple[str, str], ...], Any] = {}
        self.variables = {
            "CLUSTER_ID": self.name,
            "INSTANCE_CLASS": "db.r6g.large",
            "MINIMUM": "2",
            "MAXIMUM": "4",
            "COOLDOWN_OUT_S": "0.001",
            "COOLDOWN_IN_S": "0.001",
            "ALARM_OUT": f"{self.name}-cpu-high",
            "ALARM_IN": f"{self.name}-cpu-low",
            "LOG_LEVEL": "INFO",
            "AWS_ENDPOINT_URL_DOCDB": proxy.url,
            "AWS_ENDPOINT_URL_CLOUDWATCH": url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }
        self.arn = self.docdb.create_db_cluster(
            DBClusterIdentifier=self.name, Engine="docdb", MasterUsername="root", MasterUserPassword="long-enough"
        )["DBCluster"]["DBClusterArn"]
        self.make(f"{self.name}-1")
        self.make(f"{self.name}-2")
        self.alarms()

    def make(self, identifier: str, **more: Any) -> None:
        """An instance that the function did not make."""
        self.docdb.create_db_instance(
            DBInstanceIdentifier=identifier,
            DBInstanceClass="db.r6g.large",
            Engine="docdb",
            DBClusterIdentifier=self.name,
            **more,
        )

    def alarms(self, out: str = "OK", in_: str = "OK") -> None:
        """Puts the alarms into these states."""
        for name, state in ((self.variables["ALARM_OUT"], out), (self.variables["ALARM_IN"], in_)):
            self._cloudwatch.put_metric_alarm(
                AlarmName=name, Namespace="AWS/DocDB", MetricName="CPUUtilization", Statistic="Average", Period=60,
                EvaluationPeriods=5, Threshold=70, ComparisonOperator="GreaterThanThreshold",
            )  # fmt: skip
            self._cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="a test says so")

    def environment(self, **variables: str) -> Any:
        """A fresh environment of the function."""
        return self.load("database_scaler", **{**self.variables, **variables}).handler

    def run(self, event: dict[str, Any] = SCHEDULE, **variables: str) -> tuple[str, str | None]:
        """One invocation, in an environment that earlier ones under the same variables have used. Action, instance."""
        key = tuple(sorted(variables.items()))
        if key not in self._environments:
            self._environments[key] = self.environment(**variables)
        done = self._environments[key](event, self.context())
        return done["action"], done["instance"]

    def instances(self) -> list[str]:
        """The cluster's instances, without the cluster's name."""
        listed = [
            each["DBInstanceIdentifier"].removeprefix(f"{self.name}-")
            for each in self.docdb.describe_db_instances()["DBInstances"]
            if each["DBClusterIdentifier"] == self.name  # ministack knows no filter
        ]
        return sorted(listed)

    def tags(self, arn: str | None = None) -> dict[str, str]:
        """The tags of the cluster, or of something else."""
        return {
            tag["Key"]: tag["Value"]
            for tag in self.docdb.list_tags_for_resource(ResourceName=arn or self.arn)["TagList"]
        }


@pytest.fixture
def world(emulator: str, load: Make, context: Make) -> Iterator[World]:
    with contextlib.closing(Proxy(emulator)) as proxy:
        yield World(emulator, proxy, load, context)


def at_once(world: World) -> list[dict[str, Any]]:
    """The answers of two environments that have both decided before either acts."""
    environments = [world.environment(), world.environment()]
    world.proxy.meetings["AddTagsToResource"] = threading.Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda handler: handler(SCHEDULE, world.context()), environments))


def alarm_event(world: World, state: str) -> dict[str, Any]:
    """The event of an alarm's Lambda action."""
    name = world.variables["ALARM_OUT"]
    return {
        "source": "aws.cloudwatch",
        "alarmArn": f"arn:aws:cloudwatch:{REGION}:000000000000:alarm:{name}",
        "accountId": "000000000000",
        "time": "2026-03-01T12:00:00.000+0000",
        "region": REGION,
        "alarmData": {
            "alarmName": name,
            "state": {"value": state, "reason": "…", "timestamp": "2026-03-01T12:00:00.000+0000"},
            "previousState": {"value": "OK"},
            "configuration": {"metrics": []},
        },
    }


def test_an_alarm_adds_an_instance_like_the_others_and_the_schedule_carries_on(world: World) -> None:
    world.alarms(out="ALARM")
    assert world.run(alarm_event(world, "ALARM")) == ("add", f"{world.name}-scaled-1")
    (made,) = world.docdb.describe_db_instances(DBInstanceIdentifier=f"{world.name}-scaled-1")["DBInstances"]
    assert made["DBClusterIdentifier"] == world.name
    assert (made["Engine"], made["DBInstanceClass"], made["PromotionTier"]) == ("docdb", "db.r6g.large", 15)
    assert world.tags(made["DBInstanceArn"]) == {"managed-by": "database-scaler", "cluster": world.name}
    assert world.run() == ("add", f"{world.name}-scaled-2")
    assert world.run() == ("none", None)  # the maximum
    assert world.instances() == ["1", "2", "scaled-1", "scaled-2"]


def test_less_load_removes_what_it_made_and_nothing_else(world: World) -> None:
    world.alarms(out="ALARM")
    world.run()
    world.make(f"{world.name}-scaled-7")  # our kind of name, another's instance
    world.make(f"{world.name}-by-hand", Tags=[{"Key": "managed-by", "Value": "database-scaler"}])
    world.alarms(in_="ALARM")
    assert world.run(alarm_event(world, "OK"), MAXIMUM="8") == ("remove", f"{world.name}-scaled-1")
    assert world.run(MAXIMUM="8") == ("none", None)
    assert world.instances() == ["1", "2", "by-hand", "scaled-7"]


def test_the_state_counts_and_not_what_the_event_says(world: World) -> None:
    assert world.run(alarm_event(world, "ALARM")) == ("none", None)
    world.alarms(out="ALARM")
    assert world.run(alarm_event(world, "OK"))[0] == "add"
    world.alarms(out="INSUFFICIENT_DATA", in_="INSUFFICIENT_DATA")
    assert world.run() == ("none", None)
    assert world.run({})[0] == "none"


def test_below_the_minimum_it_adds_without_an_alarm(world: World) -> None:
    world.docdb.delete_db_instance(DBInstanceIdentifier=f"{world.name}-2")
    assert world.run() == ("add", f"{world.name}-scaled-1")
    assert world.run() == ("none", None)


def test_a_cooldown_is_kept_in_aws_and_outlives_the_removed_instance(world: World) -> None:
    world.alarms(out="ALARM")
    assert world.run(COOLDOWN_OUT_S="600")[0] == "add"
    assert world.run(COOLDOWN_OUT_S="600") == ("none", None)
    world.alarms(in_="ALARM")
    assert world.run(COOLDOWN_IN_S="1800") == ("none", None)
    assert world.run()[0] == "remove"
    world.alarms(out="ALARM")
    assert world.run(COOLDOWN_OUT_S="600") == ("none", None)
    earlier = datetime.now(UTC) - timedelta(seconds=601)
    note = {"Key": "database-scaler:acted-at", "Value": earlier.strftime("%Y-%m-%dT%H:%M:%SZ")}
    world.docdb.add_tags_to_resource(ResourceName=world.arn, Tags=[note])
    assert world.run(COOLDOWN_OUT_S="600")[0] == "add"


def test_a_note_that_is_no_time_is_ignored_and_told(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.docdb.add_tags_to_resource(
        ResourceName=world.arn, Tags=[{"Key": "database-scaler:acted-at", "Value": "yesterday"}]
    )
    world.alarms(out="ALARM")
    assert world.run(COOLDOWN_OUT_S="600")[0] == "add"
    assert "the tag holds no time" in capsys.readouterr().err
    assert world.tags()["database-scaler:acted-at"].endswith("Z")


def test_it_waits_while_an_instance_changes(world: World) -> None:
    world.alarms(out="ALARM")
    world.proxy.statuses[f"{world.name}-2"] = "creating"
    assert world.run() == ("none", None)
    world.proxy.statuses.clear()
    assert world.run()[0] == "add"


def test_two_at_once_make_one_instance(world: World) -> None:
    world.alarms(out="ALARM")
    results = at_once(world)
    assert [result["instance"] for result in results] == [f"{world.name}-scaled-1"] * 2
    assert world.proxy.actions.count("CreateDBInstance") == 2
    assert world.instances() == ["1", "2", "scaled-1"]


def test_two_at_once_remove_one_instance(world: World) -> None:
    world.alarms(out="ALARM")
    world.run()
    world.run()
    world.alarms(in_="ALARM")
    results = at_once(world)
    assert [result["instance"] for result in results] == [f"{world.name}-scaled-2"] * 2
    assert world.instances() == ["1", "2", "scaled-1"]


def test_throttles_and_lost_answers_are_tried_again(world: World) -> None:
    world.alarms(out="ALARM")
    world.proxy.refusals = {
        "DescribeDBClusters": [(400, "Throttling"), (400, "ThrottlingException")],
        "CreateDBInstance": [(503, "ServiceUnavailable"), None],
    }
    assert world.run()[0] == "add"
    assert world.instances() == ["1", "2", "scaled-1"]


@pytest.mark.parametrize("code", ["AccessDenied", "InsufficientDBInstanceCapacity", "InstanceQuotaExceeded"])
def test_a_refusal_is_raised_and_told(world: World, capsys: pytest.CaptureFixture[str], code: str) -> None:
    world.alarms(out="ALARM")
    world.proxy.refusals["CreateDBInstance"] = [(400, code)]
    with pytest.raises(ClientError, match=code):
        world.run()
    line = json.loads(capsys.readouterr().err.splitlines()[-1])
    assert (line["level"], line["message"]) == ("ERROR", "AWS refused")
    assert (line["operation"], line["Code"]) == ("CreateDBInstance", code)
    # It counts as an action, so that it is not asked again before the cooldown.
    assert world.run(COOLDOWN_OUT_S="600") == ("none", None)


def test_no_answer_at_all_is_raised_and_told(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    handler = world.environment()
    world.proxy.refusals["DescribeDBClusters"] = [None] * 5
    with pytest.raises(ConnectionClosedError):
        handler(SCHEDULE, world.context())
    assert json.loads(capsys.readouterr().err.splitlines()[-1])["message"] == "AWS did not answer"


def test_an_instance_elsewhere_that_has_the_name_is_an_error(world: World) -> None:
    world.docdb.create_db_instance(
        DBInstanceIdentifier=f"{world.name}-scaled-1", DBInstanceClass="db.r6g.large", Engine="docdb",
        DBClusterIdentifier=World(world.docdb.meta.endpoint_url, world.proxy, world.load, world.context).name,
    )  # fmt: skip
    world.alarms(out="ALARM")
    with pytest.raises(Exception, match=f"{world.name}-scaled-1 is the name of an instance outside of the cluster"):
        world.run()


def test_a_missing_alarm_or_cluster_is_an_error(world: World) -> None:
    with pytest.raises(Exception, match="there is no metric alarm nowhere"):
        world.run(ALARM_IN="nowhere")
    with pytest.raises(ClientError, match="DBClusterNotFound"):
        world.run(CLUSTER_ID="nowhere")


def test_a_decision_is_one_line_with_its_reason(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.alarms(out="ALARM")
    world.run(alarm_event(world, "ALARM"))
    (line,) = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert line["message"] == "decision"
    assert line["action"] == "add"
    assert line["instance"] == f"{world.name}-scaled-1"
    assert line["reason"] == "more load on 2 instances"
    assert line["cause"] == f"{world.name}-cpu-high is ALARM"
    assert (line["instances"], line["ours"], line["alarm_out"], line["alarm_in"]) == (2, 0, True, False)


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("CLUSTER_ID", "", "CLUSTER_ID is not set"),
        ("CLUSTER_ID", "c" * 54, "CLUSTER_ID is too long"),
        ("MINIMUM", "0", "MINIMUM is '0'; write a number of instances from 1 to 16"),
        ("MINIMUM", "٣", "MINIMUM"),
        ("MAXIMUM", "17", "MAXIMUM is '17'"),
        ("MINIMUM", "5", "write a MAXIMUM that is not below MINIMUM"),
        ("COOLDOWN_OUT_S", "soon", "COOLDOWN_OUT_S is 'soon'"),
        ("COOLDOWN_IN_S", "-1", "COOLDOWN_IN_S is '-1'"),
        ("ALARM_IN", "the-same", "write two alarms"),
    ],
)
def test_wrong_variables_are_refused_at_the_start(load: Make, variable: str, value: str, message: str) -> None:
    variables = {
        "CLUSTER_ID": "orders", "INSTANCE_CLASS": "db.r6g.large", "MINIMUM": "2", "MAXIMUM": "4",
        "COOLDOWN_OUT_S": "600", "COOLDOWN_IN_S": "1800", "ALARM_OUT": "the-same", "ALARM_IN": "low",
    }  # fmt: skip
    with pytest.raises(ConfigError, match=message):
        load("database_scaler", **{**variables, variable: value})
