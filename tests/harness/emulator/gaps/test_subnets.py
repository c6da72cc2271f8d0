"""RDS's subnet groups in moto's subnets, through the front and straight at ministack."""

from collections.abc import Callable
from typing import Any

Clients = Callable[[str], Any]

NAME = "in-real-subnets"


def shown(rds: Any) -> dict[str, Any]:
    """The group, as it is described."""
    return dict(rds.describe_db_subnet_groups(DBSubnetGroupName=NAME)["DBSubnetGroups"][0])


def ids(group: dict[str, Any]) -> list[str]:
    """The ids of a group's subnets."""
    return sorted(subnet["SubnetIdentifier"] for subnet in group["Subnets"])


def test_a_group_is_of_the_subnets_that_ec2_has(front: Clients, network: Any, refused: Callable[..., str]) -> None:
    rds, ec2 = front("rds"), front("ec2")
    third = ec2.create_subnet(VpcId=network.vpc_id, CidrBlock="10.77.2.0/24", AvailabilityZone="eu-central-1c")
    third_id = third["Subnet"]["SubnetId"]
    made = rds.create_db_subnet_group(
        DBSubnetGroupName=NAME, DBSubnetGroupDescription="-", SubnetIds=network.subnet_ids
    )["DBSubnetGroup"]
    for group in (made, shown(rds)):
        assert ids(group) == sorted(network.subnet_ids)
        assert group["VpcId"] == network.vpc_id
        zones = {subnet["SubnetAvailabilityZone"]["Name"] for subnet in group["Subnets"]}
        assert zones == {"eu-central-1a", "eu-central-1b"}
    rds.modify_db_subnet_group(DBSubnetGroupName=NAME, SubnetIds=[network.subnet_ids[0], third_id])
    assert ids(shown(rds)) == sorted([network.subnet_ids[0], third_id])
    # The twins are nobody's to see.
    assert {vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"] if not vpc["IsDefault"]} == {network.vpc_id}
    rds.delete_db_subnet_group(DBSubnetGroupName=NAME)
    assert refused(rds.describe_db_subnet_groups, DBSubnetGroupName=NAME) == "DBSubnetGroupNotFoundFault"
    ec2.delete_subnet(SubnetId=third_id)


def test_a_subnet_that_there_is_not_is_refused(front: Clients, network: Any, refused: Callable[..., str]) -> None:
    code = refused(
        front("rds").create_db_subnet_group,
        DBSubnetGroupName=NAME,
        DBSubnetGroupDescription="-",
        SubnetIds=[network.subnet_ids[0], "subnet-0123456789abcdef0"],
    )
    assert code == "InvalidSubnet"


def test_upstream_still_lacks_it(ministack: Clients, network: Any, refused: Callable[..., str]) -> None:
    code = refused(
        ministack("rds").create_db_subnet_group,
        DBSubnetGroupName=NAME,
        DBSubnetGroupDescription="-",
        SubnetIds=network.subnet_ids,
    )
    assert code == "InvalidSubnet", "ministack has caught up: remove gaps/subnets.py"
