"""The event source mappings, from SQS and RabbitMQ to functions."""

from collections.abc import Mapping
from typing import Any

from harness.inspection.clients import Clients
from harness.inspection.facts import Facts
from harness.inspection.parts.part import Part
from harness.inspection.subject import Subject
from harness.stack import EventSource

_ENOUGH = "long enough"
# Lambda developer guide, "Using Lambda with Amazon SQS": six times the function's timeout, plus the window.
_TIMEOUTS = 6
_RABBITMQ_WINDOW_S = 0.5  # what AWS takes where no window is given


def _described(subject: Subject) -> Facts:
    return {f"event_sources.{name}": _of(source) for name, source in subject.stack.event_sources.items()}


def _of(source: EventSource) -> Mapping[str, Any]:
    facts: dict[str, Any] = {
        "kind": source.kind,
        "queue": source.queue,
        "function": source.function,
        "batch_size": source.batch_size,
        "window_s": source.window_s,
    }
    if source.kind == "sqs":
        return {
            **facts,
            "maximum_concurrency": source.maximum_concurrency,
            "report_batch_item_failures": source.report_batch_item_failures,
            "enabled": True,
            "queue's visibility timeout": _ENOUGH,
        }
    # It stops for good at a queue that does not exist, so it is enabled once the queues are made.
    return {**facts, "virtual_host": source.virtual_host}


def _found(subject: Subject, clients: Clients) -> Facts:
    facts = {}
    for mapping in clients.every("lambda", "list_event_source_mappings", "EventSourceMappings"):
        arn = mapping.get("FunctionArn", "")
        if f":function:{subject.prefix}-" in arn:
            kind = "rabbitmq" if ":mq:" in mapping["EventSourceArn"] else "sqs"
            function = subject.function_of(arn)
            facts[f"event_sources.{_name(subject, kind, function)}"] = {
                "kind": kind,
                "function": function,
                "batch_size": mapping.get("BatchSize"),
                **(_rabbitmq(mapping) if kind == "rabbitmq" else _sqs(subject, clients, mapping, function)),
            }
    return facts


def _name(subject: Subject, kind: str, function: str) -> str:
    """The logical name of the mapping of this kind to this function."""
    sources = subject.stack.event_sources.items()
    return next(
        (name for name, each in sources if (each.kind, each.function) == (kind, function)), f"{kind} {function}"
    )


def _rabbitmq(mapping: Mapping[str, Any]) -> dict[str, Any]:
    hosts = [each["URI"] for each in mapping.get("SourceAccessConfigurations", ()) if each["Type"] == "VIRTUAL_HOST"]
    return {
        "queue": ", ".join(mapping.get("Queues", ())),
        "window_s": mapping.get("MaximumBatchingWindowInSeconds") or _RABBITMQ_WINDOW_S,
        "virtual_host": ", ".join(hosts) or "/",
    }


def _sqs(subject: Subject, clients: Clients, mapping: Mapping[str, Any], function: str) -> dict[str, Any]:
    queue = mapping["EventSourceArn"].rpartition(":")[2]
    window_s = mapping.get("MaximumBatchingWindowInSeconds") or 0
    return {
        "queue": subject.logical(queue, subject.stack.queues),
        "window_s": window_s,
        "maximum_concurrency": mapping.get("ScalingConfig", {}).get("MaximumConcurrency"),
        "report_batch_item_failures": "ReportBatchItemFailures" in mapping.get("FunctionResponseTypes", ()),
        "enabled": mapping.get("State") in ("Enabled", "Enabling"),
        "queue's visibility timeout": _visibility(subject, clients, queue, function, window_s),
    }


def _visibility(subject: Subject, clients: Clients, queue: str, function: str, window_s: float) -> str:
    """Whether the queue hides a batch for as long as Lambda may need for it."""
    url = clients["sqs"].get_queue_url(QueueName=queue)["QueueUrl"]
    wanted = ["VisibilityTimeout"]
    hidden_s = int(clients["sqs"].get_queue_attributes(QueueUrl=url, AttributeNames=wanted)["Attributes"][wanted[0]])
    timeout_s = clients["lambda"].get_function_configuration(FunctionName=subject.named(function))["Timeout"]
    needed_s = _TIMEOUTS * timeout_s + window_s
    return _ENOUGH if hidden_s >= needed_s else f"{hidden_s} s, where {needed_s:g} s are needed"


PART = Part("event_sources", _described, _found, {})
