"""The pricing service, over one kept-alive HTTP connection."""

import contextlib
import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.breaker import Breaker
from shared.config import PricingConfig
from shared.errors import Unavailable

MAX_ANSWER_BYTES = 256 * 1024
# A connection idle for longer, of wall clock, is replaced: the service or something between may have dropped it.
MAX_IDLE_S = 30.0
FAILURES = 3
OPEN_S = 5.0


@dataclass(frozen=True)
class Answer:
    """What the service said."""

    status: int
    body: dict[str, Any]


class Pricing:
    """The service, behind a circuit breaker: after 3 failures in a row nobody waits for it for 5 s."""

    def __init__(self, config: PricingConfig, breaker: Breaker | None = None) -> None:
        self._config = config
        self._breaker = breaker or Breaker(failures=FAILURES, open_s=OPEN_S)
        self._connection: http.client.HTTPConnection | None = None
        self._last_used = 0.0

    def price(self, lines: Sequence[Mapping[str, Any]], traceparent: str) -> Answer:
        """The answer, below 500. Raises Unavailable when there is none within the deadline."""
        if not self._breaker.allows():
            raise Unavailable("the pricing service", "failed a moment ago", self._breaker.opens_in_s())
        body = json.dumps({"lines": list(lines)}).encode()
        try:
            answer = self._ask(body, traceparent)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._drop()
            self._breaker.failed()
            raise Unavailable("the pricing service", type(error).__name__, self._breaker.opens_in_s() or 1.0) from error
        self._breaker.succeeded()
        return answer

    def _ask(self, body: bytes, traceparent: str) -> Answer:
        ends_at = time.monotonic() + self._config.deadline_s
        if self._connection is not None and not 0 <= time.time() - self._last_used < MAX_IDLE_S:
            self._drop()
        reused = self._connection is not None
        try:
            return self._exchange(body, traceparent, ends_at)
        except (ConnectionError, http.client.BadStatusLine):
            # RemoteDisconnected is both. The service closed the kept connection while we slept: ask a fresh one, once.
            if not reused:
                raise
        self._drop()
        return self._exchange(body, traceparent, ends_at)

    def _exchange(self, body: bytes, traceparent: str, ends_at: float) -> Answer:
        if self._connection is None:
            kind = http.client.HTTPSConnection if self._config.tls else http.client.HTTPConnection
            self._connection = kind(self._config.host, self._config.port, timeout=_left(ends_at))
            self._connection.connect()
        connection = self._connection
        with _ended_at(ends_at, connection.sock):
            headers = {"content-type": "application/json", "traceparent": traceparent}
            connection.request("POST", self._config.path, body, headers)
            response = connection.getresponse()
            received = response.read(MAX_ANSWER_BYTES + 1)
        self._last_used = time.time()
        if response.will_close or not response.isclosed():
            self._drop()
        if response.status >= 500:
            raise ValueError(f"status {response.status}")
        if len(received) > MAX_ANSWER_BYTES:
            raise ValueError("the answer is too large")
        if response.length:
            raise ValueError("the answer was cut off")
        value = json.loads(received)
        if not isinstance(value, dict):
            raise ValueError("the answer is no object")
        return Answer(response.status, value)

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.close()


def _left(ends_at: float) -> float:
    """Seconds until the deadline. Raises TimeoutError past it."""
    left = ends_at - time.monotonic()
    if left <= 0:
        raise TimeoutError("deadline")
    return left


@contextlib.contextmanager
def _ended_at(ends_at: float, sock: socket.socket) -> Iterator[None]:
    """Cut `sock` off at `ends_at`: its own timeout would start anew with every byte of a slow peer."""
    timer = threading.Timer(_left(ends_at), _hang_up, (sock,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _hang_up(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
