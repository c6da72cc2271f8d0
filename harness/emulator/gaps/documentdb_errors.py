"""DocumentDB (ministack 1.5.33): errors carry the name of their shape, where AWS writes a code of its own.

The codes are those of botocore's description of the API: DBInstanceAlreadyExists for DBInstanceAlreadyExistsFault.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import ClassVar

from botocore.loaders import Loader

from harness.emulator.call import Answer, Call
from harness.emulator.gaps.gap import Gap, Onward
from harness.emulator.upstream import Upstream

_CODE = re.compile(r"<Code>(\w+)</Code>")


class DocumentdbErrors(Gap):
    """Writes AWS's codes."""

    services: ClassVar[frozenset[str]] = frozenset({"rds"})

    def handle(self, call: Call, onward: Onward, upstream: Upstream) -> Answer:
        """The answer, with AWS's code where it is an error."""
        answer = onward(call)
        return answer if answer.status < 400 else answer.with_text(with_codes(answer.text))


def with_codes(text: str) -> str:
    """An error's XML with AWS's code."""
    return _CODE.sub(lambda found: f"<Code>{_codes().get(found[1], found[1])}</Code>", text)


@cache
def _codes() -> Mapping[str, str]:
    # Not by a session, which reads the person's profile.
    shapes = Loader().load_service_model("docdb", "service-2")["shapes"]
    return {name: shape.get("error", {}).get("code", name) for name, shape in shapes.items() if shape.get("exception")}
