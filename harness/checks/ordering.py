"""Ordering: the versions of an order follow each other without a gap, up to the one that both stores have."""

from collections import defaultdict
from collections.abc import Sequence

from harness.checks.facts import DOCUMENTS, MYSQL, Facts, needed
from harness.checks.result import CheckResult, Findings
from harness.history import Operation


def check(operations: Sequence[Operation], facts: Facts) -> CheckResult:
    """Each order has the events 1, 2, … n; its row and its document are at version n.

    A document that is missing is divergence, and not judged here. `examined` counts orders.
    """
    mysql, documents = needed(facts.mysql, MYSQL), needed(facts.documents, DOCUMENTS)
    found = Findings()
    versions: dict[str, set[int]] = defaultdict(set)
    for event in mysql.outbox:
        versions[event.order_id].add(event.version)
    projected = {document.order_id: document.version for document in documents.orders}
    for order in mysql.orders:
        found.examined += 1
        events = versions.get(order.order_id, set())
        if len(events) != order.version or max(events) != order.version or min(events) != 1:
            found.wrong(
                "order {}: has version {}, but its events have the versions {}",
                order.order_id, order.version, sorted(events) or "(none)",
            )  # fmt: skip
        elif projected.get(order.order_id, order.version) != order.version:
            found.wrong(
                "order {}: has version {} and {} in the read model",
                order.order_id, order.version, projected[order.order_id],
            )  # fmt: skip
    return found.result()
