"""Reads the facts of MySQL and of the read model: each table and collection once, streamed, with admin credentials."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pymysql
from pymongo.database import Database
from pymysql.cursors import SSCursor

from contracts import documents as contract
from harness.checks.facts import (
    DocumentFacts,
    InboxRow,
    Line,
    Movement,
    MySqlFacts,
    Notification,
    Order,
    OutboxRow,
    Product,
    ProductDocument,
    User,
)

Row = TypeVar("Row")
Share = Callable[[Any], Any]


_UTC = "DATE_FORMAT({}, '%Y-%m-%dT%H:%i:%s.%fZ')"
_BATCH = 5000


def read_mysql(connection: "pymysql.Connection[Any]") -> MySqlFacts:
    """All tables as of one snapshot, so that they agree with each other even while something still moves.

    Equal texts (an order's id stands in five tables) are held once. Raises pymysql's errors.
    """
    share = _sharing()
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
    try:
        lines = _lines(connection, share)
        return MySqlFacts(
            orders=tuple(_orders(connection, lines, share)),
            lines_without_order=tuple(lines),
            products=_rows(
                connection,
                Product,
                share,
                "SELECT sku, name, price_cents, currency, initial_stock, stock FROM products",
            ),
            movements=_rows(
                connection, Movement, share, "SELECT message_id, sku, order_id, quantity FROM stock_movements"
            ),
            inbox=_rows(
                connection, InboxRow, share, "SELECT message_id, type, user_id, order_id, outcome, reason FROM inbox"
            ),
            outbox=_rows(
                connection,
                _outbox_row,
                share,
                "SELECT event_id, order_id, version, published_at IS NOT NULL FROM outbox",
            ),
            users=_rows(
                connection, User, share, "SELECT user_id, idempotency_key, request_hash, name, email FROM users"
            ),
        )
    finally:
        connection.rollback()


def read_documents(database: "Database[dict[str, Any]]") -> DocumentFacts:
    """The three collections. Raises pymongo's errors."""
    share = _sharing()

    def read(collection: str, build: Callable[[dict[str, Any], Share], Row]) -> tuple[Row, ...]:
        return tuple(build(document, share) for document in database[collection].find({}, batch_size=_BATCH))

    return DocumentFacts(
        orders=read(contract.ORDERS, _order_document),
        products=read(contract.PRODUCTS, _product_document),
        notifications=read(contract.NOTIFICATIONS, _notification),
    )


def _sharing() -> Share:
    """A function that answers the first of all equal texts and lines it was given, and everything else unchanged."""
    known: dict[Any, Any] = {}
    return lambda value: known.setdefault(value, value) if isinstance(value, (str, Line)) else value


def _stream(connection: "pymysql.Connection[Any]", query: str) -> Iterator[tuple[Any, ...]]:
    with connection.cursor(SSCursor) as cursor:
        cursor.execute(query)
        while rows := cursor.fetchmany(_BATCH):
            yield from rows


def _rows(
    connection: "pymysql.Connection[Any]", build: Callable[..., Row], share: Share, query: str
) -> tuple[Row, ...]:
    return tuple(build(*map(share, row)) for row in _stream(connection, query))


def _outbox_row(event_id: str, order_id: str, version: int, published: int) -> OutboxRow:
    return OutboxRow(event_id, order_id, version, bool(published))


def _lines(connection: "pymysql.Connection[Any]", share: Share) -> dict[str, list[Line]]:
    lines: dict[str, list[Line]] = {}
    query = "SELECT order_id, sku, quantity, unit_price_cents FROM order_lines ORDER BY order_id, line_number"
    for order_id, *line in _stream(connection, query):
        lines.setdefault(share(order_id), []).append(share(Line(*map(share, line))))
    return lines


def _orders(connection: "pymysql.Connection[Any]", lines: dict[str, list[Line]], share: Share) -> Iterator[Order]:
    """All orders, each with its lines, which are taken out of `lines`."""
    query = (
        "SELECT order_id, user_id, status, reason, total_cents, currency, version, "
        f"{_UTC.format('created_at')}, {_UTC.format('updated_at')} FROM orders"
    )
    for row in _stream(connection, query):
        order_id, user_id, status, reason, total_cents, currency, version, created_at, updated_at = map(share, row)
        own = tuple(lines.pop(order_id, ()))
        yield Order(order_id, user_id, status, reason, own, total_cents, currency, version, created_at, updated_at)


def _plain(value: Any, share: Share) -> Any:
    """`value` as a document should hold it. What cannot be a field's value is kept as text, to be seen as different."""
    return share(value) if value is None or isinstance(value, (str, int, float)) else repr(value)


def _fields(document: dict[str, Any], share: Share, *names: str) -> list[Any]:
    return [_plain(document.get(name), share) for name in names]


def _order_document(document: dict[str, Any], share: Share) -> Order:
    lines = document.get("lines")
    order = Order(*_fields(document, share, "_id", *Order._fields[1:]))
    return order._replace(lines=tuple(_line(line, share) for line in lines) if isinstance(lines, list) else ())


def _line(line: Any, share: Share) -> Line:
    if not isinstance(line, dict):
        return Line(repr(line), 0, 0)
    shared: Line = share(Line(*_fields(line, share, *Line._fields)))
    return shared


def _product_document(document: dict[str, Any], share: Share) -> ProductDocument:
    return ProductDocument(*_fields(document, share, "_id", "name", "price_cents", "currency"))


def _notification(document: dict[str, Any], share: Share) -> Notification:
    return Notification(*_fields(document, share, "_id", "order_id", "user_id", "version", "status"))
