"""The Pod Identity associations of add-ons, through the front and straight at ministack."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

Clients = Callable[[str], Any]

CLUSTER = {
    "roleArn": "arn:aws:iam::000000000000:role/cluster",
    "resourcesVpcConfig": {"subnetIds": ["subnet-1", "subnet-2"]},
}
FIRST = {"serviceAccount": "aws-node", "roleArn": "arn:aws:iam::000000000000:role/first"}
SECOND = {"serviceAccount": "aws-node", "roleArn": "arn:aws:iam::000000000000:role/second"}
ADDON = {"clusterName": "pods", "addonName": "vpc-cni"}


@pytest.fixture
def eks(front: Clients) -> Iterator[Any]:
    """EKS, with a cluster."""
    client = front("eks")
    client.create_cluster(name="pods", **CLUSTER)
    yield client
    client.delete_cluster(name="pods")


def associations(eks: Any) -> dict[str, tuple[str, str]]:
    """Namespace and role of each association of the cluster, by ARN."""
    listed = eks.list_pod_identity_associations(clusterName="pods")["associations"]
    found = [
        eks.describe_pod_identity_association(clusterName="pods", associationId=each["associationId"])["association"]
        for each in listed
    ]
    return {each["associationArn"]: (each["namespace"], each["roleArn"]) for each in found}


def shown(eks: Any) -> list[str]:
    """The ARNs that the add-on names."""
    return list(eks.describe_addon(**ADDON)["addon"]["podIdentityAssociations"])


def test_associations_come_and_go_with_their_addon(eks: Any, refused: Callable[..., str]) -> None:
    made = eks.create_addon(**ADDON, podIdentityAssociations=[FIRST])["addon"]["podIdentityAssociations"]
    assert shown(eks) == made
    assert associations(eks) == {made[0]: ("kube-system", FIRST["roleArn"])}
    eks.update_addon(**ADDON, podIdentityAssociations=[SECOND])
    assert shown(eks) != made
    assert associations(eks) == {shown(eks)[0]: ("kube-system", SECOND["roleArn"])}
    # An update that does not speak of them leaves them.
    eks.update_addon(**ADDON, resolveConflicts="OVERWRITE")
    assert list(associations(eks)) == shown(eks)
    eks.delete_addon(**ADDON)
    assert associations(eks) == {}
    assert refused(eks.describe_addon, **ADDON) == "ResourceNotFoundException"


def test_an_addon_stands_in_its_own_namespace(eks: Any) -> None:
    agent = {"serviceAccount": "cloudwatch-agent", "roleArn": FIRST["roleArn"]}
    name = "amazon-cloudwatch-observability"
    eks.create_addon(clusterName="pods", addonName=name, podIdentityAssociations=[agent])
    assert [namespace for namespace, _ in associations(eks).values()] == ["amazon-cloudwatch"]
    eks.delete_addon(clusterName="pods", addonName=name)


def test_an_association_that_went_before_its_addon_is_no_defect(eks: Any) -> None:
    arn = eks.create_addon(**ADDON, podIdentityAssociations=[FIRST])["addon"]["podIdentityAssociations"][0]
    eks.delete_pod_identity_association(clusterName="pods", associationId=arn.rpartition("/")[2])
    eks.delete_addon(**ADDON)
    assert associations(eks) == {}


def test_of_an_addon_that_there_is_not_nothing_is_made(eks: Any, refused: Callable[..., str]) -> None:
    code = refused(eks.update_addon, **ADDON, podIdentityAssociations=[FIRST])
    assert code == "ResourceNotFoundException"
    assert associations(eks) == {}


def test_upstream_still_lacks_it(ministack: Clients, eks: Any) -> None:
    straight = ministack("eks")
    straight.create_addon(**ADDON, podIdentityAssociations=[FIRST])
    found = associations(straight)
    straight.delete_addon(**ADDON)
    assert found == {}, "ministack has caught up: remove gaps/eks_addons.py"
