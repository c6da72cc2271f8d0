"""Resurrected: an effect of an operation that was refused."""

from collections.abc import Sequence

from harness.checks import intents
from harness.checks.facts import MYSQL, Facts, needed
from harness.checks.result import CheckResult, Findings
from harness.history import Operation


def check(operations: Sequence[Operation], facts: Facts) -> CheckResult:
    """No refused place, cancel or new user has taken effect.

    An effect that another operation with the same key may have had (acknowledged or of unknown outcome) is that one's.
    For a user that is the whole row: where it is not what such a one asked for, a refused one has changed it.
    """
    mysql = needed(facts.mysql, MYSQL)
    inbox = {row.message_id: row for row in mysql.inbox}
    orders = {order.order_id for order in mysql.orders}
    users = {user.user_id: user for user in mysql.users}

    entitled_messages, entitled_orders = set(), set()
    for command in intents.commands(operations):
        if not intents.refused(command):
            entitled_messages.add(intents.message_id(command))
            entitled_orders.add(intents.order_id(command))
    entitled_users = {
        intents.registration(creation)
        for creation in intents.on(operations, intents.CREATE_USER)
        if not intents.refused(creation)
    }

    found = Findings()
    for command in filter(intents.refused, intents.commands(operations)):
        found.examined += 1
        message, order = intents.message_id(command), intents.order_id(command)
        if message in inbox and message not in entitled_messages:
            found.wrong(
                "{}: refused with {}, but message {} came to {}",
                intents.named(command), command.status, message, inbox[message].outcome,
            )  # fmt: skip
        elif command.route == intents.PLACE and order in orders and order not in entitled_orders:
            found.wrong("{}: refused with {}, but order {} exists", intents.named(command), command.status, order)
    for creation in filter(intents.refused, intents.on(operations, intents.CREATE_USER)):
        found.examined += 1
        user = users.get(creation.user)
        if user is not None and user not in entitled_users:
            found.wrong(
                "{}: refused with {}, but the user is there as {} <{}>, which no other request asked for",
                intents.named(creation), creation.status, user.name, user.email,
            )  # fmt: skip
    return found.result()
