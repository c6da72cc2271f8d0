"""Every IAM statement of the plan: named, with actions and resources, and no wildcard but those that AWS forces."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

# Where `*` stands for all resources: by module and sid, and why AWS leaves no choice.
ANY_RESOURCE = {
    (
        "functions",
        "AnyResourceNetworkLookup",
    ): "EC2's Describe calls, and network interfaces before they exist, have no ARN",
    ("functions", "AnyResourceTracing"): "X-Ray's Put calls have no resources",
    (
        "functions",
        "AnyResourceDenyNetworkToCode",
    ): "only refuses: the code itself may do nothing to any network interface",
    ("security", "AnyResourceAccountAdministersByIam"): "in a key policy `*` is the key itself",
    ("security", "AnyResourceAccountGrantsThroughService"): "in a key policy `*` is the key itself",
    ("security", "AnyResourceAccountUsesThroughService"): "in a key policy `*` is the key itself",
    ("security", "AnyResourceAlarmsOfThisStack"): "in a key policy `*` is the key itself",
    ("security", "AnyResourceCloudWatchLogsOfThisAccount"): "in a key policy `*` is the key itself",
    ("workers", "AnyResourceDescribe"): "Describe calls of EC2 and Elastic Load Balancing have no resources",
    ("workers", "AnyResourceDescribeNode"): "EC2's Describe calls have no resources",
    ("workers", "AnyResourcePutMetrics"): "PutMetricData has no resources; a condition names the namespace",
}

# Where an action is a wildcard.
ANY_ACTION = {
    (
        "security",
        "AnyResourceAccountAdministersByIam",
    ): "without it a key could become unmanageable (AWS KMS, default key policy)",
    ("queues", "AnyPrincipalNeedsTls"): "only refuses: nothing at all without TLS",
}


def statements(plan: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(module, address, statement) of every policy document, whether it was read while planning or is left to apply."""

    def walk(module: dict[str, Any]) -> Iterator[dict[str, Any]]:
        yield from module.get("resources", ())
        for child in module.get("child_modules", ()):
            yield from walk(child)

    for root in (plan["prior_state"]["values"]["root_module"], plan["planned_values"]["root_module"]):
        for resource in walk(root):
            if resource["type"] == "aws_iam_policy_document":
                for statement in resource["values"]["statement"]:
                    yield resource["address"].split(".")[1], resource["address"], statement


@pytest.fixture(scope="session", params=["local", "prod"])
def found(request, planned):
    everything = list(statements(planned[request.param].description.plan))
    assert len(everything) > 80
    return everything


def test_every_statement_has_a_name_and_names_its_actions(found):
    for _, address, statement in found:
        assert statement.get("sid"), address
        assert statement["actions"], (address, statement["sid"])
        assert not statement.get("not_actions"), (address, statement["sid"])
        assert not statement.get("not_resources"), (address, statement["sid"])


def test_any_resource_stands_only_where_aws_forces_it(found):
    used = set()
    for module, address, statement in found:
        if "*" in (statement.get("resources") or []):
            used.add((module, statement["sid"]))
            assert (module, statement["sid"]) in ANY_RESOURCE, address
    assert used == set(ANY_RESOURCE), "a reason without a statement"


def test_any_action_stands_only_where_it_must(found):
    used = set()
    for module, address, statement in found:
        if any("*" in action for action in statement["actions"]):
            used.add((module, statement["sid"]))
            assert (module, statement["sid"]) in ANY_ACTION, (address, statement["actions"])
    assert used == set(ANY_ACTION), "a reason without a statement"


# An ARN may end in a wildcard where its parts come and go: log streams, instances that the scaler makes.
ARN_WILDCARDS = (
    r"arn:aws:logs:[a-z0-9-]+:\d{12}:log-group:/[\w/-]+:\*",  # log streams
    r"arn:aws:ec2:[a-z0-9-]+:\d{12}:\*/\*",  # what a network interface is made of: subnet, group, interface
    r"arn:aws:rds:[a-z0-9-]+:\d{12}:db:\*",  # a filtered list of instances; read only
    r"arn:aws:rds:[a-z0-9-]+:\d{12}:db:[\w-]+-documents-scaled-\*",  # what the scaler makes
    r"arn:aws:rds:[a-z0-9-]+:\d{12}:(og|pg):default\*",  # the groups that a new instance is put into
    r"arn:aws:elasticloadbalancing:[a-z0-9-]+:\d{12}:targetgroup/[\w-]+-pricing/\*",  # AWS ends its ARN with a hash
    r"arn:aws:s3:::prod-[a-z0-9-]+-starport-layer-bucket/\*",  # image layers of ECR
)


def test_other_wildcards_are_few_and_known(found):
    for _, address, statement in found:
        for resource in statement.get("resources") or []:
            if resource and "*" in resource and resource != "*":
                assert any(re.fullmatch(known, resource) for known in ARN_WILDCARDS), (address, resource)


def actions(found, address):
    """What one role may do, by action: the resources that are known."""
    allowed: dict[str, set[str]] = {}
    for _, where, statement in found:
        if where == address and (statement.get("effect") or "Allow") == "Allow":
            for action in statement["actions"]:
                allowed.setdefault(action, set()).update(statement.get("resources") or [None])
    return allowed


# What each function's code may ask of AWS, beyond its logs, traces and network interfaces.
OWN = {
    "commands": {"secretsmanager:GetSecretValue", "kms:Decrypt", "kms:GenerateDataKey", "sqs:SendMessage"},
    "queries": {"secretsmanager:GetSecretValue", "kms:Decrypt"},
    "users": {"secretsmanager:GetSecretValue", "kms:Decrypt"},
    "quotes": {"kms:Decrypt"},  # of its own environment variables
    "notifications": {"secretsmanager:GetSecretValue", "kms:Decrypt", "mq:DescribeBroker"},
    "overflow_relay": {
        "secretsmanager:GetSecretValue",
        "kms:Decrypt",
        "kms:GenerateDataKey",
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:ChangeMessageVisibility",
    },
    "database_scaler": {
        "cloudwatch:DescribeAlarms",
        "kms:CreateGrant",
        "kms:Decrypt",
        "kms:DescribeKey",
        "rds:AddTagsToResource",
        "rds:CreateDBInstance",
        "rds:DeleteDBInstance",
        "rds:DescribeDBClusters",
        "rds:DescribeDBInstances",
        "rds:ListTagsForResource",
    },
}


@pytest.mark.parametrize("function", OWN)
def test_a_function_may_do_what_it_needs_and_no_more(found, function):
    allowed = actions(found, f'module.functions.data.aws_iam_policy_document.this["{function}"]')
    platform = ("logs:", "xray:", "ec2:")
    assert {action for action in allowed if not action.startswith(platform)} == OWN[function]
    assert "logs:CreateLogGroup" not in allowed


def test_nobody_but_the_scaler_touches_databases(found):
    for _, address, statement in found:
        if any(action.startswith("rds:") for action in statement["actions"]):
            assert address == 'module.functions.data.aws_iam_policy_document.this["database_scaler"]'


def test_the_scaler_removes_only_what_it_made(found):
    allowed = actions(found, 'module.functions.data.aws_iam_policy_document.this["database_scaler"]')
    assert all("-documents-scaled-" in arn for arn in allowed["rds:DeleteDBInstance"])
