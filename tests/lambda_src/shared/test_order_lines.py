from collections.abc import Callable
from typing import Any

import pytest

from contracts import problems
from shared.order_lines import order_lines
from shared.request import Request
from shared.response import Problem

Make = Callable[..., Any]


def test_lines_come_as_they_were_sent(event: Make, context: Make) -> None:
    lines = [{"sku": "SKU-0002", "quantity": 3}, {"sku": "SKU-0001", "quantity": 1}]
    assert order_lines(Request.of(event("POST /v1/orders", body={"lines": lines}), context())) == lines


def test_a_whole_number_written_with_a_point_is_sent_on_as_an_integer(event: Make, context: Make) -> None:
    body = '{"lines": [{"sku": "A", "quantity": 2.0}]}'
    [line] = order_lines(Request.of(event("POST /v1/orders", body=body), context()))
    assert type(line["quantity"]) is int


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ([], ""),
        ({}, ""),
        ({"lines": []}, "/lines"),
        ({"lines": [{"sku": "A", "quantity": 1}] * 21}, "/lines"),
        ({"lines": [{"sku": "A", "quantity": 1}], "user_id": "u"}, ""),
        ({"lines": [{"sku": "A", "quantity": 1, "price": 1}]}, "/lines/0"),
        ({"lines": [{"sku": "A"}]}, "/lines/0"),
        ({"lines": [{"sku": "a", "quantity": 1}]}, "/lines/0/sku"),
        ({"lines": [{"sku": "A\n", "quantity": 1}]}, "/lines/0/sku"),
        ({"lines": [{"sku": "A", "quantity": 1001}]}, "/lines/0/quantity"),
        ({"lines": [{"sku": "A", "quantity": True}]}, "/lines/0/quantity"),
        ({"lines": [{"sku": "A", "quantity": 1.5}]}, "/lines/0/quantity"),
        ({"lines": [{"sku": "A", "quantity": "1"}]}, "/lines/0/quantity"),
        ({"lines": [{"sku": sku, "quantity": 1} for sku in "ABA"]}, "/lines/2/sku"),
    ],
)  # fmt: skip
def test_lines_that_break_the_rules(event: Make, context: Make, body: object, pointer: str) -> None:
    with pytest.raises(Problem) as refusal:
        order_lines(Request.of(event("POST /v1/orders", body=body), context()))
    assert refusal.value.kind is problems.INVALID_REQUEST
    assert [error["pointer"] for error in refusal.value.errors] == [pointer]
