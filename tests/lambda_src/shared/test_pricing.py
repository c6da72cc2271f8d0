"""The pricing client against services on real sockets that follow a script."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from shared.breaker import Breaker
from shared.config import PricingConfig
from shared.errors import Unavailable
from shared.pricing import Pricing

LINES = [{"sku": "A", "quantity": 1}]
OK = b'HTTP/1.1 200 OK\r\ncontent-length: 17\r\n\r\n{"total_cents":1}'


class Service:
    """Answers each request by the next entry of `script`: bytes; pieces of them, 50 ms apart, None closes; "close"."""

    def __init__(self, *script: object) -> None:
        self.script = list(script)
        self.requests: list[bytes] = []
        self.connections = 0
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def hang_up(self) -> None:
        """Close what is connected."""
        for connection in self._sockets:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.hang_up()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                self._sockets.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            while request := self._request(connection):
                self.requests.append(request)
                step = self.script.pop(0) if self.script else OK
                if step == "close":
                    return
                for piece in [step] if isinstance(step, bytes) else list(step):  # type: ignore[call-overload]
                    if piece is None:
                        return
                    connection.sendall(piece)
                    if not isinstance(step, bytes):
                        time.sleep(0.05)

    def _request(self, connection: socket.socket) -> bytes:
        data = b""
        while b"\r\n\r\n" not in data:
            more = connection.recv(65536)
            if not more:
                return b""
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        [length] = [int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if b"content-length" in line]
        while len(body) < length:
            body += connection.recv(65536)
        return head + b"\r\n\r\n" + body


@pytest.fixture
def service() -> Iterator[Callable[..., Service]]:
    made: list[Service] = []

    def make(*script: object) -> Service:
        made.append(Service(*script))
        return made[-1]

    yield make
    for each in made:
        each.close()


def client(port: int, deadline_s: float = 2, breaker: Breaker | None = None) -> Pricing:
    return Pricing(PricingConfig(False, "127.0.0.1", port, "/v1/price", deadline_s), breaker)


def test_questions_go_over_one_connection(service: Callable[..., Service]) -> None:
    server = service()
    pricing = client(server.port)
    for _ in range(3):
        answer = pricing.price(LINES, "00-a")
        assert (answer.status, answer.body) == (200, {"total_cents": 1})
    assert server.connections == 1
    assert server.requests[0].startswith(b"POST /v1/price HTTP/1.1")
    assert b"traceparent: 00-a" in server.requests[0]
    assert server.requests[0].endswith(b'{"lines": [{"sku": "A", "quantity": 1}]}')


def test_a_refusal_is_an_answer(service: Callable[..., Service]) -> None:
    server = service(b'HTTP/1.1 404 Not Found\r\ncontent-length: 14\r\n\r\n{"skus":["A"]}')
    assert client(server.port).price(LINES, "00-a").body == {"skus": ["A"]}


def test_an_answer_that_ends_with_its_connection(service: Callable[..., Service]) -> None:
    server = service(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}")
    pricing = client(server.port)
    assert pricing.price(LINES, "00-a").body == {}
    assert pricing.price(LINES, "00-a").body == {"total_cents": 1}
    assert server.connections == 2


def test_a_kept_connection_that_was_closed_is_replaced(service: Callable[..., Service]) -> None:
    server = service()
    pricing = client(server.port)
    pricing.price(LINES, "00-a")
    server.hang_up()
    assert pricing.price(LINES, "00-a").status == 200
    assert server.connections == 2


def test_it_is_replaced_once_only_and_a_fresh_one_never(service: Callable[..., Service]) -> None:
    server = service(OK, "close", "close", "close")
    pricing = client(server.port)
    pricing.price(LINES, "00-a")
    with pytest.raises(Unavailable):
        pricing.price(LINES, "00-a")
    assert (len(server.requests), server.connections) == (3, 2)
    with pytest.raises(Unavailable):
        pricing.price(LINES, "00-a")
    assert server.connections == 3


def test_an_idle_connection_is_replaced_before_use(
    service: Callable[..., Service], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = service()
    pricing = client(server.port)
    pricing.price(LINES, "00-a")
    now = time.time()
    monkeypatch.setattr("shared.pricing.time.time", lambda: now + 31)
    pricing.price(LINES, "00-a")
    assert server.connections == 2


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 500 Oops\r\ncontent-length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]",
        b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n{",
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}", None),
        b"HTTP/1.1 200 OK\r\ncontent-length: 300000\r\n\r\n" + b" " * 300_000,
        b"SSH-2.0-OpenSSH\r\n",
        "close",
    ],
    ids=lambda answer: repr(answer[:40]),
)
def test_what_is_no_answer(service: Callable[..., Service], answer: object) -> None:
    server = service(answer)
    pricing = client(server.port)
    with pytest.raises(Unavailable):
        pricing.price(LINES, "00-a")
    assert pricing.price(LINES, "00-a").status == 200


@pytest.mark.parametrize("answer", [(), [bytes([byte]) for byte in OK]], ids=["silence", "drop by drop"])
def test_the_deadline_holds_for_all_of_it(service: Callable[..., Service], answer: object) -> None:
    server = service(answer)
    started = time.monotonic()
    with pytest.raises(Unavailable):
        client(server.port, deadline_s=0.3).price(LINES, "00-a")
    assert time.monotonic() - started < 15


def test_after_three_failures_nobody_asks_for_5_s(closed_port: int, service: Callable[..., Service]) -> None:
    clock = [0.0]
    pricing = client(closed_port, breaker=Breaker(failures=3, open_s=5, clock=lambda: clock[0]))
    for _ in range(3):
        with pytest.raises(Unavailable):
            pricing.price(LINES, "00-a")
    clock[0] = 2.0
    with pytest.raises(Unavailable, match="failed a moment ago") as refusal:
        pricing.price(LINES, "00-a")
    assert refusal.value.retry_after_s == 3.0
    clock[0] = 6.0
    with pytest.raises(Unavailable, match="ConnectionRefusedError"):
        pricing.price(LINES, "00-a")
