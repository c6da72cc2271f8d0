"""Sessions against a real broker."""

import time
from concurrent.futures import wait
from dataclasses import replace
from typing import Any

import pytest

from contracts import addresses, topology
from harness.faults.relay import Relay
from worker.broker import Needs, Outgoing, PublishFailed, open_session
from worker.credentials import Credentials
from worker.errors import Misconfigured, SessionLost, Unavailable
from worker.settings import Broker

WAITING = topology.retry_queue(topology.NOTIFICATIONS, 30)


def message(number: int, routing_key: str = WAITING) -> Outgoing:
    return Outgoing("", routing_key, b"x" * 200, f"m-{number}", "test")


def test_a_broker_that_is_away_is_named_with_the_cause_that_the_system_tells() -> None:
    with pytest.raises(Unavailable, match=r"RabbitMQ at 127\.0\.0\.1:1: ConnectionRefusedError: .*refused"):
        open_session(Broker(addresses.broker("amqp://127.0.0.1:1"), Credentials("app", "x")), Needs())


@pytest.mark.servers
def test_publishing_is_confirmed_in_a_window(world: Any) -> None:
    with open_session(world.settings("orders").broker, Needs()) as session:
        confirms = session.publish([message(number) for number in range(500)])
        done, _ = wait(confirms, timeout=20)
        assert len(done) == 500
        assert all(confirm.exception() is None for confirm in confirms)
    assert len(world.drain(WAITING)) == 500


@pytest.mark.servers
def test_a_message_that_no_queue_takes_fails_alone(world: Any) -> None:
    with open_session(world.settings("orders").broker, Needs()) as session:
        confirms = session.publish([message(1), message(2, "no-such-queue"), message(3)])
        wait(confirms, timeout=20)
        assert confirms[0].exception() is None
        assert confirms[2].exception() is None
        error = confirms[1].exception()
        assert isinstance(error, PublishFailed)
        assert "no-such-queue: no queue takes it" in str(error)
    assert len(world.drain(WAITING)) == 2


@pytest.mark.servers
def test_without_topology_it_says_run_migrate(world: Any) -> None:
    broker = world.settings("orders").broker
    for needs in (Needs(exchanges=("nowhere",)), Needs(queues=("nowhere",))):
        with pytest.raises(Misconfigured, match=r"'nowhere' in vhost .* run `migrate` first"):
            open_session(broker, needs)


@pytest.mark.servers
def test_an_account_that_is_refused_is_named(world: Any) -> None:
    broker = replace(world.settings("orders").broker, account=Credentials("stranger", "x"))
    with pytest.raises(Misconfigured, match="refuses the account 'stranger'"):
        open_session(broker, Needs())


@pytest.mark.servers
def test_the_application_may_declare_nothing(world: Any) -> None:
    session = open_session(world.settings("orders").broker, Needs())
    session._call(lambda: session._channel.queue_declare("mine", durable=True))
    deadline = time.monotonic() + 10
    while session.alive and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not session.alive


@pytest.mark.servers
def test_a_lost_session_fails_what_was_not_confirmed_and_tells_its_consumer(
    world: Any, guard: Any, tmp_path: Any
) -> None:
    direct = world.settings("orders").broker
    relay = Relay.start(guard, direct.address.host, direct.address.port, log=tmp_path / "relay.log")
    through = replace(direct, address=replace(direct.address, host="127.0.0.1", port=relay.port))
    try:
        session = open_session(through, Needs(consume=topology.NOTIFICATIONS, prefetch=10))
        relay.close_door()
        assert session.deliveries.get(timeout=10) is None
        assert not session.alive
        (confirm,) = session.publish([message(1)])
        assert isinstance(confirm.exception(timeout=5), SessionLost)
        session.close()
    finally:
        relay.stop()
