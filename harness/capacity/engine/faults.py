"""Faults of a simulation: `zone_lost@20h:30m` is a name, a time of the day and how long it lasts."""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harness.capacity.errors import FaultError

FAULTS: Mapping[str, tuple[float, str]] = {
    "zone_lost": (1800.0, "a zone's nodes, pods, broker node and database instances, writers among them"),
    "broker_node_lost": (600.0, "one node of the broker; all of it where it has one"),
    "broker_away": (60.0, "connections to the broker are reset and refused"),
    "mysql_failover": (30.0, "Aurora's writer, until a reader has taken over"),
    "documents_down": (300.0, "DocumentDB answers nobody"),
    "deploy": (0.0, "new code for all functions: their warm environments are gone"),
}
"""What each is, and how long it lasts (s) where nothing is said. Assumptions; Aurora's documentation says 30 s."""

_FORM = re.compile(r"(?P<name>[a-z_]+)@(?P<at>[^:]+)(:(?P<lasts>[^:]+))?")
_TIME = re.compile(r"(?:\d+(?:\.\d+)?[smh])+|\d+(?:\.\d+)?")
_PART = re.compile(r"(\d+(?:\.\d+)?)([smh]?)")
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}


@dataclass(frozen=True)
class Fault:
    """`name` from `at_s` on, seconds since the beginning of the day, for `lasts_s`."""

    name: str
    at_s: float
    lasts_s: float

    @property
    def until_s(self) -> float:
        """When it is healed."""
        return self.at_s + self.lasts_s

    def active(self, now_s: float) -> bool:
        """Whether it lasts at `now_s`."""
        return self.at_s <= now_s < self.until_s


def read(texts: Iterable[str], duration_s: float) -> tuple[Fault, ...]:
    """The faults of NAME@TIME[:DURATION], times as 20h, 90m, 20h30m or seconds. Raises FaultError."""
    return tuple(sorted((_fault(text, duration_s) for text in texts), key=lambda fault: fault.at_s))


def _fault(text: str, duration_s: float) -> Fault:
    found = _FORM.fullmatch(text)
    if found is None:
        raise FaultError(f"fault {text!r}: write NAME@TIME[:DURATION], such as zone_lost@20h:30m")
    name = found["name"]
    if name not in FAULTS:
        near = difflib.get_close_matches(name, FAULTS, 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise FaultError(f"fault {name!r}: there are {', '.join(FAULTS)}{hint}")
    at_s = _seconds(text, found["at"])
    if at_s >= duration_s:
        raise FaultError(f"fault {text!r}: the day ends at {duration_s / 3600:g}h")
    return Fault(name, at_s, FAULTS[name][0] if found["lasts"] is None else _seconds(text, found["lasts"]))


def _seconds(text: str, time: str) -> float:
    if _TIME.fullmatch(time) is None:
        raise FaultError(f"fault {text!r}: {time!r} is no time; write 20h, 90m, 20h30m or seconds")
    return sum(float(number) * _UNITS[unit or "s"] for number, unit in _PART.findall(time))
