"""The descriptions of security group rules, through the front and straight at moto."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

Clients = Callable[[str], Any]


@pytest.fixture
def groups(front: Clients) -> Iterator[list[str]]:
    """Two security groups."""
    ec2 = front("ec2")
    made = [ec2.create_security_group(GroupName=f"rules-{n}", Description="-")["GroupId"] for n in range(2)]
    yield made
    for group_id in made:
        ec2.delete_security_group(GroupId=group_id)


def described(ec2: Any, group_id: str) -> dict[str, str | None]:
    """The description of each rule of a group that lets something in, by the rule's id."""
    found = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group_id]}])
    return {
        rule["SecurityGroupRuleId"]: rule.get("Description")
        for rule in found["SecurityGroupRules"]
        if not rule["IsEgress"]
    }


def tcp(port: int, **peers: Any) -> dict[str, Any]:
    """A permission for one port."""
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **peers}


def peer(rule: dict[str, Any]) -> str:
    """Whom a rule lets in."""
    return str(rule.get("CidrIpv4") or rule.get("CidrIpv6") or rule["ReferencedGroupInfo"]["GroupId"])


def test_a_description_lives_as_long_as_its_rule(front: Clients, groups: list[str]) -> None:
    ec2 = front("ec2")
    made = ec2.authorize_security_group_ingress(
        GroupId=groups[0],
        IpPermissions=[tcp(443, UserIdGroupPairs=[{"GroupId": groups[1], "Description": "TLS & <more>"}])],
    )["SecurityGroupRules"]
    key = made[0]["SecurityGroupRuleId"]
    assert made[0]["Description"] == "TLS & <more>"
    assert described(ec2, groups[0]) == {key: "TLS & <more>"}
    ec2.modify_security_group_rules(
        GroupId=groups[0],
        SecurityGroupRules=[
            {
                "SecurityGroupRuleId": key,
                "SecurityGroupRule": {
                    "IpProtocol": "tcp",
                    "FromPort": 443,
                    "ToPort": 443,
                    "ReferencedGroupId": groups[1],
                    "Description": "changed",
                },
            }
        ],
    )
    assert described(ec2, groups[0]) == {key: "changed"}
    ec2.revoke_security_group_ingress(GroupId=groups[0], SecurityGroupRuleIds=[key])
    assert described(ec2, groups[0]) == {}


def test_one_call_describes_each_of_its_rules(front: Clients, groups: list[str]) -> None:
    ec2 = front("ec2")
    made = ec2.authorize_security_group_ingress(
        GroupId=groups[0],
        IpPermissions=[
            tcp(
                1,
                IpRanges=[{"CidrIp": "10.0.0.0/8", "Description": "ten"}, {"CidrIp": "10.1.0.0/16"}],
                Ipv6Ranges=[{"CidrIpv6": "::/0", "Description": "six"}],
                UserIdGroupPairs=[{"GroupId": groups[1], "Description": "the other"}, {"GroupId": groups[0]}],
            ),
        ],
    )["SecurityGroupRules"]
    expected = {"10.0.0.0/8": "ten", "10.1.0.0/16": None, "::/0": "six", groups[1]: "the other", groups[0]: None}
    assert {peer(rule): rule.get("Description") for rule in made} == expected
    assert described(ec2, groups[0]) == {rule["SecurityGroupRuleId"]: rule.get("Description") for rule in made}
    ec2.revoke_security_group_ingress(
        GroupId=groups[0], SecurityGroupRuleIds=[rule["SecurityGroupRuleId"] for rule in made]
    )
    assert described(ec2, groups[0]) == {}


def test_a_rule_that_there_is_not_is_refused(front: Clients, groups: list[str], refused: Callable[..., str]) -> None:
    rule = {"SecurityGroupRuleId": "sgr-0", "SecurityGroupRule": {"IpProtocol": "tcp", "Description": "none"}}
    ec2 = front("ec2")
    assert "NotFound" in refused(ec2.describe_security_group_rules, SecurityGroupRuleIds=["sgr-00000000000000000"])
    assert (
        refused(ec2.modify_security_group_rules, GroupId="sg-0", SecurityGroupRules=[rule]) == "InvalidGroup.NotFound"
    )


def test_upstream_still_lacks_it(moto: Clients, groups: list[str]) -> None:
    ec2 = moto("ec2")
    made = ec2.authorize_security_group_ingress(
        GroupId=groups[0], IpPermissions=[tcp(9, UserIdGroupPairs=[{"GroupId": groups[1], "Description": "kept"}])]
    )["SecurityGroupRules"]
    assert not any(described(ec2, groups[0]).values()), "moto has caught up: remove gaps/rule_descriptions.py"
    ec2.revoke_security_group_ingress(GroupId=groups[0], SecurityGroupRuleIds=[made[0]["SecurityGroupRuleId"]])
