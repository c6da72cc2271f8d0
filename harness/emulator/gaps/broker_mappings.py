"""Lambda (ministack 1.5.33): an event source mapping whose source is an Amazon MQ broker is refused.

Such mappings are kept here, with the rules that Lambda has for them: broker and function must exist, the queue is
named, no two mappings are the same, the state follows `Enabled`. No batch is ever taken from a broker: the emulated one
has no messages.
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
        return (self._one(call, key, upstream) if key in self._mappings else None) or onward(call)

    def _one(self, call: Call, key: str, upstream: Upstream) -> Answer | None:
        changes = dict(call.json) if call.method == "PUT" else {}
        if name := changes.pop("FunctionName", None):
            arn = _function_arn(name, call.region, upstream)
            if arn is None:
                return _no_function(name)
            changes["FunctionArn"] = arn
        with self._lock:
            mapping = self._mappings.get(key)
            if mapping is None:
                return None
            if call.method == "PUT":
                _apply(mapping, changes)
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
                if function in ("", *_names(mapping["FunctionArn"])) and source in ("", mapping["EventSourceArn"])
            ]
        return answer.with_json(listed)

    def _create(self, call: Call, upstream: Upstream) -> Answer:
        asked = call.json
        source = asked["EventSourceArn"]
        try:
            upstream.client("mq", MOTO, call.region).describe_broker(BrokerId=source.rpartition(":")[2])
        except ClientError as error:
            return _refused("InvalidParameterValueException", f"{source} does not exist: {error}")
        function = _function_arn(asked.get("FunctionName", ""), call.region, upstream)
        if function is None:
            return _no_function(asked.get("FunctionName", ""))
        if len(asked.get("Queues", [])) != 1:
            return _refused("InvalidParameterValueException", "name exactly one queue of the broker")
        key = str(uuid.uuid4())
        account = source.split(":")[4]
        mapping: dict[str, Any] = {
            "UUID": key,
            "EventSourceArn": source,
            "FunctionArn": function,
            "EventSourceMappingArn": f"arn:aws:lambda:{call.region}:{account}:event-source-mapping:{key}",
            "Queues": asked["Queues"],
            "BatchSize": 100,
            "MaximumBatchingWindowInSeconds": 0,
            "SourceAccessConfigurations": [],
            "StateTransitionReason": "USER_INITIATED",
            "LastProcessingResult": "No records processed",
        }
        _apply(mapping, {"Enabled": True, **asked})
        joined = ("EventSourceArn", "FunctionArn", "Queues")
        with self._lock:
            for other in self._mappings.values():
                if all(other[name] == mapping[name] for name in joined):
                    message = f"The event source arn and function already have a mapping: UUID {other['UUID']}"
                    return _refused("ResourceConflictException", message, 409)
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
            return Answer(204)


def _apply(mapping: dict[str, Any], asked: dict[str, Any]) -> None:
    """Puts what is asked for into a mapping."""
    mapping.update({name: asked[name] for name in _SETTINGS if name in asked})
    if "Enabled" in asked:
        mapping["State"] = "Enabled" if asked["Enabled"] else "Disabled"
    mapping["LastModified"] = time.time()


def _function_arn(name: str, region: str, upstream: Upstream) -> str | None:
    """The ARN, with version or alias, of a function that a call names in any way; None where there is none."""
    function, _, qualifier = name.rpartition("function:")[2].partition(":")
    client = upstream.client("lambda", MINISTACK, region)
    try:
        # Without the alias: its own answer has the ARN of the version behind it.
        arn: str = client.get_function_configuration(FunctionName=function)["FunctionArn"]
        if qualifier:
            client.get_function_configuration(FunctionName=function, Qualifier=qualifier)
    except (ClientError, ParamValidationError):
        return None
    unqualified = ":".join(arn.split(":")[:7])
    return f"{unqualified}:{qualifier}" if qualifier else unqualified


def _names(arn: str) -> tuple[str, ...]:
    """How a list may name a function: by ARN or name, with version or alias or without."""
    parts = arn.split(":")
    return arn, ":".join(parts[:7]), ":".join(parts[6:]), parts[6]


def _no_function(name: str) -> Answer:
    return _refused("ResourceNotFoundException", f"Function not found: {name}", 404)


def _refused(code: str, message: str, status: int = 400) -> Answer:
    return json_answer({"Type": "User", "Message": message}, status, [("x-amzn-errortype", code)])
