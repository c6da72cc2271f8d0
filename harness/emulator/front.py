"""The front: one loopback address for all of AWS, in front of the emulators.

A call goes through the gaps that know its service to the emulator that answers the service, and its answer comes back
the same way.
"""

import logging
import socket
from collections.abc import Sequence
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from harness.emulator.call import Answer, Call
from harness.emulator.gaps.gap import Gap
from harness.emulator.gate import Gate
from harness.emulator.upstream import Upstream
from harness.process import LOOPBACK

HOLD, OPEN = "/_emulator/hold", "/_emulator/open"
"""Paths that hold and open the front's gate."""

log = logging.getLogger(__name__)
_GATE = {HOLD: Gate.hold, OPEN: Gate.open}


class Front:
    """Passes calls through `gaps` to the emulators."""

    def __init__(self, upstream: Upstream, gaps: Sequence[Gap]) -> None:
        self._upstream = upstream
        self._gaps = gaps

    def answer(self, call: Call) -> Answer:
        """What goes back to the client."""
        return self._through([gap for gap in self._gaps if call.service in gap.services], call)

    def _through(self, gaps: Sequence[Gap], call: Call) -> Answer:
        """Each gap hands the call to those after it, and gets their answer."""
        if not gaps:
            return self._upstream.send(call)
        return gaps[0].handle(call, partial(self._through, gaps[1:]), self._upstream)


class Server(ThreadingHTTPServer):
    """Serves a front on a port of the loopback address, a thread for each connection."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, front: Front, port: int) -> None:
        self.front = front
        self.gate = Gate()
        super().__init__((LOOPBACK, port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # An answer leaves in one piece: in two, its body waits for the client's delayed acknowledgement of its head.
    wbufsize = -1
    disable_nagle_algorithm = True
    server: Server

    def _serve(self) -> None:
        if self.path in _GATE:
            _GATE[self.path](self.server.gate)
            self.send_response_only(204)
            self.end_headers()
            return
        call = Call(self.command, self.path, {key.lower(): value for key, value in self.headers.items()}, self._body())
        with self.server.gate.passing(self._gone) as passes:
            if passes:
                self._answer(call)
            else:
                self.close_connection = True

    def _answer(self, call: Call) -> None:
        try:
            answer = self.server.front.answer(call)
        except Exception:
            log.exception("%s %s %s %s", call.service, call.method, call.target, call.action)
            answer = Answer(500, {"content-type": "text/plain"}, b"a defect of the emulator's front; its log has more")
        log.info("%s %s %s %s: %d", call.service, call.method, call.target, call.action, answer.status)
        if answer.status >= 400:
            log.info("asked: %s\nanswered: %s", call.body[:2000], answer.body[:2000])
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        bodiless = answer.status in (204, 304)
        if not bodiless and "content-length" not in answer.headers:
            self.send_header("content-length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD" and not bodiless:
            self.wfile.write(answer.body)
        self.wfile.flush()

    def _gone(self) -> bool:
        """Whether the client has closed its connection."""
        try:
            return not self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            return True

    def handle_expect_100(self) -> bool:
        """Asks for the body at once: the client waits for this before it sends it."""
        super().handle_expect_100()
        self.wfile.flush()
        return True

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = _serve

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("transfer-encoding", ""):
            parts = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("content-length") or 0))

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the front logs calls itself."""
