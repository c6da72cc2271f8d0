"""Faults start and stop when they are due, are felt, and are healed whatever happens."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import history
from harness.faults.relay import Relay
from harness.process import Guard
from harness.scenario.injection import Injector
from harness.scenario.spec import Fault

DOOR = Fault("broker_door", (2.0, 4.0), 3.0)


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[Relay]:
    """A relay to a server that accepts and says nothing."""
    with Guard(base=tmp_path / "base") as guard, socket.create_server(("127.0.0.1", 0)) as server:
        yield Relay.start(guard, "127.0.0.1", server.getsockname()[1], log=tmp_path / "relay.log")


def refused(relay: Relay) -> bool:
    try:
        # The reset may come before connect() has returned.
        with socket.create_connection((relay.host, relay.port), 5) as connection:
            connection.settimeout(0.3)
            return connection.recv(1) == b""
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False


def test_the_seed_draws_the_time_within_the_bounds() -> None:
    times = {DOOR.start_s(seed, 0) for seed in range(50)}
    assert len(times) == 50
    assert all(2.0 <= at_s <= 4.0 for at_s in times)
    assert DOOR.start_s(1, 0) == DOOR.start_s(1, 0) != DOOR.start_s(1, 1)


def test_a_door_closes_is_felt_and_opens_again(relay: Relay, tmp_path: Path) -> None:
    with history.Writer(tmp_path / "history.jsonl") as records:
        injector = Injector((DOOR,), 1, relay, records)
        assert injector.tick(1.9) == []
        assert not refused(relay)
        assert injector.tick(4.0) == ["fault: broker_door for 3 s"]
        assert refused(relay)
        assert injector.tick(6.9) == []
        [line] = injector.tick(7.0)
    assert line.startswith("healed: broker_door (")
    assert "1 connections_refused" in line
    assert not refused(relay)
    [done] = injector.done
    assert (done.start_s, done.end_s, done.bit) == (4.0, 7.0, True)
    phases = [record["phase"] for record in history.read(tmp_path / "history.jsonl")]
    assert phases == ["start", "stop"]


def test_a_door_that_nobody_came_to_did_not_bite(relay: Relay, tmp_path: Path) -> None:
    with history.Writer(tmp_path / "history.jsonl") as records:
        injector = Injector((DOOR,), 1, relay, records)
        injector.tick(4.0)
        injector.tick(7.0)
    assert not injector.done[0].bit


def test_healing_ends_what_is_on_and_starts_nothing_more(relay: Relay, tmp_path: Path) -> None:
    later = Fault("broker_door", (9.0, 9.0), 1.0)
    with history.Writer(tmp_path / "history.jsonl") as records:
        injector = Injector((DOOR, later), 1, relay, records)
        injector.tick(4.0)
        injector.heal(5.0)
        assert injector.tick(10.0) == []
    assert not refused(relay)
    assert len(injector.done) == 1
