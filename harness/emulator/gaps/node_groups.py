"""EKS (ministack 1.5.33): a node group forgets launch template, update and repair settings, takes no update, and its
Auto Scaling group does not exist.

The group is made in the emulated EC2 Auto Scaling, so that scaling policies have something to scale.
"""

import re
import time
import uuid
from threading import Lock
from typing import Any, ClassVar

from harness.emulator.call import Answer, Call, json_answer
from harness.emulator.gaps.gap import Gap, Onward
from harness.emulator.routes import MINISTACK
from harness.emulator.upstream import Upstream

_PATH = re.compile(r"/clusters/([^/]+)/(node-groups|updates)(?:/([^/]+))?(/update-config|/update-version)?$")
_FORGOTTEN = ("launchTemplate", "updateConfig", "nodeRepairConfig")
_Key = tuple[str, str]


class NodeGroups(Gap):
    """Keeps what the emulator forgets of each node group, by cluster and name, and the updates by id."""

    services: ClassVar[frozenset[str]] = frozenset({"eks"})

    def __init__(self) -> None:
        self._kept: dict[_Key, dict[str, Any]] = {}
        self._updates: dict[str, dict[str, Any]] = {}
        self._lock = Lock()

    def handle(self, call: Call, onward: Onward, upstream: Upstream) -> Answer:
        """Answers updates; adds what is kept to what shows a node group."""
        found = _PATH.match(call.path)
        if not found:
            return onward(call)
        cluster, kind, name, change = found.groups()
        if kind == "updates":
            update = self._updates.get(name or "")
            return json_answer({"update": update}) if update else onward(call)
        if change and (cluster, name) in self._kept:
            return self._change((cluster, name), change.removeprefix("/"), call, upstream)
        answer = onward(call)
        if answer.status >= 300 or "nodegroup" not in (shown := answer.json):
            return answer
        group = shown["nodegroup"]
        key = (cluster, group["nodegroupName"])
        scaling = upstream.client("autoscaling", MINISTACK, call.region)
        with self._lock:
            if call.method == "POST":
                self._kept[key] = _kept(call.json)
                _make(scaling, group)
            group.update(self._kept.get(key, {}))
            if call.method == "DELETE":
                self._kept.pop(key, None)
                scaling.delete_auto_scaling_group(AutoScalingGroupName=_scaling_group(group), ForceDelete=True)
        return answer.with_json(shown)

    def _change(self, key: _Key, change: str, call: Call, upstream: Upstream) -> Answer:
        client = upstream.client("eks", MINISTACK, call.region)
        group = client.describe_nodegroup(clusterName=key[0], nodegroupName=key[1])["nodegroup"]
        with self._lock:
            kept = self._kept[key]
            for name, value in call.json.items():
                if name in ("launchTemplate", "updateConfig", "nodeRepairConfig", "version", "releaseVersion"):
                    kept[name] = value
                elif name == "scalingConfig":
                    kept[name] = {**kept.get(name, group["scalingConfig"]), **value}
                elif name == "labels":
                    labels = {**kept.get(name, group["labels"]), **value.get("addOrUpdateLabels", {})}
                    kept[name] = {key: labels[key] for key in labels if key not in value.get("removeLabels", [])}
            update: dict[str, Any] = {
                "id": str(uuid.uuid4()),
                "status": "Successful",
                "type": "ConfigUpdate" if change == "update-config" else "VersionUpdate",
                "params": [],
                "createdAt": time.time(),
                "errors": [],
            }
            self._updates[update["id"]] = update
            if "scalingConfig" in call.json:
                sizes = kept["scalingConfig"]
                upstream.client("autoscaling", MINISTACK, call.region).update_auto_scaling_group(
                    AutoScalingGroupName=_scaling_group(group),
                    MinSize=sizes["minSize"],
                    MaxSize=sizes["maxSize"],
                    DesiredCapacity=sizes["desiredSize"],
                )
        return json_answer({"update": update})


def _kept(asked: dict[str, Any]) -> dict[str, Any]:
    """What a new node group has that the emulator does not show, and what it makes up where a template decides."""
    kept = {name: asked[name] for name in _FORGOTTEN if name in asked}
    if "launchTemplate" in asked:
        kept |= {"instanceTypes": asked.get("instanceTypes"), "diskSize": asked.get("diskSize")}
    return kept


def _make(scaling: Any, group: dict[str, Any]) -> None:
    sizes = group["scalingConfig"]
    scaling.create_auto_scaling_group(
        AutoScalingGroupName=_scaling_group(group),
        MinSize=sizes["minSize"],
        MaxSize=sizes["maxSize"],
        DesiredCapacity=sizes["desiredSize"],
        VPCZoneIdentifier=",".join(group["subnets"]),
        Tags=[{"Key": "eks:nodegroup-name", "Value": group["nodegroupName"], "PropagateAtLaunch": True}],
    )


def _scaling_group(group: dict[str, Any]) -> str:
    return str(group["resources"]["autoScalingGroups"][0]["name"])
