"""AWS's prices, each with where it comes from. prices.json lists them; a price that is not there is not guessed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

HOURS_PER_MONTH = 730  # as AWS's own calculator counts
_FILE = Path(__file__).with_name("prices.json")


@dataclass(frozen=True)
class Price:
    """`value` US dollars for one `unit`. Low confidence: an estimate, to be shown only with a mark."""

    value: float
    unit: str
    source: str
    as_of: str
    confidence: Literal["high", "medium", "low"]
    note: str = ""


@dataclass(frozen=True)
class PriceList:
    """Prices of one region, by name."""

    region: str
    prices: Mapping[str, Price]

    @staticmethod
    def load(file: Path = _FILE) -> "PriceList":
        """The committed price list."""
        value = json.loads(file.read_text("utf-8"))
        return PriceList(value["region"], {name: Price(**price) for name, price in value["prices"].items()})

    def find(self, name: str) -> Price | None:
        """The price called `name`, None where there is none."""
        return self.prices.get(name)
