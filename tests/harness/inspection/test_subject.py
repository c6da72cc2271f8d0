"""What resources are called: what Terraform plans is what is looked for."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.delivery.agreement import Planned
from harness.delivery.stack_files import StackFile
from harness.inspection.errors import PackagesMissing
from harness.inspection.subject import ALIAS, Subject, code_hashes
from harness.stack import Stack


@pytest.fixture
def subject(stack: Stack) -> Subject:
    return Subject(stack, {})


def test_names_and_back(subject: Subject) -> None:
    assert subject.prefix == "orders-local"
    assert subject.named("overflow_relay") == "orders-local-overflow-relay"
    assert subject.logical("orders-local-overflow-relay", subject.stack.functions) == "overflow_relay"
    assert subject.logical("orders-local-overflow-dead-letters", subject.stack.queues) == "overflow-dead-letters"
    assert subject.logical("orders-local-of-someone", subject.stack.queues) == "of-someone"


def test_a_function_by_its_arn(subject: Subject) -> None:
    arn = "arn:aws:lambda:eu-central-1:000000000000:function:orders-local-database-scaler"
    assert subject.function_of(f"{arn}:live") == "database_scaler"
    assert subject.function_of(f"{arn}:old") == "database_scaler:old"
    assert subject.function_of(arn) == "database_scaler:$LATEST"
    uri = f"arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/{arn}:live/invocations"
    assert subject.function_of(uri) == "database_scaler"


def test_the_hashes_of_packages(tmp_path: Path) -> None:
    with pytest.raises(PackagesMissing, match=r"make package ENV=dev"):
        code_hashes(tmp_path / "dev")
    (tmp_path / "packages.tfvars.json").write_text(json.dumps({"packages": {"users": {"path": "x", "sha256": "abc="}}}))
    assert code_hashes(tmp_path) == {"users": "abc="}
    (tmp_path / "packages.tfvars.json").write_text("[]")
    with pytest.raises(PackagesMissing):
        code_hashes(tmp_path)


def names(plan: Mapping[str, Any], address: str, attribute: str) -> Iterator[str]:
    planned = Planned(plan)
    for key in planned.keys(address):
        yield planned.one(f'{address}["{key}"]')[attribute]


def test_names_are_those_of_the_plan(planned: Mapping[str, StackFile], stack: Stack) -> None:
    subject = Subject(stack, {})
    plan = planned["local"].description.plan
    one = Planned(plan).one
    for address, attribute, logical in (
        ("module.functions.aws_lambda_function.this", "function_name", stack.functions),
        ("module.queues.aws_sqs_queue.this", "name", stack.queues),
        ("module.monitoring.aws_cloudwatch_metric_alarm.this", "alarm_name", stack.alarms),
    ):
        assert sorted(names(plan, address, attribute)) == sorted(subject.named(name) for name in logical)
    assert set(names(plan, "module.functions.aws_lambda_alias.this", "name")) == {ALIAS}
    assert one("module.api.aws_apigatewayv2_api.this")["name"] == subject.prefix
    assert one("module.workers.aws_eks_cluster.this")["name"] == subject.prefix
    assert one("module.broker.aws_mq_broker.this")["broker_name"] == subject.broker
    assert one("module.mysql.aws_rds_cluster.this")["cluster_identifier"] == subject.mysql
    assert one("module.mysql.aws_db_proxy.this")["name"] == subject.mysql
    assert one("module.documentdb.aws_docdb_cluster.this")["cluster_identifier"] == subject.documents
    assert one("module.workers.aws_lb.pricing")["name"] == f"{subject.prefix}-pricing"
    for step in ("in", "out"):
        policy = one(f"module.workers.aws_autoscaling_policy.{step}")
        assert policy["name"] == f"{subject.prefix}-nodes-{step}"
