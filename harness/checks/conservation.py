"""Conservation: stock is neither made nor lost, and totals are the sums of their lines."""

from collections import defaultdict
from collections.abc import Sequence

from contracts.outcomes import Status
from harness.checks.facts import MYSQL, Facts, needed
from harness.checks.result import CheckResult, Findings
from harness.history import Operation


def check(operations: Sequence[Operation], facts: Facts) -> CheckResult:
    """Stock and money add up.

    Per product: initial stock = stock + confirmed quantity, stock = sum of its movements, stock is not negative.
    Per order: its movements take exactly the lines of a CONFIRMED order and come to nothing for any other; its total
    is the sum of its lines. `examined` counts products and orders; without an order there is nothing to conserve.
    """
    mysql = needed(facts.mysql, MYSQL)
    found = Findings()
    confirmed: dict[str, int] = defaultdict(int, {other.sku: other.confirmed for other in mysql.elsewhere})
    # What is still to be explained of each product's movement for each order.
    unexplained: dict[tuple[str, str], int] = defaultdict(int)
    moved: dict[str, int] = defaultdict(int, {other.sku: other.moved for other in mysql.elsewhere})
    for movement in mysql.movements:
        moved[movement.sku] += movement.quantity
        if movement.order_id is not None:
            unexplained[movement.order_id, movement.sku] += movement.quantity

    statuses: dict[str, str] = {}
    for order in mysql.orders:
        found.examined += 1
        statuses[order.order_id] = order.status
        if order.total_cents != sum(line.quantity * line.unit_price_cents for line in order.lines):
            found.wrong("order {}: total of {} cents is not the sum of its lines", order.order_id, order.total_cents)
        if order.status == Status.CONFIRMED:
            for line in order.lines:
                confirmed[line.sku] += line.quantity
                unexplained[order.order_id, line.sku] += line.quantity
    for (order_id, sku), rest in unexplained.items():
        if rest:
            found.wrong(
                "order {} ({}): its movements of {} come to {} more than its lines ask for",
                order_id, statuses.get(order_id, "does not exist"), sku, -rest,
            )  # fmt: skip

    known = set()
    for product in mysql.products:
        known.add(product.sku)
        if found.examined:
            found.examined += 1
        expected = product.initial_stock - confirmed[product.sku]
        if product.stock != expected:
            found.wrong(
                "product {}: stock is {}, but {} initially less {} confirmed are {}",
                product.sku, product.stock, product.initial_stock, confirmed[product.sku], expected,
            )  # fmt: skip
        if product.stock != moved[product.sku]:
            found.wrong(
                "product {}: stock is {}, but its movements sum to {}", product.sku, product.stock, moved[product.sku]
            )
        if product.stock < 0:
            found.wrong("product {}: stock is {}", product.sku, product.stock)
    for sku in sorted((moved.keys() | confirmed.keys()) - known):
        found.wrong("product {}: moved or sold, but does not exist", sku)
    return found.result()
