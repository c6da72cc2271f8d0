"""EKS clusters, through the front and straight at ministack."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

Clients = Callable[[str], Any]

CLUSTER = {
    "roleArn": "arn:aws:iam::000000000000:role/cluster",
    "resourcesVpcConfig": {"subnetIds": ["subnet-1", "subnet-2"], "endpointPublicAccess": True},
}
STANDARD, EXTENDED = {"supportType": "STANDARD"}, {"supportType": "EXTENDED"}


def shown(eks: Any, name: str) -> dict[str, Any]:
    """A cluster, as it is described."""
    return dict(eks.describe_cluster(name=name)["cluster"])


def test_settings_are_what_was_asked_for_last(front: Clients, refused: Callable[..., str]) -> None:
    eks = front("eks")
    made = eks.create_cluster(name="settled", upgradePolicy=STANDARD, **CLUSTER)["cluster"]
    assert made["upgradePolicy"] == STANDARD
    assert shown(eks, "settled")["upgradePolicy"] == STANDARD
    update = eks.update_cluster_config(name="settled", upgradePolicy=EXTENDED)["update"]
    assert eks.describe_update(name="settled", updateId=update["id"])["update"]["status"] == "Successful"
    assert shown(eks, "settled")["upgradePolicy"] == EXTENDED
    eks.update_cluster_config(
        name="settled", resourcesVpcConfig={"endpointPublicAccess": False, "endpointPrivateAccess": True}
    )
    access = shown(eks, "settled")["resourcesVpcConfig"]
    assert access["subnetIds"] == ["subnet-1", "subnet-2"]
    assert (access["endpointPublicAccess"], access["endpointPrivateAccess"]) == (False, True)
    eks.update_cluster_version(name="settled", version="1.31")
    assert shown(eks, "settled")["version"] == "1.31"
    eks.delete_cluster(name="settled")
    assert refused(eks.describe_cluster, name="settled") == "ResourceNotFoundException"
    # Another cluster of the name inherits nothing.
    eks.create_cluster(name="settled", **CLUSTER)
    found = shown(eks, "settled")
    assert found["upgradePolicy"] == EXTENDED
    assert found["resourcesVpcConfig"]["endpointPublicAccess"]
    eks.delete_cluster(name="settled")


def test_a_cluster_that_has_node_groups_stays(front: Clients, refused: Callable[..., str]) -> None:
    eks = front("eks")
    eks.create_cluster(name="used", **CLUSTER)
    eks.create_nodegroup(
        clusterName="used",
        nodegroupName="nodes",
        subnets=["subnet-1"],
        nodeRole="arn:aws:iam::000000000000:role/node",
        scalingConfig={"minSize": 1, "maxSize": 1, "desiredSize": 1},
    )
    assert refused(eks.delete_cluster, name="used") == "ResourceInUseException"
    assert shown(eks, "used")["status"] == "ACTIVE"
    eks.delete_nodegroup(clusterName="used", nodegroupName="nodes")
    eks.delete_cluster(name="used")
    assert "used" not in eks.list_clusters()["clusters"]


def test_a_cluster_of_the_name_in_another_region_is_another(front: Clients) -> None:
    eks = front("eks")
    elsewhere = boto3.client(
        "eks",
        region_name="us-east-1",
        endpoint_url=eks.meta.endpoint_url,
        aws_access_key_id="emulator",
        aws_secret_access_key="emulator",
    )
    eks.create_cluster(name="twice", upgradePolicy=STANDARD, **CLUSTER)
    elsewhere.create_cluster(name="twice", **CLUSTER)
    try:
        assert shown(eks, "twice")["upgradePolicy"] == STANDARD
        assert shown(elsewhere, "twice")["upgradePolicy"] == EXTENDED
    finally:
        eks.delete_cluster(name="twice")
        elsewhere.delete_cluster(name="twice")


def test_a_cluster_that_there_is_not_is_refused(front: Clients, refused: Callable[..., str]) -> None:
    eks = front("eks")
    for operation, asked in (
        (eks.describe_cluster, {}),
        (eks.update_cluster_config, {"upgradePolicy": STANDARD}),
        (eks.update_cluster_version, {"version": "1.31"}),
        (eks.delete_cluster, {}),
    ):
        assert refused(operation, name="nobody", **asked) == "ResourceNotFoundException"


def test_upstream_still_lacks_it(ministack: Clients) -> None:
    eks = ministack("eks")
    eks.create_cluster(name="upstream", upgradePolicy=STANDARD, **CLUSTER)
    try:
        found = shown(eks, "upstream").get("upgradePolicy")
        try:
            eks.update_cluster_config(name="upstream", upgradePolicy=EXTENDED)
        except ClientError:
            updated = False
        else:
            updated = True
    finally:
        eks.delete_cluster(name="upstream")
    if found == STANDARD and updated:
        pytest.fail("ministack has caught up: remove gaps/eks_clusters.py")
