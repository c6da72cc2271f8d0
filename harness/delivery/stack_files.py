"""terraform/stack.<environment>.json: written from the plan, and held against it."""

import difflib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from harness.delivery.description import Description, describe
from harness.delivery.errors import NotWritten

_SHOWN = 40  # lines of a difference; the rest is counted


@dataclass(frozen=True)
class StackFile:
    """The description of one environment, and the file that holds it."""

    environment: str
    path: Path
    description: Description

    @property
    def stale(self) -> bool:
        """Whether the file differs from the plan, or is not there."""
        return self._present() != self.description.text

    def difference(self) -> str:
        """What the plan changes in the file, as a unified diff, cut where it is long."""
        lines = list(
            difflib.unified_diff(
                self._present().splitlines(),
                self.description.text.splitlines(),
                str(self.path),
                "plan",
                lineterm="",
                n=1,
            )
        )
        more = [f"… and {len(lines) - _SHOWN} more lines"] if len(lines) > _SHOWN else []
        return "\n".join(lines[:_SHOWN] + more)

    def write(self) -> None:
        """Replaces the file, in one step."""
        part = self.path.with_suffix(".part")
        try:
            part.write_text(self.description.text, "utf-8")
            os.replace(part, self.path)
        except OSError as error:
            raise NotWritten(f"{self.path}: cannot be written ({error.strerror})") from None

    def _present(self) -> str:
        try:
            return self.path.read_text("utf-8")
        except OSError:
            return ""


def plan(source: Path, environment: str, build: Path, *, progress: Callable[[str], None]) -> StackFile:
    """Plans `environment` of the configuration `source`, in a folder of its own below `build`.

    Raises as `harness.delivery.description.describe` does.
    """
    progress(f"planning {environment}")
    description = describe(source, environment, build / environment)
    return StackFile(environment, source / f"stack.{environment}.json", description)
