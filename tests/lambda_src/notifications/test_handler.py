import base64
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pymongo
import pytest

from contracts import identity, messages, topology
from shared import documents
from shared.errors import FunctionError, Unavailable

pytestmark = pytest.mark.servers

Make = Callable[..., Any]
USER = "notifications-user"


def changed(key: str, version: int = 1, **changes: object) -> bytes:
    """An event, as the outbox publishes it."""
    payload = {
        "order_id": identity.order_id(USER, key), "user_id": USER, "status": "CONFIRMED", "reason": None, "lines": [],
        "total_cents": 0, "currency": "EUR", "version": version, "created_at": "2026-01-01T00:00:00.000000Z",
        "updated_at": "2026-01-01T00:00:00.000000Z", **changes,
    }  # fmt: skip
    return messages.encode(messages.event(USER, payload, messages.new_traceparent()))


def batch(*bodies: bytes) -> dict[str, Any]:
    """An event of the Amazon MQ event source."""
    received = [
        {
            "basicProperties": {"messageId": f"id-{number}", "headers": {"traceparent": {"bytes": list(b"00-a")}}},
            "redelivered": False,
            "data": base64.b64encode(body).decode(),
        }
        for number, body in enumerate(bodies)
    ]
    return {"eventSource": "aws:rmq", "rmqMessagesByQueue": {"notifications::/": received}}


@pytest.fixture
def stored(endpoints: Any) -> Iterator[Callable[[str], list[Mapping[str, Any]]]]:
    admin = endpoints.documents.admin
    client: Any = pymongo.MongoClient(endpoints.documents.url, username=admin.username, password=admin.password)
    collection = client[endpoints.documents.database]["notifications"]

    def find(key: str) -> list[Mapping[str, Any]]:
        return list(collection.find({"order_id": identity.order_id(USER, key)}, sort=[("version", 1)]))

    yield find
    client.close()


@pytest.fixture
def handler(load: Make, real: dict[str, str]) -> Any:
    return load("notifications", **real).handler


def test_an_event_that_comes_twice_notifies_once(handler: Any, stored: Make, context: Make) -> None:
    first, second = changed("twice", 1), changed("twice", 2, status="CANCELLED")
    assert handler(batch(first, second, first), context()) is None
    before = stored("twice")
    handler(batch(second, changed("twice", 1)), context())
    assert stored("twice") == before
    assert [(found["_id"], found["version"], found["status"], found["user_id"]) for found in before] == [
        (identity.event_id(identity.order_id(USER, "twice"), 1), 1, "CONFIRMED", USER),
        (identity.event_id(identity.order_id(USER, "twice"), 2), 2, "CANCELLED", USER),
    ]
    assert before[0]["created_at"] == messages.decode(first).occurred_at


POISON = {
    "no JSON": b"\x00not json",
    "no envelope": b"{}",
    "deep": b"[" * 100_000,
    "a command": messages.encode(
        messages.command(messages.CANCEL, USER, "k", {"order_id": identity.order_id(USER, "k")})
    ),
    "beyond 64 bits": changed("poison", 2**70),
    "half a surrogate": changed("poison").replace(b'"user_id":"notifications-user"', b'"user_id":"\\ud800"'),
}


@pytest.mark.parametrize("poison", POISON.values(), ids=POISON)
def test_poison_is_parked_and_its_neighbours_live(
    handler: Any, stored: Make, take: Make, context: Make, poison: bytes, request: pytest.FixtureRequest
) -> None:
    take("dead-letters")
    before, after = f"{request.node.name}-1", f"{request.node.name}-2"
    handler(batch(changed(before), poison, changed(after)), context())
    assert (len(stored(before)), len(stored(after))) == (1, 1)
    [(properties, body)] = take("dead-letters")
    assert body == poison
    assert properties.message_id == "id-1"
    assert properties.headers[topology.PARKED_QUEUE_HEADER] == topology.NOTIFICATIONS
    assert properties.headers[topology.PARKED_REASON_HEADER]
    assert properties.headers["traceparent"] == "00-a"


def test_while_the_broker_is_away_poison_fails_the_batch_and_harms_nobody(
    load: Make, behind: Make, stored: Make, take: Make, context: Make
) -> None:
    door, variables = behind("BROKER")
    handler = load("notifications", **variables).handler
    take("dead-letters")
    door.close()
    event = batch(changed("no-broker"), b"poison")
    with pytest.raises(FunctionError):
        handler(event, context())
    assert len(stored("no-broker")) == 1
    door.open()
    handler(event, context())
    assert [body for _, body in take("dead-letters")] == [b"poison"]


def test_while_the_read_model_is_away_the_batch_fails(
    load: Make, behind: Make, stored: Make, context: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "TIMEOUT_MS", 400)
    door, variables = behind("DOCUMENTS")
    handler = load("notifications", **variables).handler
    handler(batch(changed("warm")), context())
    door.close()
    with pytest.raises(Unavailable):
        handler(batch(changed("no-documents")), context())
    door.open()
    assert stored("no-documents") == []
    monkeypatch.undo()


def test_a_connection_that_broke_between_batches_costs_nothing(
    load: Make, behind: Make, stored: Make, context: Make
) -> None:
    door, variables = behind("DOCUMENTS")
    handler = load("notifications", **variables).handler
    for number in range(3):
        handler(batch(changed(f"restart-{number}")), context())
        door.reset()
    assert [len(stored(f"restart-{number}")) for number in range(3)] == [1, 1, 1]


def test_an_empty_batch(handler: Any, context: Make) -> None:
    handler({"eventSource": "aws:rmq", "rmqMessagesByQueue": {}}, context())
