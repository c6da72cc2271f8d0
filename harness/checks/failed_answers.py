"""Failed answers: the API answered with a server error, or not at all, although nothing was broken."""

from collections.abc import Sequence

from harness.checks import intents
from harness.checks.facts import Facts
from harness.checks.outages import Span, during
from harness.checks.result import CheckResult, Findings
from harness.history import Operation


def check(operations: Sequence[Operation], facts: Facts, allowed: int = 0, outages: Sequence[Span] = ()) -> CheckResult:
    """No more than `allowed` attempts failed outside of `outages`, also where a retry went well.

    A failure is a status of 500 or more, a broken connection, or silence. `examined` counts the attempts of all
    operations; figure: `during_outages`, the failed ones that an outage explains.
    """
    found = Findings()
    explained = 0
    for operation in operations:
        found.examined += operation.attempts
        for attempt in operation.failed:
            if during(attempt, outages):
                explained += 1
            else:
                found.wrong(
                    "{}: an attempt failed; the operation ended {} (status {}, {})",
                    intents.named(operation), operation.outcome, operation.status,
                    operation.error or operation.problem or "no problem document",
                )  # fmt: skip
    return found.result(allowed=allowed, figures={"during_outages": explained})
