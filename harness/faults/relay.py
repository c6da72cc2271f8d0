"""A TCP relay whose door can be closed: what stands before a server that is to go away for a while.

`Relay` is the harness's handle; the module itself is the child, `python -m harness.faults.relay LISTEN_PORT HOST PORT`.
The child says {"ready": true} once it listens, takes {"do": "close" | "open" | "stats"} on stdin, line by line, answers
each with its figures on stdout, and ends when its stdin does.
"""

import asyncio
import contextlib
import json
import select
import socket
import struct
import sys
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, cast

import uvloop

from harness.faults.errors import FaultError
from harness.process import LOOPBACK, PIPE, Child, Guard, HeldPort, hold_port

_ROOT = Path(__file__).resolve().parents[2]
_ANSWER_LIMIT_S = 10.0
_HIGH_WATER_BYTES = 1 << 20


@dataclass(frozen=True)
class RelayStats:
    """What a relay has seen since its start: the evidence that a closed door was felt.

    `dropped` connections were live when the door closed, `refused` ones came while it was closed; both were reset.
    `unreachable` ones found no server behind the relay. `closed_s` is the time, in seconds, that the door was closed.
    """

    door: str
    accepted: int
    live: int
    dropped: int
    refused: int
    unreachable: int
    bytes_to_target: int
    bytes_from_target: int
    closed_s: float


class Relay:
    """The handle of a relay child: an address that leads to the target while the door is open."""

    def __init__(self, child: Child, held: HeldPort) -> None:
        self.child = child
        self.host = LOOPBACK
        self.port = held.port
        self._held = held
        self._lock = threading.Lock()

    @classmethod
    def start(cls, guard: Guard, host: str, port: int, *, log: Path, name: str = "relay") -> "Relay":
        """Starts a relay to host:port, with its door open, on a port of its own of the loopback address."""
        held = hold_port()
        try:
            child = guard.start(
                name,
                [sys.executable, "-m", "harness.faults.relay", str(held.port), host, str(port)],
                log=log,
                cwd=_ROOT,
                stdin=PIPE,
                stdout=PIPE,
            )
        except BaseException:
            held.close()
            raise
        relay = cls(child, held)
        try:
            relay._answer()
        except BaseException:
            relay.stop()
            raise
        return relay

    def close_door(self) -> RelayStats:
        """Resets every live connection, and from now on every new one as soon as it comes."""
        return self._ask("close")

    def open_door(self) -> RelayStats:
        """Lets connections through again."""
        return self._ask("open")

    def stats(self) -> RelayStats:
        """The figures of this moment."""
        return self._ask("stats")

    def stop(self) -> None:
        """Ends the relay, and with it every connection through it."""
        self.child.stop(grace_s=0)
        self._held.close()

    def _ask(self, do: str) -> RelayStats:
        with self._lock:
            try:
                assert self.child.stdin is not None
                self.child.stdin.write(json.dumps({"do": do}).encode() + b"\n")
            except (OSError, ValueError) as error:
                raise self._failure() from error
            return RelayStats(**self._answer())

    def _answer(self) -> dict[str, Any]:
        stdout = self.child.stdout
        assert stdout is not None
        readable, _, _ = select.select([stdout], [], [], _ANSWER_LIMIT_S)
        line = stdout.readline() if readable else b""
        if not line:
            raise self._failure()
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _failure(self) -> FaultError:
        return FaultError(f"{self.child.name}: does not answer: {self.child.describe()}\n{self.child.tail()}".rstrip())


@dataclass
class _Door:
    """The state of the relay child."""

    target: tuple[str, int]
    closed: bool = False
    closed_at: float = 0.0
    closed_s: float = 0.0
    accepted: int = 0
    dropped: int = 0
    refused: int = 0
    unreachable: int = 0
    bytes_to_target: int = 0
    bytes_from_target: int = 0
    guests: set["_Guest"] = field(default_factory=set)

    def close(self) -> None:
        if not self.closed:
            self.closed, self.closed_at = True, time.monotonic()
        for guest in list(self.guests):
            self.dropped += 1
            guest.reset()

    def open(self) -> None:
        if self.closed:
            self.closed = False
            self.closed_s += time.monotonic() - self.closed_at

    def stats(self) -> RelayStats:
        running_s = time.monotonic() - self.closed_at if self.closed else 0.0
        return RelayStats(
            door="closed" if self.closed else "open",
            accepted=self.accepted,
            live=len(self.guests),
            dropped=self.dropped,
            refused=self.refused,
            unreachable=self.unreachable,
            bytes_to_target=self.bytes_to_target,
            bytes_from_target=self.bytes_from_target,
            closed_s=round(self.closed_s + running_s, 3),
        )


def _reset(transport: asyncio.Transport) -> None:
    # Linger on, for zero seconds: closing sends RST instead of FIN (socket(7), SO_LINGER).
    connection = transport.get_extra_info("socket")
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


class _Side(asyncio.Protocol):
    """One end of a relayed connection; what comes in goes out at its peer."""

    transport: asyncio.Transport
    peer: "_Side | None" = None
    ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # which uvloop's is, but for its bases
        self.transport.set_write_buffer_limits(high=_HIGH_WATER_BYTES)

    def eof_received(self) -> bool:
        self.ended = True
        if self.peer is not None:
            if self.peer.ended:
                return False  # both directions are done: close
            self.peer.transport.write_eof()
        return True

    def pause_writing(self) -> None:
        if self.peer is not None:
            self.peer.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.peer is not None:
            self.peer.transport.resume_reading()

    def connection_lost(self, error: Exception | None) -> None:
        peer, self.peer = self.peer, None
        if peer is None:
            return
        if error is None:
            peer.transport.close()
        else:
            _reset(peer.transport)


class _Guest(_Side):
    """The client's end. What it sends before the target's end is there waits in `early`."""

    def __init__(self, door: _Door) -> None:
        self._door = door
        self._dialling: asyncio.Task[None] | None = None
        self.early = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if self._door.closed:
            self._door.refused += 1
            _reset(self.transport)
            return
        self._door.accepted += 1
        self._door.guests.add(self)
        self._dialling = asyncio.get_running_loop().create_task(self._dial())

    async def _dial(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(lambda: _Host(self._door, self), *self._door.target)
        except OSError:
            self._door.unreachable += 1
            self.reset()

    def data_received(self, data: bytes) -> None:
        self._door.bytes_to_target += len(data)
        if self.peer is None:
            self.early += data
        else:
            self.peer.transport.write(data)

    def connection_lost(self, error: Exception | None) -> None:
        self._door.guests.discard(self)
        super().connection_lost(error)

    def reset(self) -> None:
        """Resets both ends."""
        self._door.guests.discard(self)
        for side in (self, self.peer):
            if side is not None:
                _reset(side.transport)


class _Host(_Side):
    """The target's end."""

    def __init__(self, door: _Door, guest: _Guest) -> None:
        self._door = door
        self._guest = guest

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        guest = self._guest
        if guest not in self._door.guests:  # gone meanwhile
            _reset(self.transport)
            return
        self.peer, guest.peer = guest, self
        if guest.early:
            self.transport.write(guest.early)
            guest.early = b""
        if guest.ended:
            self.transport.write_eof()

    def data_received(self, data: bytes) -> None:
        self._door.bytes_from_target += len(data)
        self._guest.transport.write(data)


class _Control(asyncio.Protocol):
    """Commands on stdin, answers on stdout."""

    def __init__(self, door: _Door, ended: asyncio.Event) -> None:
        self._door = door
        self._ended = ended
        self._rest = b""

    def data_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            do = json.loads(line)["do"]
            if do == "close":
                self._door.close()
            elif do == "open":
                self._door.open()
            _say(asdict(self._door.stats()))

    def connection_lost(self, error: Exception | None) -> None:
        self._ended.set()


def _say(message: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


async def _serve(port: int, target: tuple[str, int]) -> None:
    loop = asyncio.get_running_loop()
    door, ended = _Door(target), asyncio.Event()
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((LOOPBACK, port))
    server = await loop.create_server(lambda: _Guest(door), sock=listener, backlog=1024)
    await loop.connect_read_pipe(lambda: _Control(door, ended), sys.stdin)
    _say({"ready": True})
    async with server:
        await ended.wait()


def main() -> None:
    """Entry point of the child."""
    port, host, target_port = sys.argv[1:]
    uvloop.run(_serve(int(port), (host, int(target_port))))


if __name__ == "__main__":
    main()
