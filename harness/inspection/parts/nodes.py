"""The Kubernetes cluster and its nodes."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from harness.inspection.clients import Clients, is_missing
from harness.inspection.facts import Facts
from harness.inspection.parts.part import Part
from harness.inspection.subject import Subject


def step_policies(subject: Subject, clients: Clients) -> dict[str, Mapping[str, Any]]:
    """The step policies of the nodes' group: `out` and `in`."""
    start = f"{subject.prefix}-nodes-"
    return {
        each["PolicyName"].removeprefix(start): each
        for each in clients.every("autoscaling", "describe_policies", "ScalingPolicies")
        if each["PolicyName"].startswith(start)
    }


def group(subject: Subject, clients: Clients) -> Mapping[str, Any] | None:
    """The cluster's one node group; None where there is none, or more than one."""
    try:
        names = list(clients.every("eks", "list_nodegroups", "nodegroups", clusterName=subject.prefix))
    except ClientError as error:
        if not is_missing(error):
            raise
        return None
    if len(names) != 1:
        return None
    found: Mapping[str, Any] = clients["eks"].describe_nodegroup(clusterName=subject.prefix, nodegroupName=names[0])[
        "nodegroup"
    ]
    return found


def _described(subject: Subject) -> Facts:
    cluster = subject.stack.cluster
    nodes = cluster.nodes
    return {
        "cluster": {"kubernetes_version": cluster.kubernetes_version},
        "cluster.nodes": {
            "instance_class": nodes.instance_class,
            "capacity_type": nodes.capacity_type,
            "minimum": nodes.minimum,
            "maximum": nodes.maximum,
            "disk_gb": nodes.disk_gb,
            "step_out": nodes.step_out,
            "step_in": nodes.step_in,
            "warmup_s": nodes.warmup_s,
        },
    }


def _found(subject: Subject, clients: Clients) -> Facts:
    try:
        cluster = clients["eks"].describe_cluster(name=subject.prefix)["cluster"]
    except ClientError as error:
        if not is_missing(error):
            raise
        return {}
    nodes = group(subject, clients)
    if nodes is None:
        return {"cluster": {"kubernetes_version": cluster["version"]}}
    template = _template(clients, nodes.get("launchTemplate", {}))
    disks = [each.get("Ebs", {}).get("VolumeSize") for each in template.get("BlockDeviceMappings", ())]
    policies = step_policies(subject, clients)
    return {
        "cluster": {"kubernetes_version": cluster["version"]},
        "cluster.nodes": {
            "instance_class": template.get("InstanceType"),
            "capacity_type": nodes["capacityType"],
            "minimum": nodes["scalingConfig"]["minSize"],
            "maximum": nodes["scalingConfig"]["maxSize"],
            "disk_gb": disks[0] if len(disks) == 1 else disks,
            "step_out": _step(policies.get("out", {})),
            "step_in": -_step(policies.get("in", {})),
            "warmup_s": policies.get("out", {}).get("EstimatedInstanceWarmup"),
        },
    }


def _template(clients: Clients, used: Mapping[str, Any]) -> Mapping[str, Any]:
    if "id" not in used:
        return {}
    versions = clients.every(
        "ec2",
        "describe_launch_template_versions",
        "LaunchTemplateVersions",
        LaunchTemplateId=used["id"],
        Versions=[str(used["version"])],
    )
    return next((each["LaunchTemplateData"] for each in versions), {})


def _step(policy: Mapping[str, Any]) -> int:
    """By how many nodes a step changes the group; 0 where there is no policy of one step."""
    steps = policy.get("StepAdjustments", ())
    return int(steps[0]["ScalingAdjustment"]) if len(steps) == 1 else 0


PART = Part("cluster", _described, _found, {})
