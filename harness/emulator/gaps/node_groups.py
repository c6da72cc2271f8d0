"""EKS (ministack 1.5.33): a node group forgets launch template, update and repair settings, takes no update, and its
Auto Scaling group does not exist.

The group is made in the emulated EC2 Auto Scaling, so that scaling policies have something to scale.
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

_PATH = re.compile(r"/clusters/([^/]+)/node-groups(?:/([^/]+)(/update-config|/update-version)?)?$")
_FORGOTTEN = ("launchTemplate", "updateConfig", "nodeRepairConfig")
_REPLACED = (*_FORGOTTEN, "version", "releaseVersion")
_Key = tuple[str, str, str]


class NodeGroups(Gap):
    """Keeps what the emulator forgets of each node group, by region, cluster and name."""

    services: ClassVar[frozenset[str]] = frozenset({"eks"})

    def __init__(self) -> None:
        self._kept: dict[_Key, dict[str, Any]] = {}
        self._lock = Lock()

    def handle(self, call: Call, onward: Onward, upstream: Upstream) -> Answer:
        """Answers updates; adds what is kept to what shows a node group."""
        found = _PATH.match(call.path)
        if not found:
            return onward(call)
        cluster, name, change = found.groups()
        if change:
            return self._change(call, (call.region, cluster, name), change, onward, upstream)
        answer = onward(call)
        if answer.status >= 300 or "nodegroup" not in (shown := answer.json):
            return answer
        group = shown["nodegroup"]
        key = (call.region, cluster, group["nodegroupName"])
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

    def _change(self, call: Call, key: _Key, change: str, onward: Onward, upstream: Upstream) -> Answer:
        there = onward(replace(call, method="GET", target=call.target.removesuffix(change), body=b""))
        if there.status >= 300:
            return there
        group = there.json["nodegroup"]
        asked = call.json
        with self._lock:
            kept = self._kept.setdefault(key, {})
            kept.update({each: asked[each] for each in _REPLACED if each in asked})
            if sizes := asked.get("scalingConfig"):
                kept["scalingConfig"] = {**kept.get("scalingConfig", group["scalingConfig"]), **sizes}
                upstream.client("autoscaling", MINISTACK, call.region).update_auto_scaling_group(
                    AutoScalingGroupName=_scaling_group(group), **_sizes(kept["scalingConfig"])
                )
            if labels := asked.get("labels"):
                now = {**kept.get("labels", group["labels"]), **labels.get("addOrUpdateLabels", {})}
                gone = labels.get("removeLabels", [])
                kept["labels"] = {label: value for label, value in now.items() if label not in gone}
            if taints := asked.get("taints"):
                put, gone = taints.get("addOrUpdateTaints", []), taints.get("removeTaints", [])
                changed = {_taint(taint) for taint in (*put, *gone)}
                before = kept.get("taints", group["taints"])
                kept["taints"] = [*(taint for taint in before if _taint(taint) not in changed), *put]
        return json_answer(
            {"update": eks_updates.made("ConfigUpdate" if change == "/update-config" else "VersionUpdate")}
        )


def _kept(asked: dict[str, Any]) -> dict[str, Any]:
    """What a new node group has that the emulator does not show, and what it makes up where a template decides."""
    kept = {name: asked[name] for name in _FORGOTTEN if name in asked}
    if "launchTemplate" in asked:
        kept |= {"instanceTypes": asked.get("instanceTypes"), "diskSize": asked.get("diskSize")}
    return kept


def _make(scaling: Any, group: dict[str, Any]) -> None:
    scaling.create_auto_scaling_group(
        AutoScalingGroupName=_scaling_group(group),
        **_sizes(group["scalingConfig"]),
        VPCZoneIdentifier=",".join(group["subnets"]),
        Tags=[{"Key": "eks:nodegroup-name", "Value": group["nodegroupName"], "PropagateAtLaunch": True}],
    )


def _sizes(asked: dict[str, int]) -> dict[str, int]:
    """A node group's sizes, as EC2 Auto Scaling calls them."""
    return {"MinSize": asked["minSize"], "MaxSize": asked["maxSize"], "DesiredCapacity": asked["desiredSize"]}


def _taint(taint: dict[str, str]) -> tuple[str, str]:
    """What makes a taint one and the same: key and effect."""
    return taint["key"], taint["effect"]


def _scaling_group(group: dict[str, Any]) -> str:
    return str(group["resources"]["autoScalingGroups"][0]["name"])
