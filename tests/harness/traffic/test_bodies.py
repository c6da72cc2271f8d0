import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import schemas
from contracts.catalogue import CATALOGUE
from harness.traffic import bodies

seeds = st.integers(min_value=0, max_value=2**32)


@given(seeds)
def test_baskets_are_orders(seed: int) -> None:
    basket = bodies.basket(random.Random(seed))
    schemas.validate("order.request", basket)
    skus = [line["sku"] for line in basket["lines"]]
    assert len(skus) == len(set(skus))


@given(seeds)
def test_a_quote_asks_for_what_is_sold(seed: int) -> None:
    sold = {product.sku for product in CATALOGUE}
    assert {line["sku"] for line in bodies.basket(random.Random(seed), only_known=True)["lines"]} <= sold


@given(seeds)
def test_bad_json_is_none(seed: int) -> None:
    with pytest.raises(ValueError, match=r"Expecting|Extra|Unterminated|Invalid"):
        json.loads(bodies.bad_json(random.Random(seed)))


@given(seeds)
def test_a_bad_body_is_json_and_no_order(seed: int) -> None:
    body = json.loads(bodies.bad_body(random.Random(seed)))
    try:
        schemas.validate("order.request", body)
    except schemas.SchemaViolation:
        return
    skus = [line["sku"] for line in body["lines"]]
    assert len(skus) > len(set(skus))


def test_traffic_sells_out_what_is_scarce_and_asks_for_what_is_not_sold() -> None:
    rng = random.Random(1)
    stock = {product.sku: product.initial_stock for product in CATALOGUE}
    skus = [line["sku"] for _ in range(3000) for line in bodies.basket(rng)["lines"]]
    scarce = [sku for sku in skus if stock.get(sku, 10**6) < 1000]
    assert 0.03 < len(scarce) / len(skus) < 0.15
    assert any(sku not in stock for sku in skus)
