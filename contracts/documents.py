"""The read model: collections, document shapes and indexes, within what DocumentDB 5.0 supports.

orders         _id order_id · user_id status reason lines[{sku quantity unit_price_cents}] total_cents currency version
               created_at updated_at (UTC, ISO 8601 with microseconds, so that text order is time order)
products       _id sku · name price_cents currency
notifications  _id event id · order_id user_id version status created_at
"""

from dataclasses import dataclass
from typing import Any

ORDERS = "orders"
PRODUCTS = "products"
NOTIFICATIONS = "notifications"


@dataclass(frozen=True)
class Index:
    """An index of `collection` over `keys`: (field, 1 ascending or -1 descending)."""

    collection: str
    name: str
    keys: tuple[tuple[str, int], ...]
    unique: bool = False


INDEXES: tuple[Index, ...] = (
    # Serves a user's orders, newest first; `_id` makes the order total, so that pages neither skip nor repeat.
    Index(ORDERS, "user_newest_first", (("user_id", 1), ("created_at", -1), ("_id", -1))),
    Index(NOTIFICATIONS, "order_version", (("order_id", 1), ("version", 1))),
)


def order_document(payload: dict[str, Any]) -> dict[str, Any]:
    """The document of an order, from the payload of `order.changed` (the whole aggregate)."""
    return {"_id": payload["order_id"], **{name: value for name, value in payload.items() if name != "order_id"}}
