"""What Application Auto Scaling may scale."""

from collections.abc import Mapping
from typing import Any

from harness.inspection.clients import Clients
from harness.inspection.subject import ALIAS, Subject

REPLICAS = "rds:cluster:ReadReplicaCount"


def lambda_targets(subject: Subject, clients: Clients) -> dict[str, Mapping[str, Any]]:
    """The functions whose provisioned concurrency is scaled, by logical name."""
    return {
        function_of(subject, each["ResourceId"]): each
        for each in clients.every(
            "application-autoscaling", "describe_scalable_targets", "ScalableTargets", ServiceNamespace="lambda"
        )
        if each["ResourceId"].startswith(f"function:{subject.prefix}-")
    }


def replica_target(subject: Subject, clients: Clients) -> Mapping[str, Any]:
    """The target of Aurora's replicas; nothing where there is none."""
    targets = clients.every(
        "application-autoscaling", "describe_scalable_targets", "ScalableTargets", ServiceNamespace="rds"
    )
    return next((each for each in targets if each["ResourceId"] == f"cluster:{subject.mysql}"), {})


def function_of(subject: Subject, resource: str) -> str:
    """The function in a resource such as `function:orders-local-commands:live`."""
    _, name, alias = resource.split(":")
    function = subject.logical(name, subject.stack.functions)
    return function if alias == ALIAS else f"{function}:{alias}"
