"""Node groups and their Auto Scaling groups, through the front and straight at ministack."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

Clients = Callable[[str], Any]

CLUSTER = {
    "roleArn": "arn:aws:iam::000000000000:role/cluster",
    "resourcesVpcConfig": {"subnetIds": ["subnet-1", "subnet-2"]},
}
NAMES = {"clusterName": "fleet", "nodegroupName": "nodes"}
FORGOTTEN = {
    "launchTemplate": {"id": "lt-0123456789abcdef0", "version": "1"},
    "updateConfig": {"maxUnavailable": 1},
    "nodeRepairConfig": {"enabled": True},
}
GROUP = {
    **NAMES,
    "subnets": ["subnet-1", "subnet-2"],
    "nodeRole": "arn:aws:iam::000000000000:role/node",
    "scalingConfig": {"minSize": 1, "maxSize": 3, "desiredSize": 2},
    "labels": {"a": "1", "b": "2"},
    "taints": [{"key": "busy", "value": "yes", "effect": "NO_SCHEDULE"}],
    **FORGOTTEN,
}


@pytest.fixture
def eks(front: Clients) -> Iterator[Any]:
    """EKS, with a cluster."""
    client = front("eks")
    client.create_cluster(name="fleet", **CLUSTER)
    yield client
    client.delete_cluster(name="fleet")


def shown(eks: Any) -> dict[str, Any]:
    """The node group, as it is described."""
    return dict(eks.describe_nodegroup(**NAMES)["nodegroup"])


def sizes(clients: Clients, name: str) -> list[tuple[int, int, int]]:
    """Least, most and wanted size of the Auto Scaling groups of a name."""
    found = clients("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[name])
    return [(each["MinSize"], each["MaxSize"], each["DesiredCapacity"]) for each in found["AutoScalingGroups"]]


def test_a_node_group_is_what_was_asked_for_last(front: Clients, eks: Any, refused: Callable[..., str]) -> None:
    eks.create_nodegroup(**GROUP)
    first = shown(eks)
    assert {name: first[name] for name in FORGOTTEN} == FORGOTTEN
    scaled = first["resources"]["autoScalingGroups"][0]["name"]
    assert sizes(front, scaled) == [(1, 3, 2)]
    update = eks.update_nodegroup_config(
        **NAMES,
        scalingConfig={"minSize": 2, "maxSize": 6, "desiredSize": 4},
        labels={"addOrUpdateLabels": {"b": "3", "c": "4"}, "removeLabels": ["a"]},
        taints={
            "addOrUpdateTaints": [{"key": "spot", "value": "yes", "effect": "NO_EXECUTE"}],
            "removeTaints": [{"key": "busy", "value": "yes", "effect": "NO_SCHEDULE"}],
        },
        updateConfig={"maxUnavailable": 2},
    )["update"]
    found = eks.describe_update(name="fleet", nodegroupName="nodes", updateId=update["id"])["update"]
    assert (found["status"], found["type"]) == ("Successful", "ConfigUpdate")
    second = shown(eks)
    assert second["scalingConfig"] == {"minSize": 2, "maxSize": 6, "desiredSize": 4}
    assert sizes(front, scaled) == [(2, 6, 4)]
    assert second["labels"] == {"b": "3", "c": "4"}
    assert second["taints"] == [{"key": "spot", "value": "yes", "effect": "NO_EXECUTE"}]
    assert second["updateConfig"] == {"maxUnavailable": 2}
    assert second["launchTemplate"] == FORGOTTEN["launchTemplate"]
    template = {**FORGOTTEN["launchTemplate"], "version": "2"}
    eks.update_nodegroup_version(**NAMES, launchTemplate=template)
    assert shown(eks)["launchTemplate"] == template
    eks.delete_nodegroup(**NAMES)
    assert sizes(front, scaled) == []
    assert refused(eks.describe_nodegroup, **NAMES) == "ResourceNotFoundException"


def test_a_node_group_inherits_nothing_from_one_of_its_name(eks: Any) -> None:
    eks.create_nodegroup(**GROUP)
    eks.delete_nodegroup(**NAMES)
    eks.create_nodegroup(**{name: value for name, value in GROUP.items() if name not in FORGOTTEN})
    assert not FORGOTTEN.keys() & shown(eks).keys()
    eks.delete_nodegroup(**NAMES)


def test_a_node_group_that_there_is_not_is_refused(eks: Any, refused: Callable[..., str]) -> None:
    for operation in (eks.describe_nodegroup, eks.update_nodegroup_config, eks.delete_nodegroup):
        assert refused(operation, **NAMES) == "ResourceNotFoundException"


def test_upstream_still_lacks_it(ministack: Clients, eks: Any) -> None:
    straight = ministack("eks")
    straight.create_nodegroup(**GROUP)
    found = shown(straight)
    scaled = sizes(ministack, found["resources"]["autoScalingGroups"][0]["name"])
    straight.delete_nodegroup(**NAMES)
    caught_up = scaled and all(found.get(name) == value for name, value in FORGOTTEN.items())
    assert not caught_up, "ministack has caught up: remove gaps/node_groups.py"
