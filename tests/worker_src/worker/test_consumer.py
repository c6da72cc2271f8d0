"""The consumer's core against a real broker, with a handler whose faults the test decides."""

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import identity, messages, topology
from contracts.messages import Envelope, InvalidMessage
from harness.faults.relay import Relay
from worker.broker import Delivery, Needs
from worker.consumer import Consumer, gather
from worker.crash import CrashPoints
from worker.errors import Unavailable
from worker.health import Health
from worker.metrics import Metrics
from worker.settings import Batching, Broker

QUEUE = topology.ORDER_COMMANDS


@given(sizes=st.lists(st.integers(0, 5), max_size=5), size=st.integers(1, 8))
def test_what_waits_is_taken_in_order_and_never_more_than_a_batch(sizes: list[int], size: int) -> None:
    deliveries: queue.SimpleQueue[Delivery | None] = queue.SimpleQueue()
    for tag in range(1, sum(sizes) + 1):
        deliveries.put(Delivery(tag, b""))
    taken: list[int] = []
    while batch := gather(deliveries, size, wait_s=0.0, patience_s=0.0):
        assert len(batch) <= size
        taken += [delivery.tag for delivery in batch]
    assert taken == list(range(1, sum(sizes) + 1))


def test_a_batch_is_complete_some_time_after_its_first_message() -> None:
    deliveries: queue.SimpleQueue[Delivery | None] = queue.SimpleQueue()
    deliveries.put(Delivery(1, b""))
    began = time.monotonic()
    assert len(gather(deliveries, 10, wait_s=0.05, patience_s=10.0)) == 1
    assert 0.05 <= time.monotonic() - began < 5.0


def test_the_end_of_the_session_ends_the_batch() -> None:
    deliveries: queue.SimpleQueue[Delivery | None] = queue.SimpleQueue()
    deliveries.put(Delivery(1, b""))
    deliveries.put(None)
    assert len(gather(deliveries, 10, wait_s=10.0, patience_s=10.0)) == 1


class Recorder:
    """A handler that notes what takes effect; `fault` may raise for a batch."""

    def __init__(self, fault: Callable[[Sequence[Envelope]], None] = lambda batch: None) -> None:
        self.applied: list[str] = []
        self.fault = fault
        self.away = threading.Event()

    def check(self) -> None:
        if self.away.is_set():
            raise Unavailable("the database is away")

    def examine(self, envelope: Envelope) -> None:
        identity.owns(envelope.user_id, envelope.payload["order_id"])
        if envelope.user_id == "nobody":
            raise InvalidMessage("nobody is no user")

    def apply(self, envelopes: Sequence[Envelope]) -> None:
        self.check()
        self.fault(envelopes)
        self.applied += [envelope.message_id for envelope in envelopes]

    def close(self) -> None:
        pass


@contextmanager
def consuming(
    world: Any, handler: Recorder, *, broker: Broker | None = None, max_attempts: int = 2, size: int = 50
) -> Iterator[tuple[Health, Metrics]]:
    stop, health, metrics = threading.Event(), Health(("broker", "database")), Metrics()
    consumer = Consumer(
        source=QUEUE,
        broker=broker or world.settings("orders").broker,
        batching=Batching(prefetch=100, size=size, wait_s=0.02, max_attempts=max_attempts),
        handler=handler,
        health=health,
        metrics=metrics,
        crashes=CrashPoints(),
        stop=stop,
        needs=Needs((topology.DEAD_LETTERS,), (QUEUE,), QUEUE, 100),
    )
    thread = threading.Thread(target=consumer.run, daemon=True)
    thread.start()
    try:
        yield health, metrics
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()


@pytest.fixture
def empty(world: Any) -> Iterator[Any]:
    """The world, with queues that are empty before and after."""
    yield world
    world.eventually(lambda: world.depth(QUEUE) == 0)
    world.drain(topology.DEAD_LETTERS)


def settled(metrics: Metrics, result: str) -> float:
    return float(metrics.messages.labels(result)._value.get())


@pytest.mark.servers
def test_everything_takes_effect_once_and_leaves_the_queue(empty: Any) -> None:
    sent = [empty.place("ann", f"k{number}", SKU_0001=1) for number in range(300)]
    handler = Recorder()
    with consuming(empty, handler) as (health, metrics):
        empty.publish(*sent)
        empty.eventually(lambda: settled(metrics, "done") == 300)
        assert health.missing() == []
    assert handler.applied == [envelope.message_id for envelope in sent]
    # After the session the broker has nothing left to give back.
    assert empty.depth(QUEUE) == 0


@pytest.mark.servers
def test_what_can_never_be_read_is_parked_at_once_and_its_neighbours_take_effect(empty: Any) -> None:
    good = [empty.place("ann", f"g{number}", SKU_0001=1) for number in range(4)]
    handler = Recorder()
    # The last two provoke errors that are not about messages at all: RecursionError and UnicodeEncodeError.
    unreadable = [b"{not json", b"[" * 100_000, messages.encode(good[0]).replace(b'"ann"', b'"\\ud800"')]
    empty.publish(*good[:2], *unreadable, empty.place("nobody", "k", SKU_0001=1), *good[2:])
    with consuming(empty, handler, max_attempts=1) as (_, metrics):
        empty.eventually(lambda: settled(metrics, "done") == 4 and empty.depth(topology.DEAD_LETTERS) == 4)
    assert handler.applied == [envelope.message_id for envelope in good]
    reasons = {headers[topology.PARKED_REASON_HEADER] for headers, _ in empty.drain(topology.DEAD_LETTERS)}
    assert any(reason.startswith("InvalidMessage: not JSON") for reason in reasons)
    assert "InvalidMessage: nobody is no user" in reasons


@pytest.mark.servers
def test_a_message_that_fails_is_tried_again_later_and_parked_after_the_limit(empty: Any) -> None:
    bad = empty.place("bad", "k", SKU_0001=1)
    good = [empty.place("ann", f"r{number}", SKU_0001=1) for number in range(9)]
    tries: list[float] = []

    def fault(batch: Sequence[Envelope]) -> None:
        if any(envelope.message_id == bad.message_id for envelope in batch):
            if len(batch) == 1:
                tries.append(time.monotonic())
            raise ValueError("cannot be applied")

    handler = Recorder(fault)
    empty.publish(*good[:5], bad, *good[5:])
    with consuming(empty, handler, max_attempts=2) as (_, metrics):
        empty.eventually(lambda: settled(metrics, "parked") == 1)
        empty.eventually(lambda: empty.depth(topology.DEAD_LETTERS) == 1)
    assert sorted(handler.applied) == sorted(envelope.message_id for envelope in good)
    assert len(tries) == 2
    assert tries[1] - tries[0] >= topology.RETRY_DELAYS_S[0]
    ((headers, _),) = empty.drain(topology.DEAD_LETTERS)
    assert headers[topology.ATTEMPTS_HEADER] == 2
    assert headers[topology.PARKED_QUEUE_HEADER] == QUEUE
    assert headers[topology.PARKED_REASON_HEADER] == "ValueError: cannot be applied"


@pytest.mark.servers
def test_a_message_that_succeeds_at_its_second_try_is_not_parked(empty: Any) -> None:
    shaky = empty.place("shaky", "k", SKU_0001=1)
    failures = 1

    def fault(batch: Sequence[Envelope]) -> None:
        nonlocal failures
        if failures:
            failures -= 1
            raise ValueError("not yet")

    handler = Recorder(fault)
    empty.publish(shaky)
    with consuming(empty, handler) as (_, metrics):
        empty.eventually(lambda: settled(metrics, "done") == 1)
    assert handler.applied == [shaky.message_id]
    assert (settled(metrics, "retried"), settled(metrics, "parked")) == (1, 0)


@pytest.mark.servers
def test_a_database_that_is_away_costs_no_message_a_try(empty: Any) -> None:
    handler = Recorder()
    with consuming(empty, handler) as (health, metrics):
        empty.eventually(lambda: health.missing() == [])
        handler.away.set()
        empty.publish(*(empty.place("ann", f"a{number}", SKU_0001=1) for number in range(20)))
        empty.eventually(lambda: health.missing() == ["database"])
        time.sleep(1.0)
        assert handler.applied == []
        assert health.alive()
        handler.away.clear()
        empty.eventually(lambda: settled(metrics, "done") == 20 and health.missing() == [])
    assert len(handler.applied) == 20
    assert (settled(metrics, "retried"), settled(metrics, "parked")) == (0, 0)


@pytest.mark.servers
def test_told_to_stop_it_gives_back_what_it_could_not_finish(empty: Any) -> None:
    handler = Recorder()
    with consuming(empty, handler) as (health, _):
        empty.eventually(lambda: health.missing() == [])
        handler.away.set()
        empty.publish(*(empty.place("ann", f"s{number}", SKU_0001=1) for number in range(20)))
        empty.eventually(lambda: health.missing() == ["database"])
    assert handler.applied == []
    empty.eventually(lambda: empty.depth(QUEUE) == 20)
    assert {headers.get(topology.ATTEMPTS_HEADER) for headers, _ in empty.drain(QUEUE)} == {None}


@pytest.mark.servers
def test_it_reconnects_after_the_broker_was_away(empty: Any, guard: Any, tmp_path: Any) -> None:
    direct = empty.settings("orders").broker
    relay = Relay.start(guard, direct.address.host, direct.address.port, log=tmp_path / "relay.log")
    broker = replace(direct, address=replace(direct.address, host="127.0.0.1", port=relay.port))
    seen: list[str] = []

    def fault(batch: Sequence[Envelope]) -> None:
        seen.extend(envelope.message_id for envelope in batch)
        if len(seen) == len(batch):
            # In the middle of the first batch: the effect is there, the acknowledgement has nowhere to go.
            relay.close_door()

    handler = Recorder(fault)
    sent = [empty.place("ann", f"d{number}", SKU_0001=1) for number in range(30)]
    empty.publish(*sent)
    try:
        with consuming(empty, handler, broker=broker, size=10) as (health, metrics):
            empty.eventually(lambda: "broker" in health.missing() and seen)
            assert health.alive()
            relay.open_door()
            empty.eventually(lambda: {*handler.applied} == {envelope.message_id for envelope in sent})
            empty.eventually(lambda: health.missing() == [] and empty.depth(QUEUE) == 0)
    finally:
        relay.stop()
    assert len(handler.applied) > len(sent), "what was not acknowledged comes again"
    assert settled(metrics, "parked") == 0
