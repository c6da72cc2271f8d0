"""Outcomes: what each command came to fits its order, and each order is what was asked for."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from contracts import identity, messages
from contracts.outcomes import Outcome, Reason, Status
from harness.checks import intents
from harness.checks.facts import MYSQL, Facts, InboxRow, Order, needed
from harness.checks.result import CheckResult, Findings
from harness.history import Operation

Lines = frozenset[tuple[str, int]]

# What a command may come to, given what its order is in the end. CONFIRMED may be cancelled later; the rest is final.
# Plain texts as keys: there is a look-up per row, and an enum's hash costs ten times a text's.
_ENDS: Mapping[tuple[str, str], frozenset[str]] = {
    (messages.PLACE, Outcome.CONFIRMED.value): frozenset({Status.CONFIRMED.value, Status.CANCELLED.value}),
    (messages.PLACE, Outcome.REJECTED.value): frozenset({Status.REJECTED.value}),
    (messages.PLACE, Outcome.CANCELLED.value): frozenset({Status.CANCELLED.value}),
    (messages.CANCEL, Outcome.CANCELLED.value): frozenset({Status.CANCELLED.value}),
    (messages.CANCEL, Outcome.ALREADY_FINAL.value): frozenset({Status.REJECTED.value, Status.CANCELLED.value}),
}
# What must have been done for an order to be what it is.
_CAUSES: Mapping[str, tuple[str, str]] = {
    Status.CONFIRMED.value: (messages.PLACE, Outcome.CONFIRMED.value),
    Status.REJECTED.value: (messages.PLACE, Outcome.REJECTED.value),
    Status.CANCELLED.value: (messages.CANCEL, Outcome.CANCELLED.value),
}


def check(operations: Sequence[Operation], facts: Facts) -> CheckResult:
    """Inbox rows, orders and requests agree.

    - An outcome fits the status of its order, belongs to the order's user, and has the reason it needs.
    - An order's status has a cause: the outcome that brings it about.
    - An order's lines are those of a request under its key that was not refused (of several, the first one wins, and
      which one came first nobody outside can tell). A confirmed order has the catalogue's prices.
    """
    mysql = needed(facts.mysql, MYSQL)
    found = Findings()
    orders = {order.order_id: order for order in mysql.orders}
    done: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for row in mysql.inbox:
        found.examined += 1
        done[row.order_id].add((row.type, row.outcome))
        wrong = _wrong_outcome(row, orders.get(row.order_id))
        if wrong:
            found.wrong("inbox: message {} ({} of order {}): {}", row.message_id, row.type, row.order_id, wrong)

    asked = asked_for(operations)
    prices = {product.sku: product.price_cents for product in mysql.products}
    for order in mysql.orders:
        found.examined += 1
        wrong = _wrong_order(order, done[order.order_id], asked, prices)
        if wrong:
            found.wrong("order {} of {} ({}): {}", order.order_id, order.user_id, order.status, wrong)
    return found.result()


def _wrong_outcome(row: InboxRow, order: Order | None) -> str | None:
    if order is None:
        return f"came to {row.outcome}, but there is no such order"
    ends = _ENDS.get((row.type, row.outcome))
    if ends is None:
        return f"came to {row.outcome}, which is no outcome of this command"
    if order.status not in ends:
        return f"came to {row.outcome}, but the order is {order.status}"
    if row.user_id != order.user_id or not identity.owns(row.user_id, row.order_id):
        return f"was sent by {row.user_id}, but the order is {order.user_id}'s"
    if row.outcome == Outcome.REJECTED and row.reason not in (Reason.OUT_OF_STOCK, Reason.UNKNOWN_SKU):
        return f"came to {row.outcome} for the reason {row.reason}"
    return None


def _wrong_order(
    order: Order,
    done: set[tuple[str, str]],
    asked: Mapping[str, set[Lines]],
    prices: Mapping[str, int],
) -> str | None:
    cause = _CAUSES.get(order.status)
    if cause is None:
        return "this is no status"
    if cause not in done:
        return f"no {cause[0]} came to {cause[1]}"
    lines = merged((line.sku, line.quantity) for line in order.lines)
    placed = any(type_ == messages.PLACE for type_, _ in done)
    if lines and not placed:
        return f"has {_shown(lines)}, but no {messages.PLACE} was done"
    if placed and order.order_id in asked and lines not in asked[order.order_id]:
        return f"has {_shown(lines)}, but asked for was {' or '.join(map(_shown, asked[order.order_id]))}"
    unknown = sorted(line.sku for line in order.lines if line.sku not in prices)
    if order.status == Status.CONFIRMED:
        if unknown:
            return f"sells {', '.join(unknown)}, which the catalogue does not have"
        for line in order.lines:
            if line.unit_price_cents != prices[line.sku]:
                return f"sells {line.sku} for {line.unit_price_cents} cents, which costs {prices[line.sku]}"
    if order.status == Status.REJECTED and order.reason == Reason.UNKNOWN_SKU and order.lines and not unknown:
        return "rejected for an unknown article, but the catalogue has them all"
    return None


def asked_for(operations: Iterable[Operation]) -> dict[str, set[Lines]]:
    """Per order, what the requests that were not refused asked for. A body that is no order is nobody's."""
    asked: dict[str, set[Lines]] = defaultdict(set)
    for place in intents.on(operations, intents.PLACE):
        order_id = intents.order_id(place)
        if order_id is not None and not intents.refused(place):
            try:
                body = json.loads(place.body) if isinstance(place.body, str) else place.body
                asked[order_id].add(merged((line["sku"], line["quantity"]) for line in body["lines"]))
            except (ValueError, TypeError, KeyError):
                continue
    return asked


def merged(lines: Iterable[tuple[str, Any]]) -> Lines:
    """Quantity per article: two lines of one article are as good as one."""
    quantities: dict[str, int] = defaultdict(int)
    for sku, quantity in lines:
        quantities[sku] += quantity
    return frozenset(quantities.items())


def _shown(lines: Lines) -> str:
    return ", ".join(f"{quantity} {sku}" for sku, quantity in sorted(lines)) or "nothing"
