"""What a checker says: its verdict, how much it examined, and what it found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Verdict = Literal["pass", "fail", "unknown", "not_examined"]

MAX_EXAMPLES = 10
NOTHING = "nothing was examined"


@dataclass(frozen=True)
class CheckResult:
    """The finding of one checker. `not_examined`: the run was given no access to what it examines.

    `examined` says how many things it looked at and `count` how many of them were wrong; `examples` describes at most
    ten of these. `detail` is the reason of a verdict that says nothing. `figures` are further numbers, named
    with their units.
    """

    verdict: Verdict
    examined: int
    count: int = 0
    examples: tuple[str, ...] = ()
    detail: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The result as it stands in verdict.json; empty parts that are optional are left out."""
        value: dict[str, Any] = {
            "verdict": self.verdict,
            "examined": self.examined,
            "count": self.count,
            "examples": list(self.examples),
        }
        if self.detail:
            value["detail"] = self.detail
        if self.figures:
            value["figures"] = dict(self.figures)
        return value


class Findings:
    """Collects what one checker finds. Only the first ten are put into words, so a million cost no memory."""

    def __init__(self) -> None:
        self.examined = 0
        self.count = 0
        self._examples: list[str] = []

    def wrong(self, text: str, *values: object, times: int = 1) -> None:
        """Count one thing that is wrong, or several alike. `text` is a `str.format` template for `values`."""
        self.count += times
        if len(self._examples) < MAX_EXAMPLES:
            self._examples.append(text.format(*values))

    def result(self, *, allowed: int = 0, figures: Mapping[str, float] | None = None) -> CheckResult:
        """Fail above `allowed` findings, unknown where nothing was examined, else pass."""
        verdict: Verdict = "pass"
        detail = ""
        if self.count > allowed:
            verdict = "fail"
        elif not self.examined:
            verdict, detail = "unknown", NOTHING
        return CheckResult(verdict, self.examined, self.count, tuple(self._examples), detail, figures or {})
