"""EKS (ministack 1.5.33): a cluster's upgrade policy is forgotten, it takes no update, and goes with its node groups.

On AWS a cluster that has node groups cannot be deleted.
"""

import re
from dataclasses import replace
from threading import Lock
from typing import Any, ClassVar

from harness.emulator.call import Answer, Call, json_answer
from harness.emulator.gaps import eks_updates
from harness.emulator.gaps.gap import Gap, Onward
from harness.emulator.routes import MINISTACK
from harness.emulator.upstream import Upstream

_PATH = re.compile(r"/clusters(?:/([^/]+)(/update-config|/updates)?)?$")
_DEFAULT = {"upgradePolicy": {"supportType": "EXTENDED"}}
_TYPES = {
    "accessConfig": "AccessConfigUpdate",
    "logging": "LoggingUpdate",
    "resourcesVpcConfig": "EndpointAccessUpdate",
    "upgradePolicy": "UpgradePolicyUpdate",
    "version": "VersionUpdate",
}


class EksClusters(Gap):
    """Keeps what the emulator forgets of each cluster, by region and name."""

    services: ClassVar[frozenset[str]] = frozenset({"eks"})

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], dict[str, Any]] = {}
        self._lock = Lock()

    def handle(self, call: Call, onward: Onward, upstream: Upstream) -> Answer:
        """Answers updates, refuses to delete what has node groups, and shows what is kept with each cluster."""
        found = _PATH.match(call.path)
        if not found:
            return onward(call)
        name, change = found.groups()
        if change:
            return self._change(call, name, onward) if call.method == "POST" else onward(call)
        if call.method == "DELETE":
            client = upstream.client("eks", MINISTACK, call.region)
            try:
                groups = client.list_nodegroups(clusterName=name)["nodegroups"]
            except client.exceptions.ResourceNotFoundException:
                groups = []
            if groups:
                return json_answer(
                    {"message": "Cluster has nodegroups attached", "clusterName": name, "nodegroupName": groups[0]},
                    409,
                    [("x-amzn-errortype", "ResourceInUseException")],
                )
        answer = onward(call)
        if answer.status >= 300 or "cluster" not in (shown := answer.json):
            return answer
        key = (call.region, shown["cluster"]["name"])
        with self._lock:
            if call.method == "POST":
                self._kept[key] = {**_DEFAULT, **{each: call.json[each] for each in _DEFAULT if each in call.json}}
            _show(shown["cluster"], self._kept.get(key, {}))
            if call.method == "DELETE":
                self._kept.pop(key, None)
        return answer.with_json(shown)

    def _change(self, call: Call, name: str, onward: Onward) -> Answer:
        there = onward(replace(call, method="GET", target=f"/clusters/{name}", body=b""))
        if there.status >= 300:
            return there
        asked = {each: value for each, value in call.json.items() if each in _TYPES}
        if not asked:
            return json_answer(
                {"message": "No changes needed for the cluster"},
                400,
                [("x-amzn-errortype", "InvalidParameterException")],
            )
        with self._lock:
            kept = self._kept.setdefault((call.region, name), dict(_DEFAULT))
            for each, value in asked.items():
                kept[each] = {**kept.get(each, {}), **value} if isinstance(value, dict) else value
        return json_answer({"update": eks_updates.made(_TYPES[next(iter(asked))])})


def _show(cluster: dict[str, Any], kept: dict[str, Any]) -> None:
    """Puts what is kept over what the emulator shows."""
    for each, value in kept.items():
        cluster[each] = {**(cluster.get(each) or {}), **value} if isinstance(value, dict) else value
