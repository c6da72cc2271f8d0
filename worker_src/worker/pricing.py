"""Role `pricing`: what an order would cost, over HTTP.

POST /v1/price {"lines": [{"sku", "quantity"}]}
200 {"lines": [{"sku", "quantity", "unit_price_cents", "line_total_cents"}], "total_cents", "currency"}
404, 422 or 400 with a problem document (RFC 9457): unknown product, wrong form, no JSON
"""

import json
import time
from collections.abc import Mapping

from contracts import problems, schemas
from contracts.catalogue import CATALOGUE, CURRENCY, Product
from worker.metrics import Metrics
from worker.web import Response, as_json, problem


class Pricing:
    """Prices orders from the catalogue. Safe to use from several threads."""

    def __init__(self, metrics: Metrics, products: tuple[Product, ...] = CATALOGUE) -> None:
        self._metrics = metrics
        self._prices: Mapping[str, int] = {product.sku: product.price_cents for product in products}

    def answer(self, body: bytes) -> Response:
        """The answer to POST /v1/price."""
        began = time.perf_counter()
        response = self._price(body)
        self._metrics.request(response.status, time.perf_counter() - began)
        return response

    def _price(self, body: bytes) -> Response:
        try:
            request = json.loads(body)
        except ValueError as error:
            return problem(problems.INVALID_JSON, f"The body must be JSON: {error}")
        try:
            schemas.validate("order.request", request)
        except schemas.SchemaViolation as error:
            return problem(
                problems.INVALID_REQUEST, error.detail, errors=[{"pointer": error.pointer, "detail": error.detail}]
            )
        unknown = sorted({line["sku"] for line in request["lines"]} - self._prices.keys())
        if unknown:
            return problem(problems.NOT_FOUND, f"There is no product {', '.join(unknown)}.", skus=unknown)
        lines = [
            {
                "sku": line["sku"],
                "quantity": line["quantity"],
                "unit_price_cents": self._prices[line["sku"]],
                "line_total_cents": self._prices[line["sku"]] * line["quantity"],
            }
            for line in request["lines"]
        ]
        total = sum(line["line_total_cents"] for line in lines)
        return as_json(200, {"lines": lines, "total_cents": total, "currency": CURRENCY})
