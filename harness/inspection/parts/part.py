"""What a part of a stack is, for an inspection."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from harness.inspection.clients import Clients
from harness.inspection.facts import Facts
from harness.inspection.subject import Subject


@dataclass(frozen=True)
class Part:
    """One noun of the stack: what is described of it, and what AWS has.

    `hidden` are paths of the description, with `*` for any name, that no API of AWS tells, each with the reason.
    """

    name: str
    described: Callable[[Subject], Facts]
    found: Callable[[Subject, Clients], Facts]
    hidden: Mapping[str, str]
