"""Notified: each published event has led to exactly one notification."""

from collections import defaultdict
from collections.abc import Sequence

from contracts import topology
from harness.checks.facts import DOCUMENTS, MYSQL, PARKED, Facts, Notification, needed
from harness.checks.result import CheckResult, Findings
from harness.history import Operation


def check(operations: Sequence[Operation], facts: Facts) -> CheckResult:
    """Every published event has one notification document that tells the truth, or was parked on its way to it.

    The status can be compared for an order's current version only; earlier ones are not kept. `examined` counts the
    published events.
    """
    mysql, documents = needed(facts.mysql, MYSQL), needed(facts.documents, DOCUMENTS)
    found = Findings()
    notified: dict[str, list[Notification]] = defaultdict(list)
    for notification in documents.notifications:
        notified[notification.event_id].append(notification)
    set_aside = {
        message.message_id
        for message in needed(facts.parked, PARKED)
        if message.queue in (topology.NOTIFICATIONS, None)
    }
    current = {(order.order_id, order.version): order for order in mysql.orders}
    for event in mysql.outbox:
        if not event.published:
            continue
        found.examined += 1
        told = notified.get(event.event_id, [])
        name = f"event {event.event_id} (order {event.order_id} version {event.version})"
        if len(told) != 1:
            if told or event.event_id not in set_aside:
                found.wrong("{}: published, and has {} notifications", name, len(told))
            continue
        if (told[0].order_id, told[0].version) != (event.order_id, event.version):
            found.wrong("{}: its notification tells of order {} version {}", name, told[0].order_id, told[0].version)
            continue
        order = current.get((event.order_id, event.version))
        if order is not None and (told[0].status, told[0].user_id) != (order.status, order.user_id):
            found.wrong(
                "{}: notified {} of {}, but {} has a {} order",
                name, told[0].user_id, told[0].status, order.user_id, order.status,
            )  # fmt: skip
    return found.result()
