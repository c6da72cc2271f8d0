"""The functions, in the version that everybody calls: the one behind their alias."""

import json
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from harness.inspection.clients import Clients, is_missing
from harness.inspection.facts import Facts
from harness.inspection.parts.addresses import Addresses
from harness.inspection.parts.part import Part
from harness.inspection.parts.targets import lambda_targets
from harness.inspection.subject import ALIAS, SCALER, SCALING, Subject


def _described(subject: Subject) -> Facts:
    return {
        f"functions.{name}": {
            "handler": function.handler,
            "runtime": function.runtime,
            "architecture": function.architecture,
            "memory_mb": function.memory_mb,
            "timeout_s": function.timeout_s,
            "reserved_concurrency": function.reserved_concurrency,
            "provisioned_concurrency": function.provisioned_concurrency,
            "alias": ALIAS,
            "code": subject.code.get(name),
            # Not in the description: who may invoke follows from what does.
            "invokers": sorted(set(_invokers(subject, name))),
            **{f"settings.{variable}": value for variable, value in function.settings.items()},
            **{f"references.{variable}": value for variable, value in function.references.items()},
        }
        for name, function in subject.stack.functions.items()
    }


def _invokers(subject: Subject, name: str) -> Iterator[str]:
    """The services that invoke a function by themselves; event sources poll on the function's behalf."""
    stack = subject.stack
    if any(route.function == name for route in stack.api.routes.values()):
        yield "apigateway.amazonaws.com"
    if any(schedule.function == name for schedule in stack.schedules.values()):
        yield "events.amazonaws.com"
    if name == SCALER and any(SCALING & set(alarm.actions) for alarm in stack.alarms.values()):
        yield "lambda.alarms.cloudwatch.amazonaws.com"


def _found(subject: Subject, clients: Clients) -> Facts:
    addresses = Addresses(subject, clients)
    targets = lambda_targets(subject, clients)
    facts = {}
    for listed in clients.every("lambda", "list_functions", "Functions"):
        if listed["FunctionName"].startswith(f"{subject.prefix}-"):
            name = subject.logical(listed["FunctionName"], subject.stack.functions)
            target = targets.get(name, {})
            facts[f"functions.{name}"] = {
                **_function(subject, clients, name, listed, addresses),
                "provisioned_concurrency": target.get("MinCapacity", 0),
            }
    return facts


def _function(
    subject: Subject, clients: Clients, name: str, listed: dict[str, Any], addresses: Addresses
) -> dict[str, Any]:
    client = clients["lambda"]
    physical = listed["FunctionName"]
    try:
        real, alias = client.get_function_configuration(FunctionName=physical, Qualifier=ALIAS), ALIAS
    except ClientError as error:
        if not is_missing(error):
            raise
        real, alias = listed, None
    concurrency = client.get_function_concurrency(FunctionName=physical)
    described = subject.stack.functions.get(name)
    references = described.references if described else {}
    variables = real.get("Environment", {}).get("Variables", {})
    return {
        "handler": real["Handler"],
        "runtime": real["Runtime"],
        "architecture": ", ".join(real.get("Architectures", ["x86_64"])),
        "memory_mb": real["MemorySize"],
        "timeout_s": real["Timeout"],
        "reserved_concurrency": concurrency.get("ReservedConcurrentExecutions"),
        "alias": alias,
        "code": real["CodeSha256"],
        "invokers": _permitted(clients, physical),
        **{
            f"references.{variable}": addresses.name(value, references[variable])
            for variable, value in variables.items()
            if variable in references
        },
        **{f"settings.{variable}": value for variable, value in variables.items() if variable not in references},
    }


def _permitted(clients: Clients, function: str) -> list[str]:
    """The services that the alias' policy lets invoke it."""
    try:
        policy = json.loads(clients["lambda"].get_policy(FunctionName=function, Qualifier=ALIAS)["Policy"])
    except ClientError as error:
        if not is_missing(error):
            raise
        return []
    return sorted(
        {each["Principal"]["Service"] for each in policy["Statement"] if "Service" in (each.get("Principal") or {})}
    )


PART = Part("functions", _described, _found, {})
