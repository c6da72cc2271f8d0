"""The SQS queues."""

import json
from collections.abc import Mapping

from harness.inspection.clients import Clients
from harness.inspection.facts import Facts
from harness.inspection.parts.part import Part
from harness.inspection.subject import Subject


def _described(subject: Subject) -> Facts:
    return {
        f"queues.{name}": {
            "visibility_timeout_s": queue.visibility_timeout_s,
            "retention_s": queue.retention_s,
            "redrive": queue.redrive
            and {"queue": queue.redrive.queue, "max_receive_count": queue.redrive.max_receive_count},
            # Not in the description: every queue is encrypted by a key of the stack.
            "encrypted": True,
        }
        for name, queue in subject.stack.queues.items()
    }


def _found(subject: Subject, clients: Clients) -> Facts:
    facts = {}
    for url in clients.every("sqs", "list_queues", "QueueUrls", QueueNamePrefix=f"{subject.prefix}-"):
        attributes = clients["sqs"].get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        facts[f"queues.{subject.logical(url.rpartition('/')[2], subject.stack.queues)}"] = {
            "visibility_timeout_s": int(attributes["VisibilityTimeout"]),
            "retention_s": int(attributes["MessageRetentionPeriod"]),
            "redrive": _redrive(subject, attributes),
            "encrypted": bool(attributes.get("KmsMasterKeyId")),
        }
    return facts


def _redrive(subject: Subject, attributes: Mapping[str, str]) -> dict[str, object] | None:
    if not attributes.get("RedrivePolicy"):
        return None
    policy = json.loads(attributes["RedrivePolicy"])
    queue = policy["deadLetterTargetArn"].rpartition(":")[2]
    return {
        "queue": subject.logical(queue, subject.stack.queues),
        "max_receive_count": int(policy["maxReceiveCount"]),
    }


PART = Part("queues", _described, _found, {})
