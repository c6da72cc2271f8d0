import socket

import pytest

from harness.process import LOOPBACK, Ports, hold_port


def test_a_server_gets_the_held_port_and_nobody_else_is_given_it() -> None:
    with hold_port() as held:
        assert held.socket.getsockname() == (LOOPBACK, held.port)
        with socket.socket() as client:
            with pytest.raises(ConnectionRefusedError):
                client.connect((LOOPBACK, held.port))
        # create_server sets SO_REUSEADDR, as servers do.
        with socket.create_server((LOOPBACK, held.port)):
            with socket.create_connection((LOOPBACK, held.port), 5):
                pass


def test_a_held_port_is_not_given_out_as_a_free_one() -> None:
    with hold_port() as held, Ports() as ports:
        assert held.port not in {ports.hold() for _ in range(200)}


def test_letting_go() -> None:
    held = hold_port()
    held.close()
    with socket.socket() as other:
        other.bind((LOOPBACK, held.port))
