"""Lost: acknowledged, and neither an outcome in MySQL nor parked."""

from collections.abc import Sequence

from harness.checks import intents
from harness.checks.facts import MYSQL, PARKED, Facts, needed
from harness.checks.result import CheckResult, Findings
from harness.history import Operation, Outcome


def check(operations: Sequence[Operation], facts: Facts) -> CheckResult:
    """Every acknowledged place and cancel has an inbox row or is parked; every acknowledged new user has its row.

    Figures: `parked_acknowledged`, accepted but set aside (not lost; `parked` has the budget), and `recovered`, those
    of unknown outcome that did take effect.
    """
    mysql = needed(facts.mysql, MYSQL)
    done = {row.message_id for row in mysql.inbox}
    set_aside = {message.message_id for message in needed(facts.parked, PARKED)}
    users = {user.user_id for user in mysql.users}
    found, parked_acknowledged, recovered = Findings(), 0, 0

    for command in intents.commands(operations):
        message = intents.message_id(command)
        if command.outcome is Outcome.INDETERMINATE:
            recovered += message in done
        elif intents.acknowledged(command):
            found.examined += 1
            if message is None:
                found.wrong(
                    "{}: acknowledged without an idempotency key, so that nobody can find it", intents.named(command)
                )
            elif message not in done:
                if message in set_aside:
                    parked_acknowledged += 1
                else:
                    found.wrong(
                        "{}: acknowledged with {}, but message {} (order {}) has no outcome and is not parked",
                        intents.named(command), command.status, message, intents.order_id(command),
                    )  # fmt: skip
    for creation in intents.on(operations, intents.CREATE_USER):
        if creation.outcome is Outcome.INDETERMINATE:
            recovered += creation.user in users
        elif intents.acknowledged(creation):
            found.examined += 1
            if creation.user not in users:
                found.wrong(
                    "{}: acknowledged with {}, but there is no such user", intents.named(creation), creation.status
                )
    return found.result(figures={"parked_acknowledged": parked_acknowledged, "recovered": recovered})
