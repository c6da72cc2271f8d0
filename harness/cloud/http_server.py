"""A small HTTP/1.1 server on httptools: one parser callback chain, one write per answer.

The gateway, the Runtime API and the admin address share it. It is not a web framework: it gives whole requests to a
handler and takes whole answers back. The Runtime API needs a listener of its own for each process, cheap and with one
write per answer, and the gateway AWS's own answers to oversized heads and bodies, which an ASGI server does not let an
application choose; it also takes a tenth to a quarter less CPU per request than the same gateway on uvicorn.
"""

import asyncio
import socket
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from typing import Any

import httptools

Headers = Iterable[tuple[str, str]]
LINGER_S = 2.0  # How long a refused upload is read and dropped, so that the client sees our answer and not a reset.
_REASONS = {status.value: status.phrase for status in HTTPStatus} | {413: "Request Entity Too Large"}


@dataclass(frozen=True, slots=True)
class Limits:
    """What a server refuses. `head_bytes` counts the request line and the header lines, `body_bytes` the decoded
    body.
    """

    head_bytes: int = 65_536
    body_bytes: int = 16 * 1024 * 1024


class Exchange:
    """One request and the place for its answer. `reply` may be called once, at once or later."""

    __slots__ = ("_connection", "answered", "body", "headers", "keep_alive", "method", "reason", "target", "version")

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection
        self.method = ""
        self.target = b""
        self.version = "1.1"
        self.headers: list[tuple[str, str]] = []
        """In order of arrival; names in lower case."""
        self.body: bytes = b""
        self.keep_alive = True
        self.answered = False
        self.reason: int | None = None
        """The status the server itself refused this request with (400, 413, 431); None for a whole request."""

    @property
    def peer_host(self) -> str:
        """The client's address, without port."""
        return self._connection.peer_host

    @property
    def open(self) -> bool:
        """False once the client has gone: an answer would reach nobody."""
        return not self._connection.closed

    def header(self, name: str) -> str | None:
        """The first value of a header, named in lower case."""
        for key, value in self.headers:
            if key == name:
                return value
        return None

    def reply(self, status: int, headers: Headers, body: bytes = b"") -> None:
        """Writes the answer in one piece. `content-length`, `date` and `connection` are added here."""
        self.answered = True
        self._connection.answer(self, status, headers, body)


Handler = Callable[[Exchange], None]


class Connection(asyncio.Protocol):
    """One client connection. Requests of a pipeline are answered one after the other."""

    def __init__(self, handler: Handler, limits: Limits, connections: set["Connection"] | None = None) -> None:
        self._handler = handler
        self._limits = limits
        self._connections = connections
        self._transport: Any = None
        self._parser: Any = None
        self._exchange = Exchange(self)
        self._url: list[bytes] = []
        self._body: list[bytes] = []
        self._body_bytes = 0
        self._head_bytes = 0
        self._in_head = True
        self._waiting: deque[Exchange] = deque()
        self._answering = False
        self._refused = False
        self._paused = False
        self.closed = False
        self.peer_host = ""

    # asyncio.Protocol
    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._parser = httptools.HttpRequestParser(self)
        peer = transport.get_extra_info("peername")
        self.peer_host = peer[0] if peer else ""
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._connections is not None:
            self._connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        self._waiting.clear()
        if self._connections is not None:
            self._connections.discard(self)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        if self._in_head:
            self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._refuse(400)
        except httptools.HttpParserError:
            # Our own refusals inside a callback surface here as well.
            self._refuse(400)
        else:
            if self._in_head and self._head_bytes > self._limits.head_bytes + _MAX_READ_BYTES:
                self._refuse(431)
        if self._waiting and not self._paused and not self.closed:
            self._paused = True
            self._transport.pause_reading()

    def abort(self) -> None:
        """Cuts the connection without an answer."""
        if not self.closed and self._transport is not None:
            self._transport.abort()

    # httptools
    def on_message_begin(self) -> None:
        self._exchange = Exchange(self)
        self._url.clear()
        self._body.clear()
        self._body_bytes = 0

    def on_url(self, url: bytes) -> None:
        self._url.append(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._exchange.headers.append((name.decode("latin-1").lower(), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        exchange = self._exchange
        self._in_head = False
        exchange.method = self._parser.get_method().decode("ascii")
        exchange.target = b"".join(self._url)
        exchange.version = self._parser.get_http_version()
        exchange.keep_alive = self._parser.should_keep_alive()
        head_bytes = len(exchange.method) + len(exchange.target) + 11
        expected = 0
        expects_continue = False
        for name, value in exchange.headers:
            head_bytes += len(name) + len(value) + 4
            if name == "content-length":
                expected = int(value) if value.isdigit() else 0
            elif name == "expect":
                expects_continue = value.lower() == "100-continue"
        if head_bytes > self._limits.head_bytes:
            self._refuse(431)
        elif expected > self._limits.body_bytes:
            self._refuse(413)
        elif expects_continue and not self._answering:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        if self._refused:
            return
        self._body_bytes += len(body)
        if self._body_bytes > self._limits.body_bytes:
            self._refuse(413)
        else:
            self._body.append(body)

    def on_message_complete(self) -> None:
        if self._refused:
            return
        exchange = self._exchange
        exchange.body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        self._in_head = True
        self._head_bytes = 0
        if self._answering:
            self._waiting.append(exchange)
        else:
            self._answering = True
            self._handler(exchange)

    # answers
    def _refuse(self, status: int) -> None:
        if self._refused:
            return
        self._refused = True
        exchange = self._exchange
        exchange.reason = status
        exchange.keep_alive = False
        if not exchange.target:
            exchange.target = b"".join(self._url)
        if self._answering:
            self._waiting.append(exchange)
        else:
            self._answering = True
            self._handler(exchange)

    def answer(self, exchange: Exchange, status: int, headers: Headers, body: bytes) -> None:
        """See Exchange.reply."""
        if self.closed:
            return
        lines = [f"HTTP/1.1 {status} {_REASONS.get(status, 'Unknown')}\r\ndate: {_http_date()}\r\n"]
        lines.extend(f"{name}: {value}\r\n" for name, value in headers)
        if status >= 200 and status != 204 and status != 304:
            lines.append(f"content-length: {len(body)}\r\n")
        lines.append("connection: keep-alive\r\n\r\n" if exchange.keep_alive else "connection: close\r\n\r\n")
        head = "".join(lines).encode("latin-1")
        bodiless = exchange.method == "HEAD" or status in (204, 304)
        self._transport.write(head if bodiless else head + body)
        if not exchange.keep_alive:
            self._close(linger=exchange.reason is not None)
        elif self._waiting:
            # From the loop, so that a long pipeline of immediate answers does not recurse.
            asyncio.get_running_loop().call_soon(self._next_waiting)
        else:
            self._answering = False
            self._resume()

    def _next_waiting(self) -> None:
        if self._waiting:
            self._handler(self._waiting.popleft())

    def _resume(self) -> None:
        if self._paused:
            self._paused = False
            self._transport.resume_reading()

    def _close(self, *, linger: bool) -> None:
        self._refused = True
        self._waiting.clear()
        if linger:
            # Closing with unread bytes makes the kernel send a reset, which can overtake our answer.
            self._resume()
            asyncio.get_running_loop().call_later(LINGER_S, self._transport.close)
        else:
            self._transport.close()


class HttpServer:
    """A listener on one address. `url` holds the bound port."""

    def __init__(self, handler: Handler, limits: Limits | None = None) -> None:
        self._handler = handler
        self._limits = limits or Limits()
        self._connections: set[Connection] = set()
        self._server: asyncio.AbstractServer | None = None
        self.host = ""
        self.port = 0

    @property
    def url(self) -> str:
        """`http://host:port`."""
        return f"http://{self.host}:{self.port}"

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Binds; port 0 takes a free one. Raises OSError when the address is taken."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: Connection(self._handler, self._limits, self._connections), host, port, backlog=4096
        )
        self._server = server
        self.host, self.port = server.sockets[0].getsockname()[:2]

    def close(self) -> None:
        """Stops listening and cuts every connection."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for connection in list(self._connections):
            connection.abort()


_MAX_READ_BYTES = 262_144
_date_second = 0
_date_text = ""


def _http_date() -> str:
    global _date_second, _date_text
    second = int(time.time())
    if second != _date_second:
        _date_second, _date_text = second, formatdate(second, usegmt=True)
    return _date_text
