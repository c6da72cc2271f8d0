"""What users send: baskets that are right, and bodies that are wrong in the ways bodies are."""

import json
import random
from itertools import accumulate
from typing import Any

from contracts.catalogue import CATALOGUE

_SCARCE_BELOW = 1000
_SCARCE = tuple(product.sku for product in CATALOGUE if product.initial_stock < _SCARCE_BELOW)
_PLENTY = tuple(product.sku for product in CATALOGUE if product.initial_stock >= _SCARCE_BELOW)
# Popularity falls with rank, as it does in shops (Zipf, exponent 1).
_POPULARITY = tuple(accumulate(1 / rank for rank in range(1, len(_PLENTY) + 1)))

_SCARCE_CHANCE = 0.08
_UNKNOWN_CHANCE = 0.01
_BULK_CHANCE = 0.03
OVERSIZED_PADDING_BYTES = 300_000
"""White space after a body that is right in everything but its length, so that only a limit of the size refuses it."""


def sku(rng: random.Random) -> str:
    """An article that exists; popular ones more often."""
    if _SCARCE and rng.random() < _SCARCE_CHANCE:
        return rng.choice(_SCARCE)
    return rng.choices(_PLENTY, cum_weights=_POPULARITY)[0]


def basket(rng: random.Random, *, only_known: bool = False) -> dict[str, Any]:
    """A request body as order.request.json has it: 1 to 5 articles, seldom an unknown one among them."""
    count = rng.choices((1, 2, 3, 4, 5), (50, 25, 13, 8, 4))[0]
    skus = list(dict.fromkeys(sku(rng) for _ in range(count)))
    if not only_known and rng.random() < _UNKNOWN_CHANCE:
        skus[-1] = f"SKU-{rng.randrange(5000, 10_000)}"
    return {"lines": [{"sku": each, "quantity": _quantity(rng)} for each in skus]}


def _quantity(rng: random.Random) -> int:
    return rng.randint(10, 60) if rng.random() < _BULK_CHANCE else rng.choices((1, 2, 3), (70, 20, 10))[0]


def text(value: object) -> str:
    """The JSON that is sent for `value`."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def bad_json(rng: random.Random) -> str:
    """Text that is no JSON."""
    good = text(basket(rng))
    return rng.choice((good[: rng.randrange(1, len(good) - 1)], good.replace('"', "'"), good + "}", "", "lines=1"))


def bad_body(rng: random.Random) -> str:
    """JSON that is no order: wrong types, out of range, something missing or added, an article in two lines."""
    good = basket(rng)
    line = good["lines"][0]
    wrong: tuple[object, ...] = (
        {},
        [good],
        None,
        {"lines": []},
        {"lines": "SKU-0001"},
        {"lines": [line] * 21},
        {"lines": [{**line, "quantity": 0}]},
        {"lines": [{**line, "quantity": 1001}]},
        {"lines": [{**line, "quantity": "2"}]},
        {"lines": [{**line, "quantity": 1.5}]},
        {"lines": [{**line, "quantity": True}]},
        {"lines": [{**line, "sku": "sku 1"}]},
        {"lines": [{**line, "sku": None}]},
        {"lines": [{"sku": line["sku"]}]},
        {"lines": [{**line, "price_cents": 1}]},
        {**good, "total_cents": 1},
        {"lines": [line, line]},
    )
    return text(rng.choice(wrong))
