"""Reads: orders, products, health. An order comes from MySQL where the read model lacks what the client knows."""

import logging
import os
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from contracts import documents as shapes
from contracts import identity, problems
from shared import config, logs, pages
from shared.breaker import Breaker
from shared.documents import Documents
from shared.errors import Unavailable
from shared.mysql import MySql
from shared.request import Request
from shared.response import Problem, Response
from shared.router import Router

logger = logging.getLogger(__name__)

RETRY_AFTER_S = 1.0
READ_MODEL_OPEN_S = 5.0

_VERSION = re.compile(r"[1-9][0-9]{0,8}")
_ETAG = re.compile(r'(?:W/)?"([^"]*)"')

# One statement, so that order and lines are of one moment.
_ORDER = """
SELECT o.order_id, o.user_id, o.status, o.reason, o.total_cents, o.currency, o.version, o.created_at, o.updated_at,
       l.sku, l.quantity, l.unit_price_cents
FROM orders o LEFT JOIN order_lines l ON l.order_id = o.order_id
WHERE o.order_id = %s ORDER BY l.line_number
"""

Order = dict[str, Any]


class Queries:
    """The endpoints. While the read model is away, orders are read from MySQL without waiting for it again."""

    def __init__(self, documents: Documents, mysql: MySql, breaker: Breaker | None = None) -> None:
        self._documents = documents
        self._mysql = mysql
        self._breaker = breaker or Breaker(failures=1, open_s=READ_MODEL_OPEN_S)

    def health(self, _request: Request) -> Response:
        """The function runs. Asks nobody else."""
        return Response(200, {"status": "ok"})

    def order(self, request: Request) -> Response:
        """An order, never older than the client's Min-Version."""
        user_id, order_id = request.user_id(), request.path.get("id", "")
        if not identity.owns(user_id, order_id):
            raise Problem(problems.NOT_FOUND, "You have no order of this id.")
        min_version = _min_version(request)
        order = self._order_document(order_id)
        if order is None or order["version"] < min_version:
            order = self._order_row(order_id)
        # MySQL may answer through a replica that lags; an older version than the client has seen is never shown.
        if order is None or order["version"] < min_version:
            raise Problem(
                problems.NOT_YET_KNOWN,
                "The order has not been processed yet. Ask again." if order is None
                else f"Version {min_version} is not visible yet. Ask again.",
                retry_after_s=RETRY_AFTER_S,
            )  # fmt: skip
        etag = f'"{order["version"]}"'
        if _matches(request.headers.get("if-none-match"), str(order["version"])):
            return Response(304, headers={"etag": etag})
        return Response(200, order, {"etag": etag})

    def orders(self, request: Request) -> Response:
        """A user's orders, newest first."""
        user_id = request.user_id()
        if request.path.get("id") != user_id:
            raise Problem(problems.NOT_FOUND, "You can list your own orders only.")
        page = pages.page(request, keys=2)
        criteria: dict[str, Any] = {"user_id": user_id}
        if page.after:
            created_at, order_id = page.after
            # The first condition says nothing that the second does not; it bounds the scan of the index.
            criteria["created_at"] = {"$lte": created_at}
            criteria["$or"] = [
                {"created_at": {"$lt": created_at}},
                {"created_at": created_at, "_id": {"$lt": order_id}},
            ]
        found = self._find(shapes.ORDERS, criteria, (("created_at", -1), ("_id", -1)), page.limit + 1)
        shown = found[: page.limit]
        last = (shown[-1]["created_at"], shown[-1]["_id"]) if len(found) > page.limit else None
        return _list("orders", [_order(document) for document in shown], last)

    def products(self, request: Request) -> Response:
        """The catalogue, by article number."""
        request.user_id()
        page = pages.page(request, keys=1)
        criteria = {"_id": {"$gt": page.after[0]}} if page.after else {}
        found = self._find(shapes.PRODUCTS, criteria, (("_id", 1),), page.limit + 1)
        shown = found[: page.limit]
        last = (shown[-1]["_id"],) if len(found) > page.limit else None
        return _list("products", [_product(document) for document in shown], last)

    def product(self, request: Request) -> Response:
        """One article."""
        request.user_id()
        sku = request.path.get("sku", "")
        found = self._find(shapes.PRODUCTS, {"_id": sku}, (("_id", 1),), 1)
        if not found:
            raise Problem(problems.NOT_FOUND, "There is no product of this number.")
        return Response(200, _product(found[0]))

    def _find(
        self, collection: str, criteria: Mapping[str, Any], sort: tuple[tuple[str, int], ...], limit: int
    ) -> list[dict[str, Any]]:
        if not self._breaker.allows():
            raise Unavailable("the read model", "failed a moment ago", self._breaker.opens_in_s())
        try:
            with self._documents.collection(collection) as documents:
                found = list(documents.find(criteria, sort=list(sort), limit=limit))
        except Unavailable as error:
            self._breaker.failed()
            logger.warning("the read model failed", extra=logs.fields(cause=str(error)))
            raise
        self._breaker.succeeded()
        return found

    def _order_document(self, order_id: str) -> Order | None:
        try:
            found = self._find(shapes.ORDERS, {"_id": order_id}, (("_id", 1),), 1)
        except Unavailable:
            return None
        return _order(found[0]) if found else None

    def _order_row(self, order_id: str) -> Order | None:
        rows = self._mysql.rows(_ORDER, (order_id,))
        if not rows:
            return None
        first = rows[0]
        return {
            **{name: first[name] for name in ("order_id", "user_id", "status", "reason")},
            "lines": [
                {name: row[name] for name in ("sku", "quantity", "unit_price_cents")}
                for row in rows
                if row["sku"] is not None
            ],
            **{name: first[name] for name in ("total_cents", "currency", "version")},
            **{name: _utc(first[name]) for name in ("created_at", "updated_at")},
        }


def _order(document: Mapping[str, Any]) -> Order:
    return {"order_id": document["_id"], **{name: value for name, value in document.items() if name != "_id"}}


def _product(document: Mapping[str, Any]) -> dict[str, Any]:
    return {"sku": document["_id"], **{name: value for name, value in document.items() if name != "_id"}}


def _list(name: str, items: list[dict[str, Any]], last: tuple[str, ...] | None) -> Response:
    return Response(200, {name: items, "next_cursor": pages.encode_cursor(last) if last else None})


def _utc(moment: datetime) -> str:
    """A DATETIME(6), which holds UTC, as the contract writes times."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _min_version(request: Request) -> int:
    text = request.headers.get("min-version")
    if text is None:
        return 0
    if not _VERSION.fullmatch(text):
        raise Problem(problems.INVALID_PARAMETER, "Send Min-Version as the version of an order: a whole number from 1.")
    return int(text)


def _matches(header: str | None, tag: str) -> bool:
    """If-None-Match, RFC 9110 §13.1.2: any of a list of entity tags, compared weakly, or `*`."""
    if header is None:
        return False
    return header.strip() == "*" or tag in _tags(header)


def _tags(header: str) -> Iterator[str]:
    return (match[1] for match in _ETAG.finditer(header))


def _build() -> Router:
    logs.configure()
    queries = Queries(Documents(config.documents(os.environ)), MySql(config.mysql(os.environ)))
    return Router(
        {
            "GET /v1/health": queries.health,
            "GET /v1/orders/{id}": queries.order,
            "GET /v1/users/{id}/orders": queries.orders,
            "GET /v1/products": queries.products,
            "GET /v1/products/{sku}": queries.product,
        }
    )


handler = _build()
