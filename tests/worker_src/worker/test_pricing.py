import json
from typing import Any

import pytest

from contracts import problems
from contracts.catalogue import Product
from worker.metrics import Metrics
from worker.pricing import Pricing
from worker.web import Response

PRODUCTS = (Product("TEA", "Tea", 300, 1), Product("MUG", "Mug", 1250, 1))


def ask(body: Any) -> tuple[Response, Any]:
    response = Pricing(Metrics(), PRODUCTS).answer(body if isinstance(body, bytes) else json.dumps(body).encode())
    return response, json.loads(response.body)


def test_it_prices_each_line_and_all_of_them() -> None:
    response, value = ask({"lines": [{"sku": "TEA", "quantity": 3}, {"sku": "MUG", "quantity": 1}]})
    assert response.status == 200
    assert value == {
        "lines": [
            {"sku": "TEA", "quantity": 3, "unit_price_cents": 300, "line_total_cents": 900},
            {"sku": "MUG", "quantity": 1, "unit_price_cents": 1250, "line_total_cents": 1250},
        ],
        "total_cents": 2150,
        "currency": "EUR",
    }


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{", problems.INVALID_JSON),
        (b"\xff", problems.INVALID_JSON),
        ([], problems.INVALID_REQUEST),
        ({}, problems.INVALID_REQUEST),
        ({"lines": []}, problems.INVALID_REQUEST),
        ({"lines": [{"sku": "TEA", "quantity": 0}]}, problems.INVALID_REQUEST),
        ({"lines": [{"sku": "TEA", "quantity": "1"}]}, problems.INVALID_REQUEST),
        ({"lines": [{"sku": "SALT", "quantity": 1}]}, problems.NOT_FOUND),
    ],
)
def test_what_it_cannot_price_it_answers_with_a_problem(body: Any, kind: problems.ProblemType) -> None:
    response, value = ask(body)
    assert response.content_type == problems.MEDIA_TYPE
    assert response.status == value["status"] == kind.status
    assert value["type"] == kind.uri


def test_a_broken_schema_names_the_place() -> None:
    _, value = ask({"lines": [{"sku": "TEA", "quantity": 1}, {"sku": "TEA", "quantity": 0}]})
    assert value["errors"][0]["pointer"] == "/lines/1/quantity"


def test_an_unknown_product_is_named() -> None:
    _, value = ask({"lines": [{"sku": "SALT", "quantity": 1}]})
    assert value["skus"] == ["SALT"]
