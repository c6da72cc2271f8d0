"""Settled: what was acknowledged can be seen in the end, by those who asked for it."""

from collections.abc import Sequence

from contracts.outcomes import Reason, Status
from harness.checks import intents
from harness.checks.facts import Facts, Order, needed
from harness.checks.outcomes import asked_for, merged
from harness.checks.result import CheckResult, Findings
from harness.history import Operation

SHOWN = "what the API shows in the end"


def check(operations: Sequence[Operation], facts: Facts) -> CheckResult:
    """The API knows every order that was acknowledged, as it was asked for, and none that was cancelled as confirmed.

    Its total is the sum of its lines. `examined` counts acknowledged places and cancels. This is what can be said of a
    stage without its databases: an effect that the API does not show stays unseen.
    """
    shown = {order.order_id: order for order in needed(facts.shown, SHOWN)}
    asked = asked_for(operations)
    found = Findings()
    for command in filter(intents.acknowledged, intents.commands(operations)):
        found.examined += 1
        order_id = intents.order_id(command)
        order = shown.get(order_id or "")
        if order is None:
            found.wrong("{}: acknowledged, but the API does not know order {}", intents.named(command), order_id)
        elif command.route == intents.CANCEL:
            if order.status == Status.CONFIRMED:
                found.wrong("{}: acknowledged, but order {} is CONFIRMED", intents.named(command), order_id)
        elif wrong := _wrong(order, asked):
            found.wrong("{}: order {} ({}) {}", intents.named(command), order_id, order.status, wrong)
    return found.result()


def _wrong(order: Order, asked: dict[str, set[frozenset[tuple[str, int]]]]) -> str | None:
    lines = merged((line.sku, line.quantity) for line in order.lines)
    # A cancel that came first leaves an order without lines.
    if (lines or order.reason != Reason.CANCELLED_FIRST) and lines not in asked.get(order.order_id, {lines}):
        return "has other lines than were asked for"
    if order.total_cents != sum(line.quantity * line.unit_price_cents for line in order.lines):
        return f"has a total of {order.total_cents} cents, which is not the sum of its lines"
    return None


def settled(operation: Operation, order: Order | None) -> bool:
    """Whether an acknowledged command has come to what its user can see; `order` is what the API shows of its order."""
    return order is not None and not (operation.route == intents.CANCEL and order.status == Status.CONFIRMED)
