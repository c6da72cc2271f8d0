"""Lambda (ministack 1.5.33): an event source mapping whose source is an Amazon MQ broker is refused.

Such mappings are kept here, with the rules that Lambda has for them: broker and function must exist, the queue is
named, the state follows `Enabled`. No batch is ever taken from a broker: the emulated one has no messages.
"""

import time
import uuid
from threading import Lock
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from botocore.exceptions import ClientError, ParamValidationError

from harness.emulator.call import Answer, Call, json_answer
from harness.emulator.gaps.gap import Gap, Onward
from harness.emulator.routes import MINISTACK, MOTO
from harness.emulator.upstream import Upstream

_MAPPINGS = "/2015-03-31/event-source-mappings"
_TAGS = "/2017-03-31/tags/"
_SETTINGS = ("BatchSize", "MaximumBatchingWindowInSeconds", "SourceAccessConfigurations", "FilterCriteria")


class BrokerMappings(Gap):
    """Event source mappings of Amazon MQ, by UUID."""

    services: ClassVar[frozenset[str]] = frozenset({"lambda"})

    def __init__(self) -> None:
        self._mappings: dict[str, dict[str, Any]] = {}
        self._tags: dict[str, dict[str, str]] = {}
        self._lock = Lock()

    def handle(self, call: Call, onward: Onward, upstream: Upstream) -> Answer:
        """Answers what is about a mapping of a broker, and adds them to the last page of a list."""
        path = call.path.rstrip("/")
        if path.startswith(_TAGS):
            return self._tagged(call, path.removeprefix(_TAGS)) or onward(call)
        if path == _MAPPINGS:
            if call.method == "POST" and ":mq:" in call.json.get("EventSourceArn", ""):
                return self._create(call, upstream)
            answer = onward(call)
            return self._listed(call, answer) if call.method == "GET" and answer.status == 200 else answer
        key = path.removeprefix(_MAPPINGS + "/")
        return (self._one(call, key) if key in self._mappings else None) or onward(call)

    def _one(self, call: Call, key: str) -> Answer | None:
        with self._lock:
            mapping = self._mappings.get(key)
            if mapping is None:
                return None
            if call.method == "PUT":
                _apply(mapping, call.json)
            elif call.method == "DELETE":
                del self._mappings[key]
                self._tags.pop(mapping["EventSourceMappingArn"], None)
                return json_answer({**mapping, "State": "Deleting"}, 202)
            return json_answer(mapping, 202 if call.method == "PUT" else 200)

    def _listed(self, call: Call, answer: Answer) -> Answer:
        listed = answer.json
        if listed.get("NextMarker"):
            return answer
        asked = parse_qs(urlsplit(call.target).query)
        function, source = asked.get("FunctionName", [""])[0], asked.get("EventSourceArn", [""])[0]
        with self._lock:
            listed["EventSourceMappings"] += [
                mapping
                for mapping in self._mappings.values()
                if function in ("", mapping["FunctionArn"], mapping["FunctionArn"].split(":")[6])
                and source in ("", mapping["EventSourceArn"])
            ]
        return answer.with_json(listed)

    def _create(self, call: Call, upstream: Upstream) -> Answer:
        asked = call.json
        source = asked["EventSourceArn"]
        name, _, qualifier = asked.get("FunctionName", "").rpartition(":function:")[2].partition(":")
        try:
            upstream.client("mq", MOTO, call.region).describe_broker(BrokerId=source.rpartition(":")[2])
            upstream.client("lambda", MINISTACK, call.region).get_function_configuration(
                FunctionName=name, **({"Qualifier": qualifier} if qualifier else {})
            )
        except (ClientError, ParamValidationError) as error:
            return _refused("InvalidParameterValueException", f"{source}, or its function, does not exist: {error}")
        if len(asked.get("Queues", [])) != 1:
            return _refused("InvalidParameterValueException", "name exactly one queue of the broker")
        key = str(uuid.uuid4())
        account = source.split(":")[4]
        mapping: dict[str, Any] = {
            "UUID": key,
            "EventSourceArn": source,
            "EventSourceMappingArn": f"arn:aws:lambda:{call.region}:{account}:event-source-mapping:{key}",
            "Queues": asked["Queues"],
            "BatchSize": 100,
            "MaximumBatchingWindowInSeconds": 0,
            "SourceAccessConfigurations": [],
            "StateTransitionReason": "USER_INITIATED",
            "LastProcessingResult": "No records processed",
        }
        _apply(mapping, {"Enabled": True, **asked})
        with self._lock:
            self._mappings[key] = mapping
            self._tags[mapping["EventSourceMappingArn"]] = dict(asked.get("Tags") or {})
        return json_answer(mapping, 202)

    def _tagged(self, call: Call, arn: str) -> Answer | None:
        with self._lock:
            tags = self._tags.get(arn)
            if tags is None:
                return None
            if call.method == "GET":
                return json_answer({"Tags": tags})
            tags.update(call.json.get("Tags") or {})
            for key in parse_qs(urlsplit(call.target).query).get("tagKeys", []) if call.method == "DELETE" else []:
                tags.pop(key, None)
            return json_answer({}, 204)


def _apply(mapping: dict[str, Any], asked: dict[str, Any]) -> None:
    """Puts what is asked for into a mapping. Terraform names functions by ARN, with the alias."""
    mapping.update({name: asked[name] for name in _SETTINGS if name in asked})
    if "FunctionName" in asked:
        mapping["FunctionArn"] = asked["FunctionName"]
    if "Enabled" in asked:
        mapping["State"] = "Enabled" if asked["Enabled"] else "Disabled"
    mapping["LastModified"] = time.time()


def _refused(code: str, message: str) -> Answer:
    return json_answer({"Type": "User", "Message": message}, 400, [("x-amzn-errortype", code)])
