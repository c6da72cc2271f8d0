"""EC2 Auto Scaling (ministack 1.5.33): policies are listed whatever names are asked for."""

from typing import ClassVar

from harness.emulator import xml
from harness.emulator.call import Answer, Call
from harness.emulator.gaps.gap import Gap, Onward
from harness.emulator.upstream import Upstream


class PolicyNames(Gap):
    """Shows those that were asked for."""

    services: ClassVar[frozenset[str]] = frozenset({"autoscaling"})

    def handle(self, call: Call, onward: Onward, upstream: Upstream) -> Answer:
        """The list, without what was not asked for."""
        answer = onward(call)
        names = call.members("PolicyNames")
        if call.action != "DescribePolicies" or answer.status != 200 or not names:
            return answer
        root = xml.parse(answer)
        for policies in xml.all_named(root, "ScalingPolicies"):
            for policy in policies.findall("member"):
                if xml.text(policy, "PolicyName") not in names and xml.text(policy, "PolicyARN") not in names:
                    policies.remove(policy)
        return xml.rendered(answer, root)
