"""How far the effects of some users' orders have come, where others' messages make that no queue is ever empty."""

from collections.abc import Sequence

from harness.checks.facts import DocumentFacts, OutboxRow


def lag(events: Sequence[OutboxRow], documents: DocumentFacts | None) -> dict[str, int]:
    """What is still on its way, by place: events that are not published, orders that the read model lacks or has at an
    older version, and events that nobody was notified of.

    Without the documents, which cannot be read, only the first. With all counts 0, these users' effects are at rest.
    """
    counts = {"outbox unpublished": sum(not event.published for event in events)}
    if documents is not None:
        newest: dict[str, int] = {}
        for event in events:
            newest[event.order_id] = max(event.version, newest.get(event.order_id, 0))
        projected = {order.order_id: order.version for order in documents.orders}
        notified = {notification.event_id for notification in documents.notifications}
        counts["orders behind in the read model"] = sum(
            (projected.get(order_id) or 0) < version for order_id, version in newest.items()
        )
        counts["events without a notification"] = sum(event.event_id not in notified for event in events)
    return counts
