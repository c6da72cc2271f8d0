"""Application Auto Scaling (moto 5.2.5): targets have no tags, and asking for them fails, which ends the provider."""

from threading import Lock
from typing import ClassVar

from harness.emulator.call import Answer, Call, json_answer
from harness.emulator.gaps.gap import Gap, Onward
from harness.emulator.routes import MOTO
from harness.emulator.upstream import Upstream


class ScalingTags(Gap):
    """Keeps the tags of scalable targets by ARN."""

    services: ClassVar[frozenset[str]] = frozenset({"application-autoscaling"})

    def __init__(self) -> None:
        self._tags: dict[str, dict[str, str]] = {}
        self._namespaces: dict[str, str] = {}
        self._lock = Lock()

    def handle(self, call: Call, onward: Onward, upstream: Upstream) -> Answer:
        """Answers what is about tags of a target that there is, and keeps those that a target is registered with."""
        if call.action in ("ListTagsForResource", "TagResource", "UntagResource"):
            return self._tagged(call, upstream)
        answer = onward(call)
        if call.action == "RegisterScalableTarget" and answer.status == 200:
            arn = answer.json.get("ScalableTargetARN", "")
            with self._lock:
                self._namespaces[arn] = call.json.get("ServiceNamespace", "")
                self._tags.setdefault(arn, {}).update(call.json.get("Tags") or {})
        return answer

    def _tagged(self, call: Call, upstream: Upstream) -> Answer:
        arn = call.json.get("ResourceARN", "")
        namespace = self._namespaces.get(arn)
        if namespace is None or not _registered(arn, namespace, call.region, upstream):
            message = f"there is no resource {arn}"
            return json_answer({"__type": "ResourceNotFoundException", "Message": message, "ResourceName": arn}, 400)
        with self._lock:
            tags = self._tags[arn]
            if call.action == "ListTagsForResource":
                return json_answer({"Tags": tags})
            tags.update(call.json.get("Tags") or {})
            for key in call.json.get("TagKeys") or []:
                tags.pop(key, None)
            return json_answer({})


def _registered(arn: str, namespace: str, region: str, upstream: Upstream) -> bool:
    """Whether the emulator still has the target."""
    client = upstream.client("application-autoscaling", MOTO, region)
    pages = client.get_paginator("describe_scalable_targets").paginate(ServiceNamespace=namespace)
    return any(target["ScalableTargetARN"] == arn for page in pages for target in page["ScalableTargets"])
