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
    failed_answers,
    failed_invocations,
    lost,
    non_monotonic_read,
    notified,
    ordering,
    outcomes,
    parked,
    phantom,
    resurrected,
    settled,
    stale,
    unexpected_answer,
)
from harness.checks.facts import Facts
from harness.checks.meaning import MEANINGS
from harness.checks.outages import Span
from harness.checks.result import NOTHING, CheckResult
from harness.history import Operation

Checker = Callable[[Sequence[Operation], Facts], CheckResult]


@dataclass(frozen=True)
class Budgets:
    """What a scenario allows.

    Messages that may be parked; attempts, and invocations or batches, that may fail while nothing is broken; and how
    stale, in ms, a read may be (None: as it likes).
    """

    parked: int = 0
    failed_answers: int = 0
    failed_invocations: int = 0
    staleness_ms: float | None = None

    def __post_init__(self) -> None:
        for name in ("parked", "failed_answers", "failed_invocations"):
            if getattr(self, name) < 0:
                raise ValueError(f"budget {name} must be 0 or more, is {getattr(self, name)}")
        if self.staleness_ms is not None and not (math.isfinite(self.staleness_ms) and self.staleness_ms >= 0):
            raise ValueError(f"budget staleness_ms must be 0 or more, is {self.staleness_ms}")


NO_SLACK = Budgets()

# What these find wrong is right a moment later, where something is still on its way.
_AT_REST_ONLY = ("settled", "lost", "phantom", "ordering", "diverged", "notified")
# What these find wrong is what a store does that is away.
_WITH_ALL_STORES_ONLY = ("failed_answers", "failed_invocations", "parked")


def checkers(budgets: Budgets = NO_SLACK, outages: Sequence[Span] = ()) -> dict[str, Checker]:
    """All checkers by name, the gravest first. `outages` are when something was broken on purpose, or recovering."""
    return {
        "settled": settled.check,
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
        "failed_answers": partial(failed_answers.check, allowed=budgets.failed_answers, outages=outages),
        "failed_invocations": partial(failed_invocations.check, allowed=budgets.failed_invocations, outages=outages),
        "parked": partial(parked.check, allowed=budgets.parked),
        "stale": partial(stale.check, bound_ms=budgets.staleness_ms),
    }


def run_all(
    operations: Sequence[Operation],
    facts: Facts,
    budgets: Budgets = NO_SLACK,
    *,
    outages: Sequence[Span] = (),
    at_rest: bool = True,
) -> dict[str, CheckResult]:
    """Every checker's result by its name. One that raises has the verdict unknown, with the error as its detail.

    Without quiescence (`at_rest` False) what is missing may be on its way still, and the stores were read one after
    the other: a checker that presupposes rest does not fail then but is unknown, with its findings. So is one that
    finds what a store does that is away, where one could not be read. `settled` is left out where nobody has asked the
    API in the end.
    """
    results = {
        name: _run(checker, operations, facts, MEANINGS[name].needs)
        for name, checker in checkers(budgets, outages).items()
        if name != "settled" or facts.shown is not None
    }
    for name, result in results.items():
        if result.detail == NOTHING:
            results[name] = replace(result, detail=MEANINGS[name].hint)
    if not at_rest:
        _excuse(results, _AT_REST_ONLY, "not at rest: it may be on its way")
    if facts.unread:
        _excuse(results, _WITH_ALL_STORES_ONLY, f"{', '.join(facts.unread)} may have been away")
    return results


def _excuse(results: dict[str, CheckResult], names: Sequence[str], detail: str) -> None:
    for name in names:
        if name in results and results[name].verdict == "fail":
            results[name] = replace(results[name], verdict="unknown", detail=detail)


def _run(checker: Checker, operations: Sequence[Operation], facts: Facts, stores: Sequence[str]) -> CheckResult:
    absent = [facts.absent[store] for store in stores if store in facts.absent]
    if absent:
        return CheckResult("not_examined", 0, detail=f"needs {' and '.join(absent)}")
    try:
        return checker(operations, facts)
    except Exception as error:  # whatever it is, it must not pass for a verdict
        return CheckResult("unknown", 0, detail=f"{type(error).__name__}: {error}")
