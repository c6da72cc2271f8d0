"""The relay with real connections: it carries bytes unchanged, and its door closes and opens."""

import hashlib
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.faults.errors import FaultError
from harness.faults.relay import Relay
from harness.process import Guard, hold_port, wait_until


class Echo:
    """A server that sends back what it gets, and ends when the client has ended."""

    def __init__(self) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self._echo, args=(connection,), daemon=True).start()

    def _echo(self, connection: socket.socket) -> None:
        with connection:
            try:
                while data := connection.recv(65536):
                    connection.sendall(data)
            except OSError:
                return


@pytest.fixture(scope="module")
def guard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guard]:
    with Guard(base=tmp_path_factory.mktemp("relay") / "base") as running:
        yield running


@pytest.fixture
def echo() -> Iterator[Echo]:
    server = Echo()
    yield server
    server.server.close()


@pytest.fixture
def relay(guard: Guard, echo: Echo) -> Iterator[Relay]:
    running = Relay.start(guard, "127.0.0.1", echo.port, log=guard.folder / "relay.log")
    yield running
    running.stop()


def connect(relay: Relay) -> socket.socket:
    return socket.create_connection((relay.host, relay.port), 10)


def exchange(connection: socket.socket, data: bytes) -> bytes:
    connection.sendall(data)
    return connection.recv(65536)


def test_bytes_go_both_ways(relay: Relay) -> None:
    with connect(relay) as connection:
        assert exchange(connection, b"hello") == b"hello"
        stats = relay.stats()
    assert (stats.door, stats.accepted, stats.live) == ("open", 1, 1)
    assert (stats.bytes_to_target, stats.bytes_from_target) == (5, 5)


def test_an_end_of_one_direction_is_passed_on_while_the_other_goes_on(relay: Relay) -> None:
    data = os.urandom(20_000_000)
    with connect(relay) as connection:

        def send() -> None:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)

        sender = threading.Thread(target=send)
        sender.start()
        received = hashlib.sha256()
        while part := connection.recv(1 << 20):
            received.update(part)
        sender.join()
    assert received.digest() == hashlib.sha256(data).digest()
    wait_until(lambda: relay.stats().live == 0, timeout_s=5, what="the relay lets the connection go")


def test_a_reader_that_does_not_read_stops_the_sender(relay: Relay) -> None:
    with connect(relay) as connection:
        connection.settimeout(0.5)
        with pytest.raises(TimeoutError):
            connection.sendall(b"x" * 200_000_000)
        assert relay.stats().bytes_to_target < 100_000_000


def test_a_closed_door_resets_live_and_new_connections_until_it_opens(relay: Relay) -> None:
    with connect(relay) as idle, connect(relay) as other:
        assert exchange(idle, b"x") == exchange(other, b"x") == b"x"
        stats = relay.close_door()
        assert (stats.door, stats.dropped, stats.live, stats.refused) == ("closed", 2, 0, 0)
        for connection in (idle, other):
            with pytest.raises(ConnectionResetError):
                connection.recv(1)
    for _ in range(3):
        with pytest.raises(ConnectionResetError), connect(relay) as connection:
            connection.recv(1)
    assert relay.close_door().dropped == 2
    stats = relay.open_door()
    assert (stats.door, stats.dropped, stats.refused, stats.accepted) == ("open", 2, 3, 2)
    assert stats.closed_s > 0
    assert relay.stats().closed_s == stats.closed_s
    with connect(relay) as connection:
        assert exchange(connection, b"again") == b"again"


def test_the_server_feels_the_closed_door_too(guard: Guard) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        relay = Relay.start(guard, "127.0.0.1", server.getsockname()[1], log=guard.folder / "relay.log")
        with connect(relay) as client:
            connection, _ = server.accept()
            client.sendall(b"x")
            assert connection.recv(1) == b"x"
            relay.close_door()
            with pytest.raises(ConnectionResetError):
                connection.recv(1)
            connection.close()
        relay.stop()


def test_a_reset_of_one_end_is_a_reset_of_the_other(guard: Guard) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        relay = Relay.start(guard, "127.0.0.1", server.getsockname()[1], log=guard.folder / "relay.log")
        with connect(relay) as client:
            connection, _ = server.accept()
            client.sendall(b"x")
            assert connection.recv(1, socket.MSG_PEEK) == b"x"
            connection.close()  # with a byte unread: the kernel resets
            with pytest.raises(ConnectionResetError):
                client.recv(1)
        relay.stop()


def test_a_target_that_is_not_there(guard: Guard) -> None:
    with hold_port() as nobody:
        relay = Relay.start(guard, "127.0.0.1", nobody.port, log=guard.folder / "relay.log")
        with pytest.raises(ConnectionResetError), connect(relay) as connection:
            connection.recv(1)
        assert relay.stats().unreachable == 1
        relay.stop()


def test_many_connections_at_once(relay: Relay) -> None:
    connections = [connect(relay) for _ in range(200)]
    for number, connection in enumerate(connections):
        connection.sendall(str(number).encode())
    for number, connection in enumerate(connections):
        assert connection.recv(100) == str(number).encode()
    assert relay.stats().live == 200
    assert relay.close_door().dropped == 200
    for connection in connections:
        connection.close()


def test_a_relay_that_is_gone_is_told(guard: Guard, echo: Echo) -> None:
    relay = Relay.start(guard, "127.0.0.1", echo.port, log=guard.folder / "relay.log")
    relay.child.signal(9)
    relay.child.wait(5)
    with pytest.raises(FaultError, match="relay: does not answer: ended by SIGKILL"):
        relay.stats()
    relay.stop()


def test_the_relay_ends_when_its_harness_closes_stdin(guard: Guard, echo: Echo, tmp_path: Path) -> None:
    relay = Relay.start(guard, "127.0.0.1", echo.port, log=tmp_path / "relay.log")
    assert relay.child.stdin is not None
    relay.child.stdin.close()
    assert relay.child.wait(5) == 0
    relay.stop()
    assert (tmp_path / "relay.log").read_text() == ""
