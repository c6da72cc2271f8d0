"""What is in the stores at the end of a run. Rows are kept as they are, repeats included: a checker must see them.

Times are UTC texts as the messages write them (2026-01-31T23:59:59.000001Z), money is in hundredths of the currency.
A part that could not be read is None, and the checkers that need it answer unknown.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from harness.checks.errors import NotGathered


class Line(NamedTuple):
    """One line of an order."""

    sku: str
    quantity: int
    unit_price_cents: int


class Order(NamedTuple):
    """An order, from MySQL or from the read model. In the read model a field that a document lacks is None."""

    order_id: str
    user_id: str
    status: str
    reason: str | None
    lines: tuple[Line, ...]
    total_cents: int
    currency: str
    version: int
    created_at: str
    updated_at: str


class Elsewhere(NamedTuple):
    """What orders of others, which are not read one by one, come to for one product: confirmed, and moved in sum."""

    sku: str
    confirmed: int
    moved: int


class Product(NamedTuple):
    """A row of `products`."""

    sku: str
    name: str
    price_cents: int
    currency: str
    initial_stock: int
    stock: int


class ProductDocument(NamedTuple):
    """A product of the read model."""

    sku: str
    name: str
    price_cents: int
    currency: str


class Movement(NamedTuple):
    """A row of `stock_movements`: positive came into stock, negative was taken. Initial stock has no order."""

    message_id: str
    sku: str
    order_id: str | None
    quantity: int


class InboxRow(NamedTuple):
    """What one command came to."""

    message_id: str
    type: str
    user_id: str
    order_id: str
    outcome: str
    reason: str | None


class OutboxRow(NamedTuple):
    """One event of one order."""

    event_id: str
    order_id: str
    version: int
    published: bool


class User(NamedTuple):
    """A row of `users`."""

    user_id: str
    idempotency_key: str
    request_hash: str
    name: str
    email: str


class Notification(NamedTuple):
    """A document of `notifications`."""

    event_id: str
    order_id: str
    user_id: str
    version: int
    status: str


class Served(NamedTuple):
    """What a part of the platform, such as a function, had counted at the time `t` (CLOCK_MONOTONIC, ns)."""

    part: str
    t: int
    served: int
    failed: int


class Parked(NamedTuple):
    """A message in a place for dead letters.

    `message_id` is None where neither its properties nor its body name one; `fingerprint` (SHA-256 of the body)
    identifies it then. `queue` is the work queue it came from, where known.
    """

    message_id: str | None
    fingerprint: str
    queue: str | None
    reason: str | None
    place: str


@dataclass(frozen=True)
class MySqlFacts:
    """The system of record, of one consistent snapshot. `lines_without_order` names orders that only lines speak of.

    `elsewhere` is empty where all orders were read.
    """

    orders: tuple[Order, ...] = ()
    lines_without_order: tuple[str, ...] = ()
    products: tuple[Product, ...] = ()
    movements: tuple[Movement, ...] = ()
    inbox: tuple[InboxRow, ...] = ()
    outbox: tuple[OutboxRow, ...] = ()
    users: tuple[User, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()


@dataclass(frozen=True)
class Own:
    """Whose facts to read where others' are in the same stores: these users', who asked for these orders."""

    users: frozenset[str]
    orders: frozenset[str]


@dataclass(frozen=True)
class DocumentFacts:
    """The read model."""

    orders: tuple[Order, ...] = ()
    products: tuple[ProductDocument, ...] = ()
    notifications: tuple[Notification, ...] = ()


@dataclass(frozen=True)
class Facts:
    """All that checkers judge by, apart from the history. `unread` has the reason for each store that is None.

    `shown` are the orders that the API answers in the end, of those that were acknowledged. Of a store that the run was
    given no access to, `absent` says what would have given it.
    """

    mysql: MySqlFacts | None = None
    documents: DocumentFacts | None = None
    parked: tuple[Parked, ...] | None = None
    served: tuple[Served, ...] | None = None
    shown: tuple[Order, ...] | None = None
    unread: Mapping[str, str] = field(default_factory=dict)
    absent: Mapping[str, str] = field(default_factory=dict)


MYSQL = "MySQL"
DOCUMENTS = "the read model"
PARKED = "the place of dead letters"
SERVED = "the platform's counters"

T = TypeVar("T")


def needed(part: T | None, name: str) -> T:
    """`part`, where it was read. Raises NotGathered, which makes a checker's verdict unknown."""
    if part is None:
        raise NotGathered(f"{name} was not read")
    return part
