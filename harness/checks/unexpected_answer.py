"""Unexpected answer: the API said what its contract does not allow."""

from collections.abc import Sequence

from harness.checks import intents
from harness.checks.facts import Facts
from harness.checks.result import CheckResult, Findings
from harness.history import Operation


def check(operations: Sequence[Operation], facts: Facts) -> CheckResult:
    """No answer broke the API's contract. `examined` counts answered operations.

    Throttling and server errors keep the contract; how many there may be is for failed_answers and the service levels
    to judge. Figures count the operations that ended with them: `throttled`, `server_errors`, `unanswered`.
    """
    found = Findings()
    throttled = server_errors = unanswered = 0
    for operation in operations:
        if operation.unexpected is not None:
            found.wrong("{}: {}", intents.named(operation), operation.unexpected)
        if operation.status is None:
            unanswered += 1
            continue
        found.examined += 1
        throttled += operation.status == 429
        server_errors += operation.status >= 500
    return found.result(
        figures={"throttled": throttled, "server_errors": server_errors, "unanswered": unanswered},
    )
