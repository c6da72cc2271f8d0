"""EC2 (moto 5.2.5): a security group rule whose peer is a group has no description where rules are listed."""

import re
from threading import Lock
from typing import ClassVar
from xml.etree.ElementTree import Element

from harness.emulator import xml
from harness.emulator.call import Answer, Call
from harness.emulator.gaps.gap import Gap, Onward
from harness.emulator.upstream import Upstream

_ASKED = re.compile(
    r"(IpPermissions\.\d+\.(?:IpRanges|Ipv6Ranges|PrefixListIds|Groups|UserIdGroupPairs)\.\d+)\."
    r"(CidrIp|CidrIpv6|PrefixListId|GroupId)$"
)
_TOLD = ("cidrIpv4", "cidrIpv6", "prefixListId", "referencedGroupInfo/groupId")
_MODIFIED = re.compile(r"(SecurityGroupRules?\.\d+)\.SecurityGroupRuleId$")


class RuleDescriptions(Gap):
    """Keeps the description of each rule by the rule's id."""

    services: ClassVar[frozenset[str]] = frozenset({"ec2"})

    def __init__(self) -> None:
        self._descriptions: dict[str, str] = {}
        self._lock = Lock()

    def handle(self, call: Call, onward: Onward, upstream: Upstream) -> Answer:
        """Takes descriptions from what makes and changes rules, and puts them into what shows rules."""
        answer = onward(call)
        if answer.status != 200:
            return answer
        if call.action in ("AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress"):
            root = xml.parse(answer)
            by_peer = _descriptions(call)
            with self._lock:
                for rule in _rules(root):
                    self._descriptions[xml.text(rule, "securityGroupRuleId")] = by_peer.get(_peer(rule), "")
        elif call.action == "ModifySecurityGroupRules":
            with self._lock:
                for name, rule_id in call.form.items():
                    if found := _MODIFIED.match(name):
                        description = call.form.get(f"{found[1]}.SecurityGroupRule.Description", "")
                        self._descriptions[rule_id] = description
            return answer
        elif call.action == "DescribeSecurityGroupRules":
            root = xml.parse(answer)
        else:
            return answer
        with self._lock:
            for rule in _rules(root):
                if kept := self._descriptions.get(xml.text(rule, "securityGroupRuleId")):
                    xml.put(rule, "description", kept)
        return xml.rendered(answer, root)


def _rules(root: Element) -> list[Element]:
    return [rule for rules in xml.all_named(root, "securityGroupRuleSet") for rule in rules.findall("item")]


def _peer(rule: Element) -> str:
    """Whom a rule lets in or out: a range, a prefix list or a group."""
    return next((value for path in _TOLD if (value := xml.text(rule, path))), "")


def _descriptions(call: Call) -> dict[str, str]:
    """Descriptions by peer, as a call that makes rules has them."""
    return {
        value: call.form.get(f"{found[1]}.Description", "")
        for name, value in call.form.items()
        if (found := _ASKED.match(name))
    }
