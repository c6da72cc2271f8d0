"""POST /v1/quotes: what an order would cost, from the pricing service."""

import os

from shared import config, logs
from shared.errors import Unavailable
from shared.order_lines import order_lines
from shared.pricing import Pricing
from shared.request import Request, invalid
from shared.response import Response
from shared.router import Router
from shared.warm import compile_schemas


class Quotes:
    """The endpoint."""

    def __init__(self, pricing: Pricing) -> None:
        self._pricing = pricing

    def create(self, request: Request) -> Response:
        """A quote. It has no effect and needs no key."""
        request.user_id()
        lines = order_lines(request)
        answer = self._pricing.price(lines, request.traceparent)
        if answer.status == 404:
            named = answer.body.get("skus")
            unknown = named if isinstance(named, list) else []
            places = {number: line["sku"] for number, line in enumerate(lines) if line["sku"] in unknown}
            errors = {f"/lines/{number}/sku": f"{sku} is not sold" for number, sku in places.items()}
            raise invalid(errors or {"/lines": "an article is not sold"})
        if answer.status != 200:
            raise Unavailable("the pricing service", f"status {answer.status}")
        return Response(200, answer.body)


def _build() -> Router:
    logs.configure()
    compile_schemas("order.request")
    return Router({"POST /v1/quotes": Quotes(Pricing(config.pricing(os.environ))).create})


handler = _build()
