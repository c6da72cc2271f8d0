"""Facts about a stack, and the difference between those that are described and those that were found."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Facts = Mapping[str, Mapping[str, Any]]
"""Attributes by resource: `{"alarms.api_5xx": {"threshold": 5}}`. Values are those of JSON."""

_ABSENT = object()


@dataclass(frozen=True)
class Difference:
    """One place where description and AWS are not the same: what each of the two says there."""

    path: str
    said: tuple[str, str]

    @property
    def line(self) -> str:
        """All of it."""
        return f"{self.path}: {', '.join(self.said)}"

    def fitted(self, width: int) -> str:
        """All of it, with a line for each of the two where one of `width` characters is too short."""
        return self.line if len(self.line) <= width else "\n  ".join((f"{self.path}:", *self.said))


@dataclass(frozen=True)
class Comparison:
    """How many facts were compared, and where they differ."""

    compared: int
    differences: tuple[Difference, ...]


def compare(described: Facts, found: Facts) -> Comparison:
    """Compares every attribute. A resource that one side lacks is one difference, whatever its attributes."""
    compared = 0
    differences = []
    for resource in sorted(described.keys() | found.keys()):
        if resource not in found:
            compared += 1
            differences.append(Difference(resource, ("described", "and not found")))
        elif resource not in described:
            compared += 1
            differences.append(Difference(resource, ("found", "and not described")))
        else:
            said, real = described[resource], found[resource]
            for name in sorted(said.keys() | real.keys()):
                compared += 1
                mine, theirs = said.get(name, _ABSENT), real.get(name, _ABSENT)
                if mine != theirs:
                    said_of_it = (f"described {_shown(mine)}", f"found {_shown(theirs)}")
                    differences.append(Difference(f"{resource}.{name}", said_of_it))
    return Comparison(compared, tuple(differences))


def common(values: Mapping[str, Any]) -> Any:
    """What several resources have in common; where they differ, who has what. None where there are none."""
    distinct = list(values.values())
    if all(value == distinct[0] for value in distinct):
        return distinct[0] if distinct else None
    return ", ".join(f"{name} {value}" for name, value in sorted(values.items()))


def _shown(value: Any) -> str:
    return "nothing" if value is _ABSENT else str(value)
