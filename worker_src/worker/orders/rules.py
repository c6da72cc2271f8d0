"""What commands do to orders and stock: a pure function of the state they meet.

Commands commute as far as stock and finality go. Place before cancel: CONFIRMED, then CANCELLED, stock taken and
given back. Cancel before place: a tombstone, CANCELLED without lines, and the place fills it in and takes nothing.
Both end CANCELLED at version 2.

`created_at` is the time at which the order's first command was processed, from the database's one clock, plus the
command's position in its batch in microseconds. It never changes after, not even when a tombstone is filled in: pages
of a list sorted by it neither skip nor repeat an order that was there when the reader began, and what comes later
comes in front. (The commands' own `occurred_at` would put orders that waited in the overflow queue behind a reader's
back.)
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from contracts import identity, messages
from contracts.catalogue import CURRENCY
from contracts.messages import Envelope, InvalidMessage
from contracts.outcomes import Outcome, Reason, Status


@dataclass(frozen=True)
class Line:
    """`unit_price_cents` is the price at the time of the order; 0 for a product that does not exist."""

    sku: str
    quantity: int
    unit_price_cents: int


@dataclass(frozen=True)
class Order:
    """An order as it is stored. Times are UTC without a zone; `total_cents` is the sum over its lines."""

    order_id: str
    user_id: str
    status: Status
    reason: Reason | None
    lines: tuple[Line, ...]
    currency: str
    version: int
    created_at: datetime
    updated_at: datetime

    @property
    def total_cents(self) -> int:
        return sum(line.quantity * line.unit_price_cents for line in self.lines)

    @property
    def is_tombstone(self) -> bool:
        """A cancel was here, the place not yet: every place has lines."""
        return not self.lines


@dataclass(frozen=True)
class Product:
    """What deciding needs of a product."""

    price_cents: int
    stock: int


@dataclass(frozen=True)
class State:
    """What the commands meet.

    Their orders as far as they exist, their products, and which commands are done already.
    """

    orders: Mapping[str, Order]
    products: Mapping[str, Product]
    processed: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Processed:
    """A command and its outcome: its inbox row."""

    command: Envelope
    outcome: Outcome
    reason: Reason | None


@dataclass(frozen=True)
class Movement:
    """Stock that a command took (negative) or gave back (positive): one row per command and product."""

    message_id: str
    sku: str
    order_id: str
    quantity: int


@dataclass(frozen=True)
class Event:
    """A version of an order to be told to the world."""

    order: Order
    traceparent: str


@dataclass
class Changes:
    """What is to be written, in the order in which the commands came."""

    processed: list[Processed] = field(default_factory=list)
    orders: dict[str, Order] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    movements: list[Movement] = field(default_factory=list)
    repeats: int = 0

    def stock(self) -> dict[str, int]:
        """The change of each product's stock, products without any left out."""
        sums: defaultdict[str, int] = defaultdict(int)
        for movement in self.movements:
            sums[movement.sku] += movement.quantity
        return {sku: change for sku, change in sorted(sums.items()) if change}


def examine(envelope: Envelope) -> None:
    """Raises InvalidMessage for anything but a command on an order of its user, under the id that it must have."""
    if envelope.type not in (messages.PLACE, messages.CANCEL):
        raise InvalidMessage(f"{envelope.type} is no command")
    order_id = envelope.payload["order_id"]
    if not identity.owns(envelope.user_id, order_id):
        raise InvalidMessage(f"order {order_id} cannot be one of user {envelope.user_id}")
    cancel_id = identity.message_id(envelope.user_id, order_id, messages.CANCEL)
    if envelope.type == messages.CANCEL and envelope.message_id != cancel_id:
        raise InvalidMessage(f"the cancel of order {order_id} must have the message_id {cancel_id}")


def decide(state: State, commands: Sequence[Envelope], now: datetime) -> Changes:
    """What `commands`, in this order, do to `state`. Repeats, of earlier batches or of this one, do nothing.

    Raises InvalidMessage where an order was placed already by a command of another id: the same key yields the same id.
    """
    changes = Changes()
    seen = set(state.processed)
    stock = {sku: product.stock for sku, product in state.products.items()}
    for position, command in enumerate(commands):
        if command.message_id in seen:
            changes.repeats += 1
            continue
        seen.add(command.message_id)
        order_id = command.payload["order_id"]
        before = changes.orders.get(order_id) or state.orders.get(order_id)
        at = now + timedelta(microseconds=position)
        after, outcome, reason = (
            _place(command, before, state.products, stock, at)
            if command.type == messages.PLACE
            else _cancel(command, before, at)
        )
        changes.processed.append(Processed(command, outcome, reason))
        if after is None:
            continue
        changes.orders[order_id] = after
        changes.events.append(Event(after, command.traceparent))
        for sku, change in _stock_change(before, after).items():
            # A cancel may give back what no place of this batch asks for: that stock was not read, nor is it needed.
            if sku in stock:
                stock[sku] += change
            changes.movements.append(Movement(command.message_id, sku, order_id, change))
    return changes


def _place(
    command: Envelope, before: Order | None, products: Mapping[str, Product], stock: Mapping[str, int], at: datetime
) -> tuple[Order | None, Outcome, Reason | None]:
    order_id = command.payload["order_id"]
    if before is not None and not before.is_tombstone:
        raise InvalidMessage(f"order {order_id} was placed by another command")
    lines = _lines(command.payload["lines"], products)
    if before is not None:
        filled = replace(before, reason=Reason.CANCELLED_FIRST, lines=lines, version=before.version + 1, updated_at=at)
        return filled, Outcome.CANCELLED, Reason.CANCELLED_FIRST
    wanted = _quantities(lines)
    status, reason = Status.CONFIRMED, None
    if any(sku not in products for sku in wanted):
        status, reason = Status.REJECTED, Reason.UNKNOWN_SKU
    elif any(stock[sku] < quantity for sku, quantity in wanted.items()):
        status, reason = Status.REJECTED, Reason.OUT_OF_STOCK
    order = Order(order_id, command.user_id, status, reason, lines, CURRENCY, 1, at, at)
    return order, Outcome(status), reason


def _cancel(command: Envelope, before: Order | None, at: datetime) -> tuple[Order | None, Outcome, Reason | None]:
    if before is None:
        tombstone = Order(
            command.payload["order_id"],
            command.user_id,
            Status.CANCELLED,
            Reason.CANCELLED_FIRST,
            (),
            CURRENCY,
            1,
            at,
            at,
        )
        return tombstone, Outcome.CANCELLED, Reason.CANCELLED_FIRST
    if before.status is not Status.CONFIRMED:
        return None, Outcome.ALREADY_FINAL, None
    cancelled = replace(before, status=Status.CANCELLED, version=before.version + 1, updated_at=at)
    return cancelled, Outcome.CANCELLED, None


def _lines(asked: Sequence[Mapping[str, Any]], products: Mapping[str, Product]) -> tuple[Line, ...]:
    return tuple(
        Line(line["sku"], line["quantity"], products[line["sku"]].price_cents if line["sku"] in products else 0)
        for line in asked
    )


def _quantities(lines: Sequence[Line]) -> dict[str, int]:
    """Pieces per product: an order may name a product in several lines."""
    sums: defaultdict[str, int] = defaultdict(int)
    for line in lines:
        sums[line.sku] += line.quantity
    return dict(sorted(sums.items()))


def _stock_change(before: Order | None, after: Order) -> dict[str, int]:
    """What the step from `before` to `after` does to stock: a confirmed order holds its pieces, any other none."""
    held_before = _quantities(before.lines) if before is not None and before.status is Status.CONFIRMED else {}
    held_after = _quantities(after.lines) if after.status is Status.CONFIRMED else {}
    skus = sorted({*held_before, *held_after})
    return {sku: held_before.get(sku, 0) - held_after.get(sku, 0) for sku in skus}
