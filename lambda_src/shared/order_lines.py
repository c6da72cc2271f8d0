"""The lines of an order, as orders and quotes take them."""

from typing import Any

from shared.request import Request, invalid


def order_lines(request: Request) -> list[dict[str, Any]]:
    """The body's lines, [{"sku", "quantity"}]. An article stands in one line: two would leave open which one counts."""
    lines: list[dict[str, Any]] = request.json("order.request")["lines"]
    first: dict[str, int] = {}
    for number, line in enumerate(lines):
        earlier = first.setdefault(line["sku"], number)
        if earlier != number:
            raise invalid({f"/lines/{number}/sku": f"stands in /lines/{earlier} already; add the quantities"})
    return lines
