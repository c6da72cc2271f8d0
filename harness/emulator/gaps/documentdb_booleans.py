"""DocumentDB (ministack 1.5.33): truth values stand in white space, which the provider cannot read."""

import re
from typing import ClassVar

from harness.emulator.call import Answer, Call
from harness.emulator.gaps.gap import Gap, Onward
from harness.emulator.upstream import Upstream

_IN_SPACE = re.compile(r">\s+(true|false)\s*<|>(true|false)\s+<")


class DocumentdbBooleans(Gap):
    """Takes the white space away."""

    services: ClassVar[frozenset[str]] = frozenset({"rds"})

    def handle(self, call: Call, onward: Onward, upstream: Upstream) -> Answer:
        """The same values, readable."""
        answer = onward(call)
        return answer.with_text(_IN_SPACE.sub(lambda found: f">{found[1] or found[2]}<", answer.text))
