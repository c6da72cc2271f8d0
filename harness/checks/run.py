"""Runs every checker over one history and its facts."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from harness.checks import (
    conservation,
    diverged,
    duplicate_effect,
    duplicate_in_pages,
    lost,
    non_monotonic_read,
    notified,
    ordering,
    outcomes,
    parked,
    phantom,
    resurrected,
    stale,
    unexpected_answer,
)
from harness.checks.facts import Facts
from harness.checks.result import CheckResult
from harness.history import Operation

Checker = Callable[[Sequence[Operation], Facts], CheckResult]


@dataclass(frozen=True)
class Budgets:
    """What a scenario allows: messages that may be parked, and how stale, in ms, a read may be (None: as it likes)."""

    parked: int = 0
    staleness_ms: float | None = None

    def __post_init__(self) -> None:
        if self.parked < 0:
            raise ValueError(f"budget parked must be 0 or more, is {self.parked}")
        if self.staleness_ms is not None and not (math.isfinite(self.staleness_ms) and self.staleness_ms >= 0):
            raise ValueError(f"budget staleness_ms must be 0 or more, is {self.staleness_ms}")


NO_SLACK = Budgets()

# What these find wrong is right a moment later, where something is still on its way.
_AT_REST_ONLY = ("lost", "phantom", "ordering", "diverged", "notified")


def checkers(budgets: Budgets = NO_SLACK) -> dict[str, Checker]:
    """All checkers by name, the gravest first."""
    return {
        "lost": lost.check,
        "duplicate_effect": duplicate_effect.check,
        "phantom": phantom.check,
        "resurrected": resurrected.check,
        "conservation": conservation.check,
        "outcomes": outcomes.check,
        "ordering": ordering.check,
        "diverged": diverged.check,
        "notified": notified.check,
        "non_monotonic_read": non_monotonic_read.check,
        "duplicate_in_pages": duplicate_in_pages.check,
        "unexpected_answer": unexpected_answer.check,
        "parked": partial(parked.check, allowed=budgets.parked),
        "stale": partial(stale.check, bound_ms=budgets.staleness_ms),
    }


def run_all(
    operations: Sequence[Operation], facts: Facts, budgets: Budgets = NO_SLACK, *, at_rest: bool = True
) -> dict[str, CheckResult]:
    """Every checker's result by its name. One that raises has the verdict unknown, with the error as its detail.

    Without quiescence (`at_rest` False) what is missing may be on its way still, and the stores were read one after
    the other: a checker that presupposes rest does not fail then but is unknown, with its findings.
    """
    results = {name: _run(checker, operations, facts) for name, checker in checkers(budgets).items()}
    if not at_rest:
        for name in _AT_REST_ONLY:
            if results[name].verdict == "fail":
                results[name] = replace(results[name], verdict="unknown", detail="not at rest: it may be on its way")
    return results


def _run(checker: Checker, operations: Sequence[Operation], facts: Facts) -> CheckResult:
    try:
        return checker(operations, facts)
    except Exception as error:  # whatever it is, it must not pass for a verdict
        return CheckResult("unknown", 0, detail=f"{type(error).__name__}: {error}")
