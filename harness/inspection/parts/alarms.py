"""The alarms: what they watch, when they go off, and what they do."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.emulator import metrics_insights
from harness.inspection.clients import Clients
from harness.inspection.facts import Facts
from harness.inspection.parts.api import api_id
from harness.inspection.parts.part import Part
from harness.inspection.subject import SCALER, SCALING, Subject

_TOPIC = "topic alarms"
# What each action of the description is on AWS.
_ACTIONS = {
    "notify": _TOPIC,
    **dict.fromkeys(SCALING, f"function {SCALER}"),
    "scale_out_nodes": "policy nodes-out",
    "scale_in_nodes": "policy nodes-in",
}


@dataclass(frozen=True)
class Metric:
    """What an alarm watches: one time series, or with `across` the worst over the values of further dimensions."""

    namespace: str | None
    name: str | None
    statistic: str | None
    period_s: int | None
    dimensions: Mapping[str, str]
    across: tuple[str, ...] = ()


def metric_of(alarm: Mapping[str, Any]) -> Metric:
    """The metric of an alarm as `describe_alarms` tells it, also of one that is a query of Metrics Insights."""
    for asked in alarm.get("Metrics", ()):
        if query := metrics_insights.parse(asked.get("Expression", "")):
            period_s = asked.get("Period")
            return Metric(query.namespace, query.metric, query.statistic, period_s, query.dimensions, query.across)
    return Metric(
        alarm.get("Namespace"),
        alarm.get("MetricName"),
        alarm.get("Statistic") or alarm.get("ExtendedStatistic"),
        alarm.get("Period"),
        {each["Name"]: each["Value"] for each in alarm.get("Dimensions", ())},
    )


def listed(subject: Subject, clients: Clients) -> Iterator[Mapping[str, Any]]:
    """The stack's metric alarms."""
    yield from clients.every(
        "cloudwatch",
        "describe_alarms",
        "MetricAlarms",
        AlarmNamePrefix=f"{subject.prefix}-",
        AlarmTypes=["MetricAlarm"],
    )


def _described(subject: Subject) -> Facts:
    return {
        f"alarms.{name}": {
            "namespace": alarm.namespace,
            "metric": alarm.metric,
            "statistic": alarm.statistic,
            "period_s": alarm.period_s,
            "evaluation_periods": alarm.evaluation_periods,
            "datapoints": alarm.datapoints,
            "threshold": alarm.threshold,
            "comparison": alarm.comparison,
            "missing_data": alarm.missing_data,
            "dimensions": dict(alarm.dimensions),
            "across": sorted(alarm.across),
            "actions": sorted({_ACTIONS[action] for action in alarm.actions}),
            # People hear that it is over; scaling has an alarm of its own for that.
            "actions when over": [_TOPIC] if "notify" in alarm.actions else [],
            "actions are on": True,
        }
        for name, alarm in subject.stack.alarms.items()
    }


def _found(subject: Subject, clients: Clients) -> Facts:
    subjects = _Subjects(subject, clients)
    facts = {}
    for alarm in listed(subject, clients):
        metric = metric_of(alarm)
        facts[f"alarms.{subject.logical(alarm['AlarmName'], subject.stack.alarms)}"] = {
            "namespace": metric.namespace,
            "metric": metric.name,
            "statistic": metric.statistic,
            "period_s": metric.period_s,
            "evaluation_periods": alarm["EvaluationPeriods"],
            "datapoints": alarm.get("DatapointsToAlarm", alarm["EvaluationPeriods"]),
            "threshold": alarm["Threshold"],
            "comparison": alarm["ComparisonOperator"],
            "missing_data": alarm.get("TreatMissingData", "missing"),
            "dimensions": subjects.name(metric.dimensions),
            "across": sorted(metric.across),
            "actions": _actions(subject, alarm.get("AlarmActions", ())),
            "actions when over": _actions(subject, alarm.get("OKActions", ())),
            "actions are on": alarm.get("ActionsEnabled", True),
        }
    return facts


def _actions(subject: Subject, arns: Iterable[str]) -> list[str]:
    return sorted({_action(subject, arn) for arn in arns})


def _action(subject: Subject, arn: str) -> str:
    if ":function:" in arn:
        return f"function {subject.function_of(arn)}"
    for kind, separator in (("topic", ":"), ("policy", "/")):
        name = arn.rpartition(separator)[2]
        if arn.startswith("arn:") and name.startswith(f"{subject.prefix}-"):
            return f"{kind} {name.removeprefix(f'{subject.prefix}-')}"
    return arn


class _Subjects:
    """What dimensions of CloudWatch name, logically."""

    def __init__(self, subject: Subject, clients: Clients) -> None:
        stack = subject.stack
        pricing = {
            "LoadBalancer": _suffix(clients, subject, "describe_load_balancers", "LoadBalancers", "LoadBalancer"),
            "TargetGroup": _suffix(clients, subject, "describe_target_groups", "TargetGroups", "TargetGroup"),
        }
        self._known: list[tuple[Mapping[str, Any], Mapping[str, str]]] = [
            ({"ApiId": api_id(subject, clients)}, {"api": stack.name}),
            *(({"FunctionName": subject.named(name)}, {"function": name}) for name in stack.functions),
            *(({"QueueName": subject.named(name)}, {"queue": name}) for name in stack.queues),
            ({"Broker": subject.broker}, {"broker": stack.name}),
            ({"DBClusterIdentifier": subject.mysql}, {"mysql": stack.name}),
            ({"DBClusterIdentifier": subject.mysql, "Role": "WRITER"}, {"mysql_writer": stack.name}),
            ({"ProxyName": subject.mysql}, {"proxy": stack.name}),
            ({"DBClusterIdentifier": subject.documents}, {"documents": stack.name}),
            ({"DBClusterIdentifier": subject.documents, "Role": "WRITER"}, {"documents_primary": stack.name}),
            ({"DBClusterIdentifier": subject.documents, "Role": "READER"}, {"documents_replicas": stack.name}),
            (pricing, {"pricing": stack.name}),
            ({"ClusterName": subject.prefix}, {"cluster": stack.name}),
        ]

    def name(self, dimensions: Mapping[str, str]) -> Mapping[str, str]:
        """The logical subject of these dimensions; themselves where they are nobody's."""
        return next((logical for real, logical in self._known if real == dimensions), dimensions)


def _suffix(clients: Clients, subject: Subject, operation: str, key: str, kind: str) -> str | None:
    """What CloudWatch calls the load balancer of the pricing service, or its target group: the end of its ARN."""
    for each in clients.every("elbv2", operation, key):
        if each[f"{kind}Name"] == f"{subject.prefix}-pricing":
            end = str(each[f"{kind}Arn"]).rpartition(":")[2]
            return end.removeprefix("loadbalancer/")
    return None


PART = Part("alarms", _described, _found, {"alarms.*.tier": "a word of ours: CloudWatch does not know it"})
