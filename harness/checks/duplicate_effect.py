"""Duplicate effect: one operation, two effects."""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence

from harness.checks.facts import MYSQL, Facts, needed
from harness.checks.result import CheckResult, Findings
from harness.history import Operation


def check(operations: Sequence[Operation], facts: Facts) -> CheckResult:
    """No command has two outcomes, two orders, two movements of one product, or two events of one version.

    No order has more versions than commands that were done for it, none is taken from stock by two commands, and no
    version is notified twice.
    """
    mysql = needed(facts.mysql, MYSQL)
    found = Findings()
    _repeats(found, (row.message_id for row in mysql.inbox), "inbox: {1} outcomes of message {0}")
    _repeats(found, (order.order_id for order in mysql.orders), "orders: {1} rows of order {0}")
    _repeats(found, (user.user_id for user in mysql.users), "users: {1} rows of user {0}")
    _repeats(
        found,
        ((movement.message_id, movement.sku) for movement in mysql.movements if movement.order_id is not None),
        "stock_movements: {1} movements by one command of one product, {0}",
    )
    _repeats(
        found, ((event.order_id, event.version) for event in mysql.outbox), "outbox: {1} events of one version, {0}"
    )

    takers: dict[str, str] = {}
    for movement in mysql.movements:
        if movement.order_id is not None and movement.quantity < 0:
            first = takers.setdefault(movement.order_id, movement.message_id)
            if first != movement.message_id:
                found.wrong(
                    "stock_movements: order {} was taken from stock by two commands, {} and {}",
                    movement.order_id, first, movement.message_id,
                )  # fmt: skip

    commands_done = Counter(row.order_id for row in mysql.inbox)
    for order in mysql.orders:
        if order.version > commands_done[order.order_id]:
            found.wrong(
                "orders: order {} has version {} after {} commands",
                order.order_id, order.version, commands_done[order.order_id],
            )  # fmt: skip

    if facts.documents is not None:
        _repeats(
            found,
            ((document.order_id, document.version) for document in facts.documents.notifications),
            "notifications: {1} documents for one version, {0}",
        )
    return found.result()


def _repeats(found: Findings, keys: Iterable[Hashable], text: str) -> None:
    """Count each key that occurs more than once. `text` takes the key and how often it occurs."""
    counts: Counter[Hashable] = Counter(keys)
    found.examined += len(counts)
    if len(counts) == counts.total():
        return
    for key, count in counts.items():
        if count > 1:
            found.wrong(text, key, count)
