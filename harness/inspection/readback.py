"""Reading a stack back: everything that AWS tells of it, compared with its description."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.inspection.clients import Clients, readable
from harness.inspection.facts import Comparison, Difference, compare
from harness.inspection.parts import PARTS, Part
from harness.inspection.subject import Subject


@dataclass(frozen=True)
class Readback:
    """What was compared, by part, and what cannot be: paths of the description, each with the reason."""

    parts: Mapping[str, Comparison]
    hidden: Mapping[str, str]

    @property
    def compared(self) -> int:
        """How many facts were compared."""
        return sum(comparison.compared for comparison in self.parts.values())

    @property
    def differences(self) -> tuple[Difference, ...]:
        """Where description and AWS are not the same."""
        return tuple(each for comparison in self.parts.values() for each in comparison.differences)

    def as_json(self) -> dict[str, Any]:
        """For a script."""
        return {
            "compared": self.compared,
            "parts": {
                name: {"compared": each.compared, "differences": [difference.line for difference in each.differences]}
                for name, each in self.parts.items()
            },
            "hidden": dict(self.hidden),
        }

    def show(self, console: Console) -> None:
        """For a person: every difference in a line, or three where it is long, then a table of parts."""
        for difference in self.differences:
            console.print(Text(difference.fitted(console.width), style="red"))
        table = Table("", box=None, pad_edge=False)
        for header in ("facts", "differences"):
            table.add_column(header, justify="right")
        for name, each in self.parts.items():
            style = "red" if each.differences else ""
            table.add_row(name, f"{each.compared}", f"{len(each.differences)}", style=style)
        table.add_row("in all", f"{self.compared}", f"{len(self.differences)}", style="bold")
        console.print(table)
        for reason in dict.fromkeys(self.hidden.values()):
            paths = [path for path, why in self.hidden.items() if why == reason]
            console.print(Text(f"not told by AWS: {_some(paths)}: {reason}", style="dim"))


def read(
    subject: Subject,
    clients: Clients,
    hidden: Mapping[str, str],
    *,
    progress: Callable[[str], None],
    parts: Sequence[Part] = PARTS,
) -> Readback:
    """Reads `parts` and compares them. Raises Unreadable where AWS refuses a call or does not answer."""
    compared = {}
    for part in parts:
        progress(f"reading {part.name}")
        with readable(part.name):
            compared[part.name] = compare(part.described(subject), part.found(subject, clients))
    return Readback(compared, hidden)


def _some(paths: Sequence[str]) -> str:
    return f"{paths[0]} and {len(paths) - 1} more" if len(paths) > 1 else paths[0]
