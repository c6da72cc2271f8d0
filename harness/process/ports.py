"""TCP ports of the loopback address, held so that nobody else gets them."""

import socket
from dataclasses import dataclass

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class HeldPort:
    """A port that is bound, but not listened on.

    The kernel gives it to no one who asks for any free port, nor as the near end of a connection. A server that sets
    SO_REUSEADDR or SO_REUSEPORT, as practically all do, can bind it by name and listen.
    """

    port: int
    socket: socket.socket

    def close(self) -> None:
        """Lets the port go."""
        self.socket.close()

    def __enter__(self) -> "HeldPort":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def hold_port() -> HeldPort:
    """Holds a free port of 127.0.0.1 until `close`."""
    holder = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        holder.bind((LOOPBACK, 0))
    except OSError:
        holder.close()
        raise
    return HeldPort(holder.getsockname()[1], holder)


class Ports:
    """Several held ports that are let go together."""

    def __init__(self) -> None:
        self._held: list[HeldPort] = []

    def hold(self) -> int:
        """Holds one more port and returns its number."""
        self._held.append(hold_port())
        return self._held[-1].port

    def close(self) -> None:
        """Lets all of them go."""
        while self._held:
            self._held.pop().close()

    def __enter__(self) -> "Ports":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
