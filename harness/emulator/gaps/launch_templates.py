"""EC2 (moto 5.2.5): a launch template's own tags are shown among the tags that it gives to what it launches."""

from typing import ClassVar

from harness.emulator import xml
from harness.emulator.call import Answer, Call
from harness.emulator.gaps.gap import Gap, Onward
from harness.emulator.upstream import Upstream


class LaunchTemplates(Gap):
    """Takes them out: AWS allows no template to tag a template."""

    services: ClassVar[frozenset[str]] = frozenset({"ec2"})

    def handle(self, call: Call, onward: Onward, upstream: Upstream) -> Answer:
        """Templates as AWS shows them."""
        answer = onward(call)
        if call.action != "DescribeLaunchTemplateVersions" or answer.status != 200:
            return answer
        root = xml.parse(answer)
        for specifications in xml.all_named(root, "tagSpecificationSet"):
            for specification in specifications.findall("item"):
                if xml.text(specification, "resourceType") == "launch-template":
                    specifications.remove(specification)
        return xml.rendered(answer, root)
