"""The relay against real servers."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from contracts import identity, messages, topology
from harness.faults.relay import Relay as Door
from worker import mysql
from worker.crash import CrashPoints
from worker.health import Health
from worker.metrics import Metrics
from worker.orders import OrdersHandler
from worker.outbox import Relay

pytestmark = pytest.mark.servers


@contextmanager
def relaying(settings: Any) -> Iterator[tuple[Health, Metrics]]:
    stop, health, metrics = threading.Event(), Health(("broker", "database")), Metrics()
    thread = threading.Thread(target=Relay(settings, health, metrics, CrashPoints(), stop).run, daemon=True)
    thread.start()
    try:
        yield health, metrics
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()


def fill(world: Any, user: str, count: int) -> list[str]:
    """Orders whose events wait in the outbox; the events' ids."""
    handler = OrdersHandler(world.settings("orders").mysql, Metrics(), CrashPoints())
    handler.apply([world.place(user, f"k{number}", SKU_0001=1) for number in range(count)])
    handler.close()
    return sorted(identity.event_id(identity.order_id(user, f"k{number}"), 1) for number in range(count))


def waiting(world: Any) -> int:
    return int(world.rows("SELECT COUNT(*) FROM outbox WHERE published_at IS NULL")[0][0])


def taken(world: Any, queue: str) -> list[str]:
    return sorted(messages.decode(body).message_id for _, body in world.drain(queue))


def test_every_event_is_published_once_and_marked(world: Any) -> None:
    events = fill(world, "ann", 450)
    with relaying(world.settings("outbox")) as (health, metrics):
        world.eventually(lambda: waiting(world) == 0 and health.missing() == [])
    assert taken(world, topology.READ_MODEL) == events
    assert taken(world, topology.NOTIFICATIONS) == events
    assert metrics.published._value.get() == 450


def test_relays_share_the_work_without_doubling_it(world: Any) -> None:
    events = fill(world, "bob", 600)
    with (
        relaying(world.settings("outbox", WORKER_BATCH_SIZE="20")),
        relaying(world.settings("outbox", WORKER_BATCH_SIZE="20")),
    ):
        world.eventually(lambda: waiting(world) == 0)
    assert taken(world, topology.READ_MODEL) == events
    world.drain(topology.NOTIFICATIONS)


def test_it_survives_a_broker_that_goes_away(world: Any, guard: Any, tmp_path: Any) -> None:
    settings = world.settings("outbox", WORKER_BATCH_SIZE="10")
    address = settings.broker.address
    door = Door.start(guard, address.host, address.port, log=tmp_path / "relay.log")
    through = replace(settings.broker, address=replace(address, host="127.0.0.1", port=door.port))
    settings = replace(settings, broker=through)
    try:
        with relaying(settings) as (health, _):
            world.eventually(lambda: health.missing() == [])
            door.close_door()
            events = fill(world, "cat", 100)
            world.eventually(lambda: "broker" in health.missing())
            assert health.alive()
            assert waiting(world) == 100
            door.open_door()
            world.eventually(lambda: waiting(world) == 0)
    finally:
        door.stop()
    # At least once: a confirm that was on its way is missed, and its event goes out again under the same id.
    assert set(taken(world, topology.READ_MODEL)) == set(events)
    world.drain(topology.NOTIFICATIONS)


def test_a_row_that_another_transaction_holds_is_passed_over_and_comes_later(world: Any) -> None:
    fill(world, "dan", 3)
    other = mysql.connect(world.settings("orders").mysql)
    with other.cursor() as cursor:
        cursor.execute("SELECT id FROM outbox WHERE published_at IS NULL ORDER BY id LIMIT 1 FOR UPDATE")
        with relaying(world.settings("outbox")):
            world.eventually(lambda: waiting(world) == 1)
            other.rollback()
            world.eventually(lambda: waiting(world) == 0)
    other.close()
    assert Counter(taken(world, topology.READ_MODEL)).most_common(1)[0][1] == 1
    world.drain(topology.NOTIFICATIONS)
