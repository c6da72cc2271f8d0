"""The updates of EKS, through the front and straight at ministack."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

Clients = Callable[[str], Any]

CLUSTER = {
    "roleArn": "arn:aws:iam::000000000000:role/cluster",
    "resourcesVpcConfig": {"subnetIds": ["subnet-1", "subnet-2"]},
}


@pytest.fixture
def cluster(front: Clients) -> Iterator[str]:
    """A cluster with an add-on."""
    eks = front("eks")
    eks.create_cluster(name="updated", **CLUSTER)
    eks.create_addon(clusterName="updated", addonName="vpc-cni")
    yield "updated"
    eks.delete_addon(clusterName="updated", addonName="vpc-cni")
    eks.delete_cluster(name="updated")


def test_an_update_is_shown_with_what_it_changed(front: Clients, cluster: str, refused: Callable[..., str]) -> None:
    eks = front("eks")
    of_cluster = eks.update_cluster_config(name=cluster, upgradePolicy={"supportType": "STANDARD"})["update"]["id"]
    of_addon = eks.update_addon(clusterName=cluster, addonName="vpc-cni", resolveConflicts="OVERWRITE")["update"]["id"]
    assert eks.describe_update(name=cluster, updateId=of_cluster)["update"]["type"] == "UpgradePolicyUpdate"
    assert eks.describe_update(name=cluster, addonName="vpc-cni", updateId=of_addon)["update"]["id"] == of_addon
    assert eks.list_updates(name=cluster)["updateIds"] == [of_cluster]
    assert eks.list_updates(name=cluster, addonName="vpc-cni")["updateIds"] == [of_addon]
    assert refused(eks.describe_update, name=cluster, updateId=of_addon) == "ResourceNotFoundException"
    assert refused(eks.describe_update, name=cluster, updateId="never") == "ResourceNotFoundException"
    assert refused(eks.describe_update, name="nobody", updateId=of_cluster) == "ResourceNotFoundException"


def test_upstream_still_lacks_it(ministack: Clients, cluster: str) -> None:
    eks = ministack("eks")
    update = eks.update_addon(clusterName=cluster, addonName="vpc-cni", resolveConflicts="OVERWRITE")["update"]
    try:
        eks.describe_update(name=cluster, addonName="vpc-cni", updateId=update["id"])
    except ClientError:
        return
    pytest.fail("ministack has caught up: remove gaps/eks_updates.py")
