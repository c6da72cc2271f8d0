"""The redrive against a real RabbitMQ and an emulator of SQS: what is parked comes back, and nothing is lost."""

import io
import json
import threading
from collections.abc import Iterator
from typing import Any

import pika
import pytest

from contracts import identity, messages, topology
from harness.redrive import Away, Choice, Listing, redrive, run
from tests.harness.conftest import ParkingLot

pytestmark = pytest.mark.servers

ORDERS, READ_MODEL, NOTIFICATIONS, DEAD = (
    topology.ORDER_COMMANDS,
    topology.READ_MODEL,
    topology.NOTIFICATIONS,
    topology.DEAD_LETTERS,
)
UNKNOWN = {topology.PARKED_QUEUE_HEADER: "elsewhere"}


class Redrive:
    """Redrives a parking lot, and keeps what was listed."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.listing = Listing(io.StringIO(), print)

    def __call__(self, sqs_queue_url: str | None = None, *, dry_run: bool = False, **choice: Any) -> dict[str, str]:
        """The outcome of every message that was listed, by its id."""
        out = io.StringIO()
        self.listing = Listing(out, print, as_json=True)
        redrive(self.url, sqs_queue_url, Choice(**choice), self.listing, dry_run=dry_run)
        return {line["message_id"]: line["outcome"] for line in map(json.loads, out.getvalue().splitlines())}


@pytest.fixture
def bring_back(parking_lot: ParkingLot) -> Redrive:
    return Redrive(parking_lot.url)


def test_every_message_comes_back_to_its_own_queue_as_it_was(parking_lot: ParkingLot, bring_back: Redrive) -> None:
    parking_lot.park("a", traceparent="kept")
    parking_lot.park("b", READ_MODEL)
    parking_lot.park("c", NOTIFICATIONS)
    assert bring_back() == dict.fromkeys("abc", "brought-back")
    [(properties, body)] = parking_lot.drain(ORDERS)
    assert (body, properties.message_id, properties.type, properties.delivery_mode) == (b"a", "a", "order.place", 2)
    assert properties.headers == {"traceparent": "kept"}
    assert parking_lot.ids(READ_MODEL) == ["b"]
    assert parking_lot.ids(NOTIFICATIONS) == ["c"]
    assert parking_lot.holds(DEAD, 0)
    assert bring_back() == {}
    assert bring_back.listing.summary() == "none brought back; looked at 0 of 0 parked messages"


def test_many_messages_keep_their_order(parking_lot: ParkingLot, bring_back: Redrive) -> None:
    ids = [f"m-{number:03}" for number in range(2 * run._WINDOW + 7)]
    parking_lot.fill(ids)
    assert list(bring_back()) == ids
    assert parking_lot.ids(ORDERS) == ids
    assert parking_lot.holds(DEAD, 0)


def test_what_the_broker_gave_up_after_retries_comes_back(parking_lot: ParkingLot, bring_back: Redrive) -> None:
    properties = pika.BasicProperties(message_id="a", headers={topology.ATTEMPTS_HEADER: 1}, delivery_mode=2)
    parking_lot.publish("", topology.retry_queue(READ_MODEL, 1), b"{}", properties)
    assert parking_lot.holds(READ_MODEL, 1)
    for _ in range(topology.DELIVERY_LIMIT + 1):
        method, _, _ = parking_lot.channel.basic_get(READ_MODEL)
        parking_lot.channel.basic_nack(method.delivery_tag, requeue=True)
    assert parking_lot.holds(DEAD, 1)
    assert bring_back() == {"a": "brought-back"}
    [(properties, _)] = parking_lot.drain(READ_MODEL)
    assert (properties.message_id, properties.headers) == ("a", {})


def test_a_dry_run_lists_everything_and_moves_nothing(parking_lot: ParkingLot, bring_back: Redrive) -> None:
    parking_lot.park("a")
    parking_lot.park("b", READ_MODEL)
    parking_lot.park("c", **UNKNOWN)
    for _ in range(3):
        assert parking_lot.holds(DEAD, 3)
        assert bring_back(dry_run=True) == {"a": "parked", "b": "parked", "c": "stays"}
    assert parking_lot.holds(DEAD, 3)
    found = parking_lot.drain(DEAD)
    assert sorted(properties.message_id for properties, _ in found) == ["a", "b", "c"]
    assert all(properties.headers[topology.PARKED_REASON_HEADER] == "ValueError: a test" for properties, _ in found)
    assert not any(parking_lot.drain(queue) for queue in topology.WORK_QUEUES)


def test_what_has_no_known_origin_stays_and_does_not_hold_up_others(
    parking_lot: ParkingLot, bring_back: Redrive
) -> None:
    parking_lot.park("a", **UNKNOWN)
    parking_lot.park("b", **UNKNOWN)
    parking_lot.park("c")
    parking_lot.park("d")
    assert bring_back(limit=1) == {"a": "stays", "b": "stays", "c": "brought-back"}
    assert not bring_back.listing.complete
    assert parking_lot.holds(DEAD, 3)
    assert parking_lot.ids(ORDERS) == ["c"]


def test_only_what_is_meant_comes_back(parking_lot: ParkingLot, bring_back: Redrive) -> None:
    for message_id, queue in (("a", ORDERS), ("b", READ_MODEL), ("c", READ_MODEL), ("d", READ_MODEL), ("e", ORDERS)):
        parking_lot.park(message_id, queue)
    parking_lot.park("f", **UNKNOWN)
    assert bring_back(queue=READ_MODEL, limit=2) == {"b": "brought-back", "c": "brought-back"}
    assert parking_lot.holds(DEAD, 4)
    assert bring_back(message_ids=frozenset({"e", "c"})) == {"e": "brought-back"}
    assert parking_lot.holds(DEAD, 3)
    assert bring_back(message_ids=frozenset({"f"}), dry_run=True) == {"f": "stays"}
    assert parking_lot.holds(DEAD, 3)
    assert sorted(parking_lot.ids(DEAD)) == ["a", "d", "f"]


def test_what_finds_no_place_stays(parking_lot: ParkingLot, bring_back: Redrive) -> None:
    parking_lot.channel.queue_delete(READ_MODEL)
    parking_lot.channel.queue_delete(NOTIFICATIONS)
    full = {"x-max-length": 1, "x-overflow": "reject-publish"}
    parking_lot.channel.queue_declare(NOTIFICATIONS, arguments=full)
    for message_id, queue in (("a", ORDERS), ("b", READ_MODEL), ("c", NOTIFICATIONS), ("d", NOTIFICATIONS)):
        parking_lot.park(message_id, queue)
    assert bring_back() == {"a": "brought-back", "b": "stays", "c": "brought-back", "d": "stays"}
    assert not bring_back.listing.complete
    assert parking_lot.holds(DEAD, 2)
    assert sorted(parking_lot.ids(DEAD)) == ["b", "d"]


@pytest.fixture
def poisoned(parking_lot: ParkingLot) -> Iterator[list[str]]:
    """A consumer of order-commands that parks whatever comes at once. Gives the ids that it parks."""
    parked: list[str] = []
    lot = ParkingLot(parking_lot.url)

    def consume() -> None:
        for method, properties, _ in lot.channel.consume(ORDERS, inactivity_timeout=0.1):
            if method is not None:
                parked.append(properties.message_id)
                lot.park(properties.message_id)
                lot.channel.basic_ack(method.delivery_tag)
            elif stop.is_set():
                return

    stop = threading.Event()
    thread = threading.Thread(target=consume)
    thread.start()
    yield parked
    stop.set()
    thread.join()
    lot.close()


def test_what_is_parked_again_is_not_taken_again(
    parking_lot: ParkingLot, bring_back: Redrive, poisoned: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "_WINDOW", 1)
    ids = [f"m-{number:02}" for number in range(30)]
    parking_lot.fill(ids)
    assert list(bring_back()) == ids
    assert bring_back.listing.summary().endswith("looked at 30 of 30 parked messages")
    assert parking_lot.holds(DEAD, 30)
    assert sorted(poisoned) == sorted(ids)


def test_without_a_confirm_everything_stays_parked(
    parking_lot: ParkingLot, bring_back: Redrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "_CONFIRM_LIMIT_S", 0)
    parking_lot.park("a")
    with pytest.raises(Away, match="did not confirm within 0 s"):
        bring_back()
    assert parking_lot.holds(DEAD, 1)


def test_an_interruption_counts_what_is_confirmed_and_gives_back_the_rest(
    parking_lot: ParkingLot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "_WINDOW", 5)
    ids = [f"m-{number:02}" for number in range(20)]
    parking_lot.fill(ids)

    class Impatient(Listing):
        def looked(self) -> None:
            super().looked()
            if self._looked_at == 13:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        redrive(parking_lot.url, None, Choice(), Impatient(io.StringIO(), print))
    assert parking_lot.holds(DEAD, 10)
    assert parking_lot.ids(ORDERS) == ids[:10]
    assert sorted(parking_lot.ids(DEAD)) == ids[10:]


def test_commands_come_back_from_sqs(parking_lot: ParkingLot, bring_back: Redrive, sqs: tuple[Any, str]) -> None:
    client, url = sqs
    commands = [
        messages.command(messages.CANCEL, "ann", key, {"order_id": identity.order_id("ann", key)})
        for key in ("one", "two", "three")
    ]
    for body in ('{"message_id": "odd"}', *(messages.encode(each).decode() for each in commands)):
        client.send_message(QueueUrl=url, MessageBody=body)
    parking_lot.park("a")
    known = {each.message_id for each in commands}
    assert bring_back(url, dry_run=True) == {"a": "parked", "odd": "stays", **dict.fromkeys(known, "parked")}
    assert parking_lot.holds(DEAD, 1)
    first = bring_back(url, limit=2)
    assert sorted(first.values()) in (["brought-back"] * 2, ["brought-back"] * 2 + ["stays"])
    assert first["a"] == "brought-back"
    rest = bring_back(url)
    assert rest == {"odd": "stays", **dict.fromkeys(known - set(first), "brought-back")}
    found = parking_lot.drain(ORDERS)
    assert {properties.message_id: body for properties, body in found if properties.message_id != "a"} == {
        each.message_id: messages.encode(each) for each in commands
    }
    assert bring_back(url) == {"odd": "stays"}


def test_nothing_moves_where_one_of_the_servers_is_away(
    parking_lot: ParkingLot, bring_back: Redrive, aws: None
) -> None:
    parking_lot.park("a")
    with pytest.raises(Away, match=r"^SQS at 127\.0\.0\.1:9"):
        bring_back("http://127.0.0.1:9/1/q")
    assert parking_lot.holds(DEAD, 1)
    assert parking_lot.ids(ORDERS) == []
