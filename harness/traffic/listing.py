"""A list of orders, page by page."""

from typing import Any


class Listing:
    """The orders that the pages of a list have shown."""

    def __init__(self) -> None:
        self.items: list[list[Any]] = []
        self.pages = 0
        self._seen: set[str] = set()
        self._oldest: str | None = None

    def add(self, page: Any) -> tuple[str | None, str | None]:
        """Takes a page in. Returns the next one's cursor and what is wrong with this one; None where there is none."""
        self.pages += 1
        orders, cursor = page.get("orders"), page.get("next_cursor")
        if not isinstance(orders, list) or not (cursor is None or isinstance(cursor, str)):
            return None, "a list must have orders, and next_cursor: a text or null"
        for order in orders:
            fields = order if isinstance(order, dict) else {}
            order_id, version, created = (fields.get(name) for name in ("order_id", "version", "created_at"))
            if not isinstance(order_id, str) or type(version) is not int or not isinstance(created, str):
                return None, "a listed order must have order_id, version and created_at"
            self.items.append([order_id, version])
            if order_id in self._seen:
                return None, f"order {order_id} is listed twice"
            if self._oldest is not None and created > self._oldest:
                return None, f"order {order_id} is newer than the one before it"
            self._seen.add(order_id)
            self._oldest = created
        return cursor, None
