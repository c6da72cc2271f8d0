"""The HTTP server that every role has: /live, /ready, /metrics, and what a role adds.

One thread per connection, HTTP/1.1 with keep-alive. Responses leave in one write and without Nagle's delay, since the
client's delayed acknowledgement would otherwise cost 40 ms each.
"""

import json
import os
import socketserver
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from contracts import problems
from worker import metrics
from worker.errors import WorkerError
from worker.health import Health

_BODY_LIMIT_BYTES = 1 << 20
_IDLE_LIMIT_S = 75.0  # longer than any client of ours keeps an idle connection


@dataclass(frozen=True)
class Response:
    """An answer: status, body and its media type."""

    status: int
    body: bytes
    content_type: str = "application/json"


Route = Callable[[bytes], Response]


def as_json(status: int, value: object) -> Response:
    """`value` as an answer."""
    return Response(status, json.dumps(value, separators=(",", ":")).encode())


def problem(kind: problems.ProblemType, detail: str, **more: object) -> Response:
    """A problem document (RFC 9457)."""
    value = {"type": kind.uri, "title": kind.title, "status": kind.status, "detail": detail, **more}
    return Response(kind.status, json.dumps(value).encode(), problems.MEDIA_TYPE)


class Server:
    """Serves in threads of its own, from construction until `close`.

    Raises WorkerError where the port cannot be had.
    """

    def __init__(self, host: str, port: int, routes: Mapping[tuple[str, str], Route]) -> None:
        try:
            self._server = _HttpServer((host, port), dict(routes))
        except OSError as error:
            raise WorkerError(f"WORKER_PORT: cannot listen at {host}:{port}: {error.strerror}") from error
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="http", daemon=True)
        self._thread.start()

    def drain(self, grace_s: float) -> None:
        """Stops listening and asks clients to leave (`Connection: close`).

        Waits up to `grace_s` seconds for the answers that are under way.
        """
        self._server.draining = True
        self._server.shutdown()
        self._server.server_close()
        self._server.idle.wait(grace_s)

    def close(self) -> None:
        """Stops listening at once."""
        self._server.shutdown()
        self._server.server_close()


def health_routes(health: Health, registry: metrics.Metrics) -> dict[tuple[str, str], Route]:
    """The routes that Kubernetes and Prometheus ask."""

    def live(body: bytes) -> Response:
        return as_json(200 if health.alive() else 503, {"live": health.alive(), "pid": os.getpid()})

    def ready(body: bytes) -> Response:
        # The pid tells replicas apart that share a port.
        missing = health.missing()
        return as_json(503 if missing else 200, {"ready": not missing, "missing": missing, "pid": os.getpid()})

    def exposition(body: bytes) -> Response:
        return Response(200, registry.render(), metrics.CONTENT_TYPE)

    return {("GET", "/live"): live, ("GET", "/ready"): ready, ("GET", "/metrics"): exposition}


class _HttpServer(ThreadingHTTPServer):
    allow_reuse_address = True
    # Replicas of a service may share a port; the kernel spreads connections over them.
    allow_reuse_port = True
    request_queue_size = 128
    block_on_close = False

    def __init__(self, address: tuple[str, int], routes: dict[tuple[str, str], Route]) -> None:
        self.routes = routes
        self.draining = False
        self.idle = threading.Event()
        self.idle.set()
        self._busy = 0
        self._lock = threading.Lock()
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        """Binds, without HTTPServer's name look-up, which may take seconds."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]

    def busy(self, change: int) -> None:
        """One more answer is under way (+1), or one less (-1)."""
        with self._lock:
            self._busy += change
            self.idle.clear() if self._busy else self.idle.set()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no event."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = _IDLE_LIMIT_S
    server: _HttpServer

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_PUT(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def _answer(self) -> None:
        self.server.busy(+1)
        try:
            response = self._respond()
            self.send_response(response.status)
            self.send_header("Content-Type", response.content_type)
            self.send_header("Content-Length", str(len(response.body)))
            if self.server.draining or self.close_connection:
                self.send_header("Connection", "close")
                self.close_connection = True
            self.end_headers()
            self.wfile.write(response.body)
            self.wfile.flush()
        finally:
            self.server.busy(-1)

    def _respond(self) -> Response:
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not (length.isascii() and length.isdigit()):
            self.close_connection = True
            return problem(problems.INVALID_PARAMETER, "Content-Length must say how long the body is.")
        if int(length) > _BODY_LIMIT_BYTES:
            self.close_connection = True
            return problem(problems.TOO_LARGE, f"The body must have at most {_BODY_LIMIT_BYTES} bytes.")
        body = self.rfile.read(int(length))
        path = urlsplit(self.path).path
        route = self.server.routes.get((self.command, path))
        if route is None:
            known = ", ".join(" ".join(key) for key in self.server.routes)
            return problem(problems.NOT_FOUND, f"There is no {self.command} {path}; there are {known}.")
        return route(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are counted, not logged."""
