"""The front as a server of HTTP: before two small servers that tell what reached them."""

import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import urlsplit

import pytest

from harness.emulator import routes
from harness.emulator.call import Answer, Call
from harness.emulator.front import HOLD, OPEN, Front, Server
from harness.emulator.gaps.gap import Gap, Onward
from harness.emulator.upstream import Upstream
from harness.process import LOOPBACK, hold_port

Clients = Callable[[str], Any]


class Telling(BaseHTTPRequestHandler):
    """Answers with what it was asked, as JSON."""

    protocol_version = "HTTP/1.1"

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        told = {
            "by": getattr(self.server, "name", ""),
            "method": self.command,
            "target": self.path,
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "body": body.decode(),
        }
        answer = json.dumps(told).encode()
        status = int(self.headers.get("x-status", "200"))
        self.send_response(status)
        self.send_header("X-Told", "yes")
        self.send_header("Keep-Alive", "timeout=5")
        self.send_header("Content-Length", "0" if status == 204 else str(len(answer)))
        self.end_headers()
        if self.command != "HEAD" and status != 204:
            self.wfile.write(answer)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = _serve

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


class Shouting(Gap):
    """Marks the calls of one service, on the way in and on the way back."""

    services: ClassVar[frozenset[str]] = frozenset({"ec2"})

    def handle(self, call: Call, onward: Onward, upstream: Upstream) -> Answer:
        if call.path == "/defect":
            raise ValueError("a test")
        answer = onward(call.with_json({"heard": call.body.decode()}))
        return Answer(answer.status, {**answer.headers, "x-shouted": "yes"}, answer.body)


@pytest.fixture(scope="module")
def tellers() -> Iterator[Mapping[str, str]]:
    """The URLs of two servers that stand for the emulators."""
    servers = {name: ThreadingHTTPServer((LOOPBACK, 0), Telling) for name in (routes.MINISTACK, routes.MOTO)}
    for name, server in servers.items():
        server.name = name  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
    yield {name: f"http://{LOOPBACK}:{server.server_address[1]}" for name, server in servers.items()}
    for server in servers.values():
        server.shutdown()
        server.server_close()


def served(addresses: Mapping[str, str]) -> Server:
    """A front before servers at these addresses, which answers."""
    server = Server(Front(Upstream(addresses), [Shouting()]), 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@pytest.fixture(scope="module")
def port(tellers: Mapping[str, str]) -> Iterator[int]:
    """The port of a front before the tellers."""
    with served(tellers) as server:
        yield server.server_address[1]
        server.shutdown()


def signed(service: str, **more: str) -> dict[str, str]:
    """Headers of a call that is signed for a service."""
    scope = f"AWS4-HMAC-SHA256 Credential=a/20260101/eu-central-1/{service}/aws4_request, Signature=0"
    return {"Authorization": scope, **more}


def ask(
    port: int, method: str, target: str, headers: Mapping[str, str], body: bytes | Iterator[bytes] = b""
) -> tuple[http.client.HTTPResponse, bytes]:
    """One call, over a connection of its own."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=20)
    try:
        connection.request(method, target, body, dict(headers), encode_chunked=not isinstance(body, bytes))
        answer = connection.getresponse()
        return answer, answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("service", "emulator"),
    [("mq", "moto"), ("monitoring", "moto"), ("lambda", "ministack"), ("rds", "ministack"), ("", "ministack")],
)
def test_the_signing_name_routes(port: int, service: str, emulator: str) -> None:
    _, body = ask(port, "POST", "/a%2Fb?c=d%20e", signed(service) if service else {}, b"x")
    told = json.loads(body)
    assert (told["by"], told["method"], told["target"], told["body"]) == (emulator, "POST", "/a%2Fb?c=d%20e", "x")


def test_calls_pass_through_the_gaps_of_their_service_alone(port: int) -> None:
    answer, body = ask(port, "POST", "/", signed("ec2"), b"x")
    assert (answer.getheader("x-shouted"), json.loads(json.loads(body)["body"])) == ("yes", {"heard": "x"})
    answer, body = ask(port, "POST", "/", signed("mq"), b"x")
    assert (answer.getheader("x-shouted"), json.loads(body)["body"]) == (None, "x")


def test_headers_of_the_connection_stay_where_they_are(port: int) -> None:
    answer, body = ask(port, "GET", "/", signed("mq", Connection="close", **{"X-Kept": "yes", "Keep-Alive": "1"}))
    heard = json.loads(body)["headers"]
    assert heard["x-kept"] == "yes"
    assert "keep-alive" not in heard
    assert heard.get("connection") != "close"
    assert (answer.getheader("x-told"), answer.getheader("keep-alive")) == ("yes", None)


def test_a_chunked_body_arrives_whole(port: int) -> None:
    headers = signed("mq", **{"Transfer-Encoding": "chunked"})
    _, body = ask(port, "PUT", "/", headers, iter([b"one ", b"two ", b"x" * 100_000]))
    told = json.loads(body)
    assert told["body"] == "one two " + "x" * 100_000
    assert told["headers"]["content-length"] == "100008"


def test_the_answer_to_head_says_how_long_the_body_would_be(port: int) -> None:
    whole, body = ask(port, "GET", "/long", signed("mq"))
    head, nothing = ask(port, "HEAD", "/long", signed("mq"))
    assert (whole.status, head.status, nothing) == (200, 200, b"")
    # HEAD is one letter longer than GET, and the body tells the method.
    assert int(head.getheader("content-length", "0")) == len(body) + 1
    assert head.getheader("content-length") is not None


def test_after_no_content_the_connection_goes_on(port: int) -> None:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=20)
    for _ in range(2):
        connection.request("DELETE", "/", headers=signed("mq", **{"X-Status": "204"}))
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (204, b"")
        connection.request("HEAD", "/", headers=signed("mq"))
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b"")
        connection.request("GET", "/", headers=signed("mq", **{"X-Status": "418"}))
        answer = connection.getresponse()
        assert (answer.status, json.loads(answer.read())["method"]) == (418, "GET")
    connection.close()


def test_an_answer_leaves_in_one_piece(port: int) -> None:
    with socket.create_connection((LOOPBACK, port), timeout=20) as connection:
        head = "".join(f"{name}: {value}\r\n" for name, value in signed("mq").items())
        connection.sendall(f"GET / HTTP/1.1\r\nHost: x\r\n{head}\r\n".encode())
        first = connection.recv(1 << 16)
    headers, _, body = first.partition(b"\r\n\r\n")
    assert headers.startswith(b"HTTP/1.1 200 ")
    assert json.loads(body)["method"] == "GET"


def test_a_body_is_asked_for_when_the_client_waits_for_that(port: int) -> None:
    with socket.create_connection((LOOPBACK, port), timeout=20) as connection:
        head = "".join(f"{name}: {value}\r\n" for name, value in signed("mq").items())
        head += "Host: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n"
        connection.sendall(f"PUT / HTTP/1.1\r\n{head}\r\n".encode())
        assert connection.recv(1 << 16) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"body")
        told = json.loads(connection.recv(1 << 16).partition(b"\r\n\r\n")[2])
    assert told["body"] == "body"
    assert "expect" not in told["headers"]


def test_a_dead_emulator_is_told(tellers: Mapping[str, str]) -> None:
    with hold_port() as held, served({**tellers, routes.MOTO: f"http://{LOOPBACK}:{held.port}"}) as server:
        answer, body = ask(server.server_address[1], "POST", "/", signed("mq"))
        assert answer.status == 503
        assert body.startswith(b"moto does not answer: ")
        answer, _ = ask(server.server_address[1], "POST", "/", signed("lambda"))
        assert answer.status == 200
        server.shutdown()


def test_an_emulator_that_ends_an_idle_connection_is_asked_anew() -> None:
    """As HTTP/1.1 servers may: the front's pool holds a connection that has ended meanwhile."""
    asked = []
    ended = threading.Semaphore(0)
    with socket.create_server((LOOPBACK, 0)) as listener:

        def serve() -> None:
            for _ in range(3):
                connection, _ = listener.accept()
                with connection:
                    asked.append(connection.recv(1 << 16))
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
                ended.release()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        upstream = Upstream({routes.MOTO: f"http://{LOOPBACK}:{listener.getsockname()[1]}"})
        call = Call("POST", "/", {name.lower(): value for name, value in signed("mq").items()}, b"x")
        for _ in range(3):
            assert upstream.send(call).status == 200
            assert ended.acquire(timeout=20)
        thread.join(20)
    assert len(asked) == 3


def test_a_defect_of_a_gap_is_answered(port: int, caplog: pytest.LogCaptureFixture) -> None:
    answer, body = ask(port, "POST", "/defect", signed("ec2"))
    assert (answer.status, body) == (500, b"a defect of the emulator's front; its log has more")
    assert "ValueError: a test" in caplog.text


def test_many_connections_at_once_lose_no_answer(port: int) -> None:
    def talk(number: int) -> list[str]:
        connection = http.client.HTTPConnection(LOOPBACK, port, timeout=60)
        heard = []
        for turn in range(20):
            connection.request("POST", "/", f"{number}/{turn}".encode(), signed("mq"))
            heard.append(json.loads(connection.getresponse().read())["body"])
        connection.close()
        return heard

    with ThreadPoolExecutor(max_workers=32) as pool:
        found = list(pool.map(talk, range(32)))
    assert found == [[f"{number}/{turn}" for turn in range(20)] for number in range(32)]


def test_it_listens_on_the_loopback_address_alone(tellers: Mapping[str, str]) -> None:
    with Server(Front(Upstream(tellers), []), 0) as server:
        assert server.server_address[0] == LOOPBACK


def test_through_a_real_front_every_call_is_answered_once(front_url: str, front: Clients) -> None:
    """Log groups made side by side: an answer that got lost would be asked for again, and refused."""
    logs, names = front("logs"), [f"/at-once/{number}" for number in range(60)]
    with ThreadPoolExecutor(max_workers=10) as pool:
        list(pool.map(lambda name: logs.create_log_group(logGroupName=name), names))
        found = logs.describe_log_groups(logGroupNamePrefix="/at-once/", limit=50)
        assert len(found["logGroups"]) == 50
        list(pool.map(lambda name: logs.delete_log_group(logGroupName=name), names))
    assert urlsplit(front_url).hostname == LOOPBACK


def test_a_held_front_forwards_nothing_of_a_client_that_has_gone() -> None:
    heard: list[str] = []

    class Hearing(Gap):
        services: ClassVar[frozenset[str]] = frozenset({""})

        def handle(self, call: Call, onward: Onward, upstream: Upstream) -> Answer:
            heard.append(call.path)
            return Answer(200)

    with Server(Front(Upstream({}), [Hearing()]), 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = (LOOPBACK, server.server_address[1])
        admin = http.client.HTTPConnection(*address)
        admin.request("POST", HOLD)
        assert admin.getresponse().read() == b""
        left = socket.create_connection(address)
        left.sendall(b"GET /left HTTP/1.1\r\nhost: x\r\n\r\n")
        stayed = http.client.HTTPConnection(*address)
        stayed.request("GET", "/stayed")
        left.close()
        assert not heard
        admin.request("POST", OPEN)
        admin.getresponse().read()
        assert stayed.getresponse().status == 200
        server.shutdown()
    assert heard == ["/stayed"]
