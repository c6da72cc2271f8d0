"""The statements of `orders`: a batch in a dozen of them, whatever its size.

SQL within what MySQL 8 and 9, Aurora MySQL 3 and MariaDB 10.11 share: no RETURNING, no row alias in upserts.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from contracts import identity, messages
from contracts.outcomes import Reason, Status
from worker.orders.rules import Changes, Event, Line, Order, Product, State

Row = tuple[Any, ...]


class StockTaken(Exception):
    """Stock that was there when it was read is no longer: decide again, with the products locked."""


def read_now(cursor: Any) -> datetime:
    """The database's clock, the same for every replica; UTC without a zone."""
    cursor.execute("SELECT UTC_TIMESTAMP(6)")
    now: datetime = cursor.fetchone()[0]
    return now


def read_state(
    cursor: Any, order_ids: Collection[str], message_ids: Collection[str], skus: Collection[str], *, lock_products: bool
) -> State:
    """What a batch meets. Its orders stay locked until the transaction ends, its products where `lock_products` says
    so.

    The inbox is read after the orders are locked: so whoever made an order what it is, its command is seen as
    processed. Sorted keys give every transaction the same order of locks.
    """
    orders = _read_orders(cursor, sorted(order_ids))
    cursor.execute("SELECT message_id FROM inbox WHERE message_id IN %s", (sorted(message_ids),))
    processed = frozenset(row[0] for row in cursor.fetchall())
    return State(orders, _read_products(cursor, sorted(skus), lock_products), processed)


def _read_orders(cursor: Any, order_ids: Sequence[str]) -> dict[str, Order]:
    cursor.execute(
        "SELECT order_id, user_id, status, reason, currency, version, created_at, updated_at FROM orders"
        " WHERE order_id IN %s ORDER BY order_id FOR UPDATE",
        (order_ids,),
    )
    rows = cursor.fetchall()
    if not rows:
        return {}
    lines: defaultdict[str, list[Line]] = defaultdict(list)
    cursor.execute(
        "SELECT order_id, sku, quantity, unit_price_cents FROM order_lines"
        " WHERE order_id IN %s ORDER BY order_id, line_number",
        ([row[0] for row in rows],),
    )
    for order_id, sku, quantity, price in cursor.fetchall():
        lines[order_id].append(Line(sku, quantity, price))
    return {
        row[0]: Order(
            order_id=row[0],
            user_id=row[1],
            status=Status(row[2]),
            reason=Reason(row[3]) if row[3] else None,
            lines=tuple(lines[row[0]]),
            currency=row[4],
            version=row[5],
            created_at=row[6],
            updated_at=row[7],
        )
        for row in rows
    }


def _read_products(cursor: Any, skus: Sequence[str], lock: bool) -> dict[str, Product]:
    if not skus:
        return {}
    locking = " ORDER BY sku FOR UPDATE" if lock else ""
    cursor.execute(f"SELECT sku, price_cents, stock FROM products WHERE sku IN %s{locking}", (skus,))
    return {sku: Product(price, stock) for sku, price, stock in cursor.fetchall()}


def write(cursor: Any, state: State, changes: Changes, now: datetime) -> None:
    """Writes what a batch changes.

    New orders go first: where another replica has made one of them meanwhile, the duplicate key shows it before much
    is done. Stock goes last, since other batches wait for its rows until this one commits. Raises StockTaken where a
    guard fails.
    """
    new = [order for order_id, order in sorted(changes.orders.items()) if order_id not in state.orders]
    old = [order for order_id, order in sorted(changes.orders.items()) if order_id in state.orders]
    columns = "(order_id, user_id, status, reason, total_cents, currency, version, created_at, updated_at)"
    _insert(cursor, f"INSERT INTO orders {columns}", map(_order_row, new))
    _insert(
        cursor,
        "INSERT INTO inbox (message_id, type, user_id, order_id, outcome, reason, processed_at)",
        sorted(
            (
                done.command.message_id, done.command.type, done.command.user_id, done.command.payload["order_id"],
                done.outcome, done.reason, now,
            )
            for done in changes.processed
        ),
    )  # fmt: skip
    # These rows exist and are locked: the upsert is an update of many rows, each with values of its own.
    _insert(
        cursor,
        f"INSERT INTO orders {columns}",
        map(_order_row, old),
        " ON DUPLICATE KEY UPDATE status = VALUES(status), reason = VALUES(reason), total_cents = VALUES(total_cents),"
        " version = VALUES(version), updated_at = VALUES(updated_at)",
    )
    placed = [*new, *(order for order in old if state.orders[order.order_id].is_tombstone)]
    _insert(
        cursor,
        "INSERT INTO order_lines (order_id, line_number, sku, quantity, unit_price_cents)",
        (
            (order.order_id, number, line.sku, line.quantity, line.unit_price_cents)
            for order in placed
            for number, line in enumerate(order.lines, start=1)
        ),
    )
    _insert(
        cursor,
        "INSERT INTO stock_movements (message_id, sku, order_id, quantity, created_at)",
        ((move.message_id, move.sku, move.order_id, move.quantity, now) for move in changes.movements),
    )
    _insert(
        cursor,
        "INSERT INTO outbox (event_id, order_id, version, body, created_at)",
        (_outbox_row(event, now) for event in changes.events),
    )
    _move_stock(cursor, changes.stock())


def _insert(cursor: Any, head: str, rows: Any, tail: str = "") -> None:
    """One statement for all rows: PyMySQL joins what follows VALUES."""
    rows = list(rows)
    if rows:
        cursor.executemany(f"{head} VALUES ({', '.join(['%s'] * len(rows[0]))}){tail}", rows)


def _order_row(order: Order) -> Row:
    return (
        order.order_id, order.user_id, order.status, order.reason, order.total_cents, order.currency, order.version,
        order.created_at, order.updated_at,
    )  # fmt: skip


def _outbox_row(event: Event, now: datetime) -> Row:
    order = event.order
    return identity.event_id(order.order_id, order.version), order.order_id, order.version, event_body(event), now


def event_body(event: Event) -> str:
    """The message `order.changed` that tells of an event."""
    return messages.encode(messages.event(event.order.user_id, _payload(event.order), event.traceparent)).decode()


def _payload(order: Order) -> dict[str, Any]:
    """The whole order, as json_schemas/order.changed.json has it."""
    return {
        "order_id": order.order_id,
        "user_id": order.user_id,
        "status": order.status.value,
        "reason": order.reason.value if order.reason else None,
        "lines": [
            {"sku": line.sku, "quantity": line.quantity, "unit_price_cents": line.unit_price_cents}
            for line in order.lines
        ],
        "total_cents": order.total_cents,
        "currency": order.currency,
        "version": order.version,
        "created_at": _timestamp(order.created_at),
        "updated_at": _timestamp(order.updated_at),
    }


def _timestamp(at: datetime) -> str:
    return at.replace(tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _move_stock(cursor: Any, changes: dict[str, int]) -> None:
    if not changes:
        return
    cases = " ".join(["WHEN %s THEN %s"] * len(changes))
    change = f"CASE sku {cases} END"
    pairs = [value for pair in changes.items() for value in pair]
    cursor.execute(
        f"UPDATE products SET stock = stock + {change} WHERE sku IN %s AND stock + {change} >= 0",
        (*pairs, list(changes), *pairs),
    )
    if cursor.rowcount != len(changes):
        raise StockTaken
