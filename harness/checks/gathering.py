"""Reads the facts of MySQL and of the read model: each table and collection once, streamed, with admin credentials.

Of stores that others use too, the facts of some users alone: by index, and nothing is locked or written.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import pymysql
from pymongo.database import Database
from pymysql.cursors import SSCursor

from contracts import documents as contract
from contracts import identity
from contracts.outcomes import Status
from harness.checks.facts import (
    DocumentFacts,
    Elsewhere,
    InboxRow,
    Line,
    Movement,
    MySqlFacts,
    Notification,
    Order,
    OutboxRow,
    Own,
    Product,
    ProductDocument,
    User,
)

Row = TypeVar("Row")
Share = Callable[[Any], Any]


_UTC = "DATE_FORMAT({}, '%Y-%m-%dT%H:%i:%s.%fZ')"
_BATCH = 5000
# The part of an order's id that its user alone decides: 60 bits, the version between them.
_USERS_PART = 18


def read_mysql(connection: "pymysql.Connection[Any]", own: Own | None = None) -> MySqlFacts:
    """All tables as of one snapshot, so that they agree with each other even while something still moves.

    With `own` only these users' rows, all products, and what everybody else's orders come to for each. Equal texts (an
    order's id stands in five tables) are held once. Raises pymysql's errors.
    """
    share = _sharing()
    users, orders = _conditions(connection, own)
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
    try:
        lines = _lines(connection, share, orders)
        facts = MySqlFacts(
            orders=tuple(_orders(connection, lines, share, orders)),
            lines_without_order=tuple(lines),
            products=_rows(
                connection,
                Product,
                share,
                "SELECT sku, name, price_cents, currency, initial_stock, stock FROM products",
            ),
            movements=_rows(
                connection,
                Movement,
                share,
                f"SELECT message_id, sku, order_id, quantity FROM stock_movements WHERE {orders}",
            ),
            inbox=_rows(
                connection,
                InboxRow,
                share,
                f"SELECT message_id, type, user_id, order_id, outcome, reason FROM inbox WHERE {orders}",
            ),
            outbox=_outbox(connection, share, orders),
            users=_rows(
                connection,
                User,
                share,
                f"SELECT user_id, idempotency_key, request_hash, name, email FROM users WHERE {users}",
            ),
        )
        return facts if own is None else replace(facts, elsewhere=_elsewhere(connection, facts))
    finally:
        connection.rollback()


def read_outbox(connection: "pymysql.Connection[Any]", own: Own) -> tuple[OutboxRow, ...]:
    """The events of these users' orders, as they are now. Raises pymysql's errors."""
    try:
        return _outbox(connection, _sharing(), _conditions(connection, own)[1])
    finally:
        connection.rollback()


def read_documents(database: "Database[dict[str, Any]]", own: Own | None = None) -> DocumentFacts:
    """The three collections; with `own` these users' orders alone, and what they were notified of. Raises pymongo's
    errors.
    """
    share = _sharing()

    def read(
        collection: str, build: Callable[[dict[str, Any], Share], Row], criteria: Mapping[str, Any]
    ) -> tuple[Row, ...]:
        return tuple(build(document, share) for document in database[collection].find(criteria, batch_size=_BATCH))

    def among(field: str, values: Iterable[str]) -> dict[str, Any]:
        return {} if own is None else {field: {"$in": sorted(values)}}

    orders = read(contract.ORDERS, _order_document, among("user_id", own.users if own else ()))
    known = {order.order_id for order in orders} | (own.orders if own else set())
    return DocumentFacts(
        orders=orders,
        products=read(contract.PRODUCTS, _product_document, {}),
        notifications=read(contract.NOTIFICATIONS, _notification, among("order_id", known)),
    )


def _conditions(connection: "pymysql.Connection[Any]", own: Own | None) -> tuple[str, str]:
    """(what a row with a user_id has to fulfil, what one with an order_id has to), as SQL."""
    if own is None:
        return "TRUE", "TRUE"
    users = ", ".join(connection.escape(user) for user in sorted(own.users))
    # Also orders that these users have and nobody asked for: the id tells whose it is.
    parts = sorted(identity.order_id(user, "")[:_USERS_PART] for user in own.users)
    return f"user_id IN ({users})", "(" + " OR ".join(f"order_id LIKE '{part}%'" for part in parts) + ")"


def _elsewhere(connection: "pymysql.Connection[Any]", own: MySqlFacts) -> tuple[Elsewhere, ...]:
    """What all orders come to for each product, less the ones that were read."""
    confirmed: Counter[str] = Counter()
    moved: Counter[str] = Counter()
    for sku, quantity in _stream(
        connection,
        "SELECT l.sku, SUM(l.quantity) FROM order_lines l JOIN orders o ON o.order_id = l.order_id "
        f"WHERE o.status = '{Status.CONFIRMED}' GROUP BY l.sku",
    ):
        confirmed[sku] += int(quantity)
    for sku, quantity in _stream(connection, "SELECT sku, SUM(quantity) FROM stock_movements GROUP BY sku"):
        moved[sku] += int(quantity)
    for order in own.orders:
        if order.status == Status.CONFIRMED:
            for line in order.lines:
                confirmed[line.sku] -= line.quantity
    for movement in own.movements:
        moved[movement.sku] -= movement.quantity
    return tuple(Elsewhere(sku, confirmed[sku], moved[sku]) for sku in sorted(confirmed.keys() | moved.keys()))


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


def _outbox(connection: "pymysql.Connection[Any]", share: Share, orders: str) -> tuple[OutboxRow, ...]:
    return _rows(
        connection,
        _outbox_row,
        share,
        f"SELECT event_id, order_id, version, published_at IS NOT NULL FROM outbox WHERE {orders}",
    )


def _outbox_row(event_id: str, order_id: str, version: int, published: int) -> OutboxRow:
    return OutboxRow(event_id, order_id, version, bool(published))


def _lines(connection: "pymysql.Connection[Any]", share: Share, orders: str) -> dict[str, list[Line]]:
    lines: dict[str, list[Line]] = {}
    query = (
        f"SELECT order_id, sku, quantity, unit_price_cents FROM order_lines WHERE {orders} "
        "ORDER BY order_id, line_number"
    )
    for order_id, *line in _stream(connection, query):
        lines.setdefault(share(order_id), []).append(share(Line(*map(share, line))))
    return lines


def _orders(
    connection: "pymysql.Connection[Any]", lines: dict[str, list[Line]], share: Share, orders: str
) -> Iterator[Order]:
    """All orders, each with its lines, which are taken out of `lines`."""
    query = (
        "SELECT order_id, user_id, status, reason, total_cents, currency, version, "
        f"{_UTC.format('created_at')}, {_UTC.format('updated_at')} FROM orders WHERE {orders}"
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


def order_shown(value: Mapping[str, Any]) -> Order:
    """The order that the API shows: a document whose id has its name."""
    return _order_document({**value, "_id": value.get("order_id")}, lambda each: each)


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
