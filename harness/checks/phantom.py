"""Phantom: an effect that nobody attempted."""

from collections.abc import Sequence

from harness.checks import intents
from harness.checks.facts import MYSQL, Facts, needed
from harness.checks.result import CheckResult, Findings
from harness.history import Operation


def check(operations: Sequence[Operation], facts: Facts) -> CheckResult:
    """Every inbox row, order, movement, event, notification and user goes back to an operation that was attempted.

    What is attempted is every operation that was sent, whatever became of it.
    """
    mysql = needed(facts.mysql, MYSQL)
    messages = {intents.message_id(command) for command in intents.commands(operations)}
    orders = {intents.order_id(command) for command in intents.commands(operations)}
    users = {creation.user for creation in intents.on(operations, intents.CREATE_USER)}
    found = Findings()

    for row in mysql.inbox:
        found.examined += 1
        if row.message_id not in messages:
            found.wrong(
                "inbox: nobody sent message {} ({}, order {}, {})", row.message_id, row.type, row.order_id, row.outcome
            )
    for order in mysql.orders:
        found.examined += 1
        if order.order_id not in orders:
            found.wrong("orders: nobody asked for order {} of {} ({})", order.order_id, order.user_id, order.status)
    for order_id in mysql.lines_without_order:
        found.wrong("order_lines: there are lines of order {}, which does not exist", order_id)
    for movement in mysql.movements:
        if movement.order_id is None:  # initial stock, which conservation weighs
            continue
        found.examined += 1
        if movement.message_id not in messages:
            found.wrong(
                "stock_movements: nobody sent message {}, which moved {} of {} for order {}",
                movement.message_id, movement.quantity, movement.sku, movement.order_id,
            )  # fmt: skip
    for event in mysql.outbox:
        found.examined += 1
        if event.order_id not in orders:
            found.wrong("outbox: event {} tells of order {}, which nobody asked for", event.event_id, event.order_id)
    for user in mysql.users:
        found.examined += 1
        if user.user_id not in users:
            found.wrong("users: nobody asked for user {}", user.user_id)
    if facts.documents is not None:
        events = {event.event_id for event in mysql.outbox}
        for notification in facts.documents.notifications:
            found.examined += 1
            if notification.event_id not in events:
                found.wrong(
                    "notifications: {} tells of order {} version {}, an event that does not exist",
                    notification.event_id, notification.order_id, notification.version,
                )  # fmt: skip
    return found.result()
