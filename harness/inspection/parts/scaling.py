"""What scales: target tracking of functions and replicas, steps of nodes, and database_scaler's own settings."""

from collections.abc import Mapping
from typing import Any

from harness.inspection.clients import Clients
from harness.inspection.facts import Facts
from harness.inspection.parts import alarms
from harness.inspection.parts.nodes import group, step_policies
from harness.inspection.parts.part import Part
from harness.inspection.parts.targets import function_of, lambda_targets, replica_target
from harness.inspection.subject import SCALER, Subject
from harness.stack import Scaling

_IN_KUBERNETES = ("keda", "hpa")
_METRICS = {
    "LambdaProvisionedConcurrencyUtilization": "provisioned_concurrency_utilization",
    "RDSReaderAverageCPUUtilization": "cpu_percent",
}
_ALARM_METRICS = {"CPUUtilization": "cpu_percent", "node_cpu_reserved_capacity": "cpu_reserved_percent"}


def _described(subject: Subject) -> Facts:
    return {
        f"scaling.{name}": _of(rule)
        for name, rule in subject.stack.scaling.items()
        if rule.controller not in _IN_KUBERNETES
    }


def _of(rule: Scaling) -> Mapping[str, Any]:
    return {
        "controller": rule.controller,
        "target": rule.target,
        "metric": rule.metric,
        "target_value": rule.target_value,
        "minimum": rule.minimum,
        "maximum": rule.maximum,
        "cooldown_in_s": rule.cooldown_in_s,
        "cooldown_out_s": rule.cooldown_out_s,
    }


def _found(subject: Subject, clients: Clients) -> Facts:
    policies = {
        each["ResourceId"]: each
        for namespace in ("lambda", "rds")
        for each in clients.every(
            "application-autoscaling", "describe_scaling_policies", "ScalingPolicies", ServiceNamespace=namespace
        )
    }
    watched = {
        subject.logical(each["AlarmName"], subject.stack.alarms): each for each in alarms.listed(subject, clients)
    }
    facts: dict[str, Mapping[str, Any]] = {}
    for target in lambda_targets(subject, clients).values():
        function = function_of(subject, target["ResourceId"])
        facts[f"scaling.{function}"] = {
            "target": f"functions.{function}",
            "minimum": target["MinCapacity"],
            "maximum": target["MaxCapacity"],
            **_tracking(policies.get(target["ResourceId"])),
        }
    if replicas := replica_target(subject, clients):
        readers = subject.stack.mysql.members.minimum - 1
        facts["scaling.mysql_replicas"] = {
            "target": "mysql.replicas",
            "minimum": replicas["MinCapacity"] - readers,
            "maximum": replicas["MaxCapacity"] - readers,
            **_tracking(policies.get(replicas["ResourceId"])),
        }
    return {**facts, **_nodes(subject, clients, watched), **_documents(subject, clients, watched)}


def _tracking(policy: Mapping[str, Any] | None) -> dict[str, Any]:
    if policy is None:
        return {"controller": None}
    tracking = policy.get("TargetTrackingScalingPolicyConfiguration", {})
    metric = tracking.get("PredefinedMetricSpecification", {}).get("PredefinedMetricType")
    return {
        "controller": "target_tracking" if policy["PolicyType"] == "TargetTrackingScaling" else policy["PolicyType"],
        "metric": _METRICS.get(metric, metric),
        "target_value": tracking.get("TargetValue"),
        "cooldown_in_s": tracking.get("ScaleInCooldown"),
        "cooldown_out_s": tracking.get("ScaleOutCooldown"),
    }


def _nodes(subject: Subject, clients: Clients, watched: Mapping[str, Mapping[str, Any]]) -> Facts:
    policies = step_policies(subject, clients)
    nodes = group(subject, clients)
    if nodes is None or "out" not in policies:
        return {}
    return {
        "scaling.nodes": {
            "controller": "step" if policies["out"]["PolicyType"] == "StepScaling" else policies["out"]["PolicyType"],
            "target": "cluster.nodes",
            **_by_alarm(watched.get("nodes_cpu_high", {})),
            "minimum": nodes["scalingConfig"]["minSize"],
            "maximum": nodes["scalingConfig"]["maxSize"],
            # A step in has no rest; one out rests while its nodes warm up.
            "cooldown_in_s": policies.get("in", {}).get("EstimatedInstanceWarmup", 0),
            "cooldown_out_s": policies["out"].get("EstimatedInstanceWarmup"),
        }
    }


def _documents(subject: Subject, clients: Clients, watched: Mapping[str, Mapping[str, Any]]) -> Facts:
    for function in clients.every("lambda", "list_functions", "Functions"):
        if function["FunctionName"] == subject.named(SCALER):
            settings = function.get("Environment", {}).get("Variables", {})
            return {
                "scaling.documents": {
                    "controller": SCALER,
                    "target": "documents.members" if settings.get("CLUSTER_ID") == subject.documents else None,
                    **_by_alarm(watched.get("documents_cpu_high", {})),
                    **{
                        name: int(settings[variable]) if settings.get(variable, "").isdecimal() else None
                        for name, variable in (
                            ("minimum", "MINIMUM"),
                            ("maximum", "MAXIMUM"),
                            ("cooldown_in_s", "COOLDOWN_IN_S"),
                            ("cooldown_out_s", "COOLDOWN_OUT_S"),
                        )
                    },
                }
            }
    return {}


def _by_alarm(alarm: Mapping[str, Any]) -> dict[str, Any]:
    name = alarms.metric_of(alarm).name
    return {"metric": _ALARM_METRICS.get(name or "", name), "target_value": alarm.get("Threshold")}


PART = Part(
    "scaling",
    _described,
    _found,
    {
        "scaling.*.polling_s": "AWS's own rhythm, or that of KEDA and HPA",
        **{
            f"scaling.{name}": "KEDA or HPA in the Kubernetes cluster scales it, not AWS"
            for name in ("orders", "outbox", "pricing", "read_model")
        },
    },
)
