"""The projection against a real document database."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymongo import InsertOne

from contracts import addresses, identity, messages
from contracts.messages import Envelope, InvalidMessage
from worker.crash import CrashPoints
from worker.credentials import Credentials
from worker.errors import Misconfigured, Unavailable
from worker.metrics import Metrics
from worker.read_model import ReadModelHandler, newest_versions
from worker.settings import Documents


def event(key: str, version: int, user: str = "ann") -> Envelope:
    payload = {
        "order_id": identity.order_id(user, key),
        "user_id": user,
        "status": "CONFIRMED",
        "reason": None,
        "lines": [{"sku": "SKU-0001", "quantity": version, "unit_price_cents": 100}],
        "total_cents": 100 * version,
        "currency": "EUR",
        "version": version,
        "created_at": "2026-01-31T12:00:00.000000Z",
        "updated_at": f"2026-01-31T12:00:00.{version:06d}Z",
    }
    return messages.event(user, payload, messages.new_traceparent())


@given(st.lists(st.builds(event, st.sampled_from("abc"), st.integers(1, 9)), max_size=20))
def test_of_each_order_only_the_newest_version_is_kept(events: list[Envelope]) -> None:
    kept = {item.payload["order_id"]: item.payload["version"] for item in newest_versions(events)}
    highest: dict[str, int] = {}
    for item in events:
        order_id = item.payload["order_id"]
        highest[order_id] = max(highest.get(order_id, 0), item.payload["version"])
    assert kept == highest


@pytest.fixture
def handler(world: Any) -> Any:
    settings: Documents = world.settings("read_model").documents
    handler = ReadModelHandler(settings, Metrics(), CrashPoints())
    yield handler
    handler.close()


def version(world: Any, key: str) -> int:
    document = world.documents.orders.find_one({"_id": identity.order_id("ann", key)})
    return int(document["version"])


@pytest.mark.servers
def test_a_document_is_replaced_by_newer_versions_only(world: Any, handler: ReadModelHandler) -> None:
    handler.check()
    for number, expected in ((2, 2), (1, 2), (2, 2), (4, 4), (3, 4), (1, 4)):
        handler.apply([event("k1", number)])
        assert version(world, "k1") == expected
    document = world.documents.orders.find_one({"_id": identity.order_id("ann", "k1")})
    assert document["lines"] == [{"sku": "SKU-0001", "quantity": 4, "unit_price_cents": 100}]
    assert "order_id" not in document


@pytest.mark.servers
def test_any_order_and_any_number_of_deliveries_end_the_same(world: Any, handler: ReadModelHandler) -> None:
    events = [event(f"m{key}", number) for key in range(10) for number in range(1, 5)] * 2
    random.shuffle(events)
    while events:
        size = random.randint(1, 9)
        handler.apply(events[:size])
        del events[:size]
    assert {version(world, f"m{key}") for key in range(10)} == {4}


class UpsertsInSteps:
    """The collection of one replica, whose first write is carried out as a server does an upsert: a query that finds
    nothing to replace, and then an insert. `between` runs in the middle.
    """

    def __init__(self, orders: Any, between: Callable[[], None]) -> None:
        self._orders = orders
        self._between: Callable[[], None] | None = between

    def bulk_write(self, writes: list[Any], *, ordered: bool) -> Any:
        if self._between is None:
            return self._orders.bulk_write(writes, ordered=ordered)
        between, self._between = self._between, None
        assert [self._orders.find_one(write._filter) for write in writes] == [None] * len(writes)
        between()
        return self._orders.bulk_write([InsertOne(write._doc) for write in writes], ordered=ordered)


@pytest.mark.servers
def test_an_older_version_that_another_replica_inserts_during_an_upsert_is_replaced(
    world: Any, handler: ReadModelHandler
) -> None:
    metrics = Metrics()
    slower = ReadModelHandler(world.settings("read_model").documents, metrics, CrashPoints())
    faster_events = [event("r1", 1), event("r2", 3), event("r3", 2)]
    slower._orders = UpsertsInSteps(slower._orders, lambda: handler.apply(faster_events))
    slower.apply([event(key, 2) for key in ("r1", "r2", "r3", "r4")])
    slower.close()
    assert {key: version(world, key) for key in ("r1", "r2", "r3", "r4")} == {"r1": 2, "r2": 3, "r3": 2, "r4": 2}
    assert b"worker_repeats_total 2.0" in metrics.render()


@pytest.mark.servers
def test_a_command_is_none_of_its_messages(world: Any, handler: ReadModelHandler) -> None:
    handler.examine(event("k1", 1))
    with pytest.raises(InvalidMessage, match=r"order\.place is no event"):
        handler.examine(world.place("ann", "k1", SKU_0001=1))


@pytest.mark.servers
def test_the_application_may_write_its_own_database_only(world: Any, handler: ReadModelHandler) -> None:
    with pytest.raises(Exception, match=r"(?i)not authori[sz]ed"):
        handler._client["elsewhere"]["orders"].insert_one({"_id": 1})


@pytest.mark.servers
def test_an_account_that_is_refused_says_run_migrate(world: Any) -> None:
    settings: Documents = world.settings(
        "read_model", DOCUMENTS_CREDENTIALS='{"username":"who","password":"x"}'
    ).documents
    stranger = ReadModelHandler(settings, Metrics(), CrashPoints())
    with pytest.raises(Misconfigured, match="run `migrate` first"):
        stranger.check()
    stranger.close()


def test_a_database_that_is_away_is_nobodys_fault() -> None:
    address = addresses.documents("mongodb://127.0.0.1:1/orders?serverSelectionTimeoutMS=100")
    handler = ReadModelHandler(Documents(address, Credentials("a", "b")), Metrics(), CrashPoints())
    with pytest.raises(Unavailable):
        handler.apply([event("k1", 1)])
    handler.close()
