"""A small world to judge: an order path that works, for tests to break."""

import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

import boto3
import pymysql
import pytest

from contracts import identity, messages, migrations
from harness.checks.facts import (
    DocumentFacts,
    Facts,
    InboxRow,
    Line,
    Movement,
    MySqlFacts,
    Notification,
    Order,
    OutboxRow,
    Parked,
    Product,
    ProductDocument,
    Served,
    User,
)
from harness.history import Operation, Outcome
from harness.services import Endpoints

PRICES = {"TEA": 300, "MUG": 900}
INITIAL_STOCK = 100
MS = 1_000_000

_ANSWERS = {"acknowledged": 202, "refused": 422, "indeterminate": None}


@dataclass
class World:
    """What users did, and what the stores hold. Every method does what a right system would do."""

    operations: list[Operation] = field(default_factory=list)
    orders: dict[str, Order] = field(default_factory=dict)
    movements: list[Movement] = field(default_factory=list)
    inbox: list[InboxRow] = field(default_factory=list)
    outbox: list[OutboxRow] = field(default_factory=list)
    users: list[User] = field(default_factory=list)
    documents: dict[str, Order] = field(default_factory=dict)
    notifications: list[Notification] = field(default_factory=list)
    parked: list[Parked] = field(default_factory=list)
    served: list[Served] = field(default_factory=list)
    stock: dict[str, int] = field(default_factory=lambda: dict.fromkeys(PRICES, INITIAL_STOCK))

    def __post_init__(self) -> None:
        for sku in PRICES:
            self.movements.append(Movement(f"initial {sku}", sku, None, INITIAL_STOCK))

    def operate(self, route: str, user: str, outcome: str = "acknowledged", **fields: Any) -> Operation:
        """An operation; without other times it takes the 5 ms after the one before it."""
        begin = fields.pop("begin_ms", 10 * len(self.operations)) * MS
        end = fields.pop("end_ms", begin / MS + 5)
        defaults: dict[str, Any] = {
            "op": f"o{len(self.operations):06d}",
            "action": "test",
            "session": f"s-{user}",
            "scheduled": int(begin),
            "first_invoke": int(begin),
            "completed": None if outcome == "indeterminate" else int(end * MS),
            "attempts": 1,
            "status": _ANSWERS[outcome],
        }
        operation = Operation(route=route, user=user, outcome=Outcome(outcome), **(defaults | fields))
        self.operations.append(operation)
        return operation

    def create_user(
        self, user: str, outcome: str = "acknowledged", *, effect: bool = True, email: str | None = None
    ) -> None:
        body = {"name": user.title(), "email": email or f"{user}@customers.example"}
        self.operate("POST /v1/users", user, outcome, key=f"key-{user}", body=json.dumps(body))
        if effect:
            self.users.append(User(user, f"key-{user}", identity.request_hash(body), body["name"], body["email"]))

    def ask(self, user: str, key: str, outcome: str = "acknowledged", **quantities: int) -> str:
        """A place order that stays without effect. Answers the order's id."""
        self.operate(
            "POST /v1/orders",
            user,
            outcome,
            key=key,
            order_id=identity.order_id(user, key),
            message_id=identity.message_id(user, key, messages.PLACE),
            body={"lines": [{"sku": sku, "quantity": quantity} for sku, quantity in quantities.items()]},
        )
        return identity.order_id(user, key)

    def place(self, user: str, key: str, outcome: str = "acknowledged", **quantities: int) -> str:
        """A place order and its effects: CONFIRMED, or REJECTED for too little stock or an unknown article."""
        order_id = self.ask(user, key, outcome, **quantities)
        message_id = identity.message_id(user, key, messages.PLACE)
        lines = tuple(Line(sku, quantity, PRICES.get(sku, 0)) for sku, quantity in quantities.items())
        reason = None
        if any(sku not in PRICES for sku in quantities):
            reason = "unknown_sku"
        elif any(self.stock[sku] < quantity for sku, quantity in quantities.items()):
            reason = "out_of_stock"
        status = "REJECTED" if reason else "CONFIRMED"
        if status == "CONFIRMED":
            self._move(message_id, order_id, {sku: -quantity for sku, quantity in quantities.items()})
        total = sum(line.quantity * line.unit_price_cents for line in lines)
        self.inbox.append(InboxRow(message_id, messages.PLACE, user, order_id, status, reason))
        at = f"2026-01-31T00:00:00.{len(self.operations):06d}Z"
        self._store(Order(order_id, user, status, reason, lines, total, "EUR", 1, at, at))
        return order_id

    def cancel(self, user: str, order_id: str, outcome: str = "acknowledged") -> None:
        """A cancel of an order that exists, and its effects."""
        message_id = identity.message_id(user, order_id, messages.CANCEL)
        self.operate("POST /v1/orders/{id}/cancel", user, outcome, order_id=order_id, message_id=message_id)
        order = self.orders[order_id]
        if order.status != "CONFIRMED":
            self.inbox.append(InboxRow(message_id, messages.CANCEL, user, order_id, "ALREADY_FINAL", None))
            return
        self._move(message_id, order_id, {line.sku: line.quantity for line in order.lines})
        self.inbox.append(InboxRow(message_id, messages.CANCEL, user, order_id, "CANCELLED", None))
        self._store(order._replace(status="CANCELLED", version=order.version + 1))

    def read(self, user: str, order_id: str, version: int | None, **fields: Any) -> Operation:
        """A read that was answered with `version`; None: with 404."""
        if version is None:
            fields = {"outcome": "refused", "status": 404, "problem": "not-yet-known"} | fields
        else:
            fields = {"status": 200} | fields
        return self.operate("GET /v1/orders/{id}", user, order_id=order_id, version=version, **fields)

    def list(self, user: str, *order_ids: str, **fields: Any) -> Operation:
        """A list that showed these orders."""
        items = tuple((order_id, 1) for order_id in order_ids)
        return self.operate("GET /v1/users/{id}/orders", user, items=items, **({"status": 200} | fields))

    def park(self, message_id: str | None, queue: str | None = "order-commands") -> None:
        self.parked.append(Parked(message_id, "f" * 64, queue, "a test", "RabbitMQ dead-letters"))

    def serve(self, part: str, *counts: tuple[int, int], at_ms: float = 0) -> None:
        """Looks at a part's counters (served, failed), one each 10 ms from `at_ms` on."""
        for number, (served, failed) in enumerate(counts):
            self.served.append(Served(part, int((at_ms + 10 * number) * MS), served, failed))

    def change(self, order_id: str, **fields: Any) -> None:
        """Change the row of an order, and nothing else."""
        self.orders[order_id] = self.orders[order_id]._replace(**fields)

    def facts(self, **changes: Any) -> Facts:
        mysql = MySqlFacts(
            orders=tuple(self.orders.values()),
            products=tuple(
                Product(sku, f"A {sku}", price, "EUR", INITIAL_STOCK, self.stock[sku]) for sku, price in PRICES.items()
            ),
            movements=tuple(self.movements),
            inbox=tuple(self.inbox),
            outbox=tuple(self.outbox),
            users=tuple(self.users),
        )
        documents = DocumentFacts(
            orders=tuple(self.documents.values()),
            products=tuple(ProductDocument(sku, f"A {sku}", price, "EUR") for sku, price in PRICES.items()),
            notifications=tuple(self.notifications),
        )
        shown = tuple(self.orders.values())
        return replace(Facts(mysql, documents, tuple(self.parked), tuple(self.served), shown), **changes)

    def _move(self, message_id: str, order_id: str, quantities: dict[str, int]) -> None:
        for sku, quantity in quantities.items():
            self.movements.append(Movement(message_id, sku, order_id, quantity))
            self.stock[sku] += quantity

    def _store(self, order: Order) -> None:
        event_id = identity.event_id(order.order_id, order.version)
        self.orders[order.order_id] = self.documents[order.order_id] = order
        self.outbox.append(OutboxRow(event_id, order.order_id, order.version, True))
        self.notifications.append(Notification(event_id, order.order_id, order.user_id, order.version, order.status))


@pytest.fixture
def world() -> World:
    """An empty world."""
    return World()


@pytest.fixture
def good(world: World) -> World:
    """A world in which everything happened once and everything is right."""
    world.create_user("ann")
    world.create_user("bob")
    first = world.place("ann", "key-1", TEA=2, MUG=1)
    world.cancel("ann", first)
    world.place("bob", "key-2", TEA=5)
    world.place("bob", "key-3", "indeterminate", MUG=1)
    world.place("ann", "key-4", MUG=1000)
    world.place("ann", "key-5", HAT=1)
    world.ask("ann", "key-6", "refused", TEA=0)
    world.read("ann", first, 1)
    world.read("ann", first, 2, min_version=1)
    world.list("ann", first)
    world.serve("function commands", (0, 0), (7, 0))
    return world


@pytest.fixture(scope="session")
def new_world() -> type[World]:
    """For properties, which need a new world for every example."""
    return World


@pytest.fixture
def schema(endpoints: Endpoints) -> Iterator[Callable[..., Any]]:
    """A MySQL schema of its own with the contract's tables: a function that connects to it."""
    server, name = endpoints.mysql, f"test_{uuid.uuid4().hex[:12]}"

    def connect(database: str | None = name) -> Any:
        return closing(
            pymysql.connect(
                host=server.host,
                port=server.port,
                user=server.admin.username,
                password=server.admin.password,
                database=database,
                charset="utf8mb4",
            )
        )

    with connect(None) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
        cursor.execute(f"USE {name}")
        for migration in migrations.load():
            for statement in migration.statements:
                cursor.execute(statement)
        yield connect
        cursor.execute(f"DROP DATABASE {name}")


@pytest.fixture
def sqs(endpoints: Endpoints) -> Iterator[tuple[Any, str]]:
    """boto3's client and the URL of a queue of its own."""
    client = boto3.client(
        "sqs",
        endpoint_url=endpoints.sqs.endpoint_url,
        region_name="eu-central-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    url = client.create_queue(QueueName=f"test-{uuid.uuid4()}")["QueueUrl"]
    yield client, url
    client.delete_queue(QueueUrl=url)
