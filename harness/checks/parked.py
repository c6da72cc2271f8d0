"""Parked: messages that rest among the dead letters until somebody looks at them."""

from collections.abc import Sequence

from harness.checks import intents
from harness.checks.facts import PARKED, Facts, needed
from harness.checks.result import CheckResult, Findings
from harness.history import Operation


def check(operations: Sequence[Operation], facts: Facts, allowed: int = 0) -> CheckResult:
    """No more than `allowed` messages are parked.

    `examined` counts what could be (accepted commands and events) and what is.
    """
    found = Findings()
    found.examined += sum(map(intents.acknowledged, intents.commands(operations)))
    if facts.mysql is not None:
        found.examined += len(facts.mysql.outbox)
    for message in needed(facts.parked, PARKED):
        found.examined += 1
        found.wrong(
            "{}: message {} from {}: {}",
            message.place,
            message.message_id or f"without id, SHA-256 {message.fingerprint}",
            message.queue or "an unknown queue",
            message.reason or "no reason given",
        )
    return found.result(allowed=allowed)
