"""The catalogue that `migrate` loads: what can be ordered, for how much, and how many of each there are."""

from dataclasses import dataclass

CURRENCY = "EUR"


@dataclass(frozen=True)
class Product:
    """One article. `price_cents` is in hundredths of the currency, `initial_stock` in pieces."""

    sku: str
    name: str
    price_cents: int
    initial_stock: int
    currency: str = CURRENCY


_NAMES = (
    "Espresso beans 1 kg", "Filter coffee 500 g", "Green tea 100 g", "Oat drink 1 l", "Stoneware mug",
    "Hand grinder", "Paper filters 100", "Pour-over kettle", "Milk jug", "Barista scale",
)  # fmt: skip

# Every tenth article is scarce, so that ordinary traffic runs it out and orders end as REJECTED too.
CATALOGUE: tuple[Product, ...] = tuple(
    Product(
        sku=f"SKU-{number:04d}",
        name=f"{_NAMES[number % len(_NAMES)]}, lot {number // len(_NAMES) + 1}",
        price_cents=199 + 137 * (number % 23),
        initial_stock=20 if number % 10 == 9 else 1_000_000,
    )
    for number in range(100)
)
