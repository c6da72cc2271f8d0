import http.client
import json
import socket
import threading
from collections.abc import Iterator

import pytest

from harness.process import hold_port
from worker.errors import WorkerError
from worker.health import Health
from worker.metrics import Metrics
from worker.web import Response, Server, health_routes

HOST = "127.0.0.1"


@pytest.fixture
def health() -> Health:
    return Health(("database",))


@pytest.fixture
def server(health: Health) -> Iterator[Server]:
    def echo(body: bytes) -> Response:
        return Response(200, body, "text/plain")

    with hold_port() as held:
        server = Server(HOST, held.port, {**health_routes(health, Metrics()), ("POST", "/echo"): echo})
        yield server
        server.close()


def get(server: Server, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(HOST, server.port, timeout=5)
    connection.request("GET", path)
    response = connection.getresponse()
    return response.status, response.read()


def test_live_ready_and_metrics(server: Server, health: Health) -> None:
    assert get(server, "/live")[0] == 200
    status, body = get(server, "/ready")
    assert status == 503
    assert json.loads(body)["missing"] == ["database"]
    health.set("database", True)
    assert get(server, "/ready")[0] == 200
    status, body = get(server, "/metrics")
    assert status == 200
    assert b"# TYPE worker_messages_total counter" in body


def test_live_fails_when_the_loop_is_stuck() -> None:
    stuck = Health(stuck_after_s=0.0)
    assert health_routes(stuck, Metrics())["GET", "/live"](b"").status == 503


def test_one_connection_serves_many_requests(server: Server) -> None:
    connection = http.client.HTTPConnection(HOST, server.port, timeout=5)
    connection.connect()
    first = connection.sock
    for number in range(5):
        connection.request("POST", "/echo", body=str(number))
        assert connection.getresponse().read() == str(number).encode()
    assert connection.sock is first


def test_an_unknown_path_is_a_problem_that_names_the_known_ones(server: Server) -> None:
    status, body = get(server, "/nowhere?x=1")
    assert status == 404
    assert "GET /ready" in json.loads(body)["detail"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Length": "abc"}, 400),
        ({"Transfer-Encoding": "chunked"}, 400),
        ({"Content-Length": str(2 << 20)}, 413),
    ],
)
def test_a_body_of_unknown_or_excessive_length_is_refused(server: Server, headers: dict[str, str], status: int) -> None:
    with socket.create_connection((HOST, server.port), timeout=5) as client:
        lines = ["POST /echo HTTP/1.1", "Host: x", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        client.sendall("\r\n".join(lines).encode())
        response = http.client.HTTPResponse(client)
        response.begin()
        assert response.status == status
        assert response.getheader("Connection") == "close"


def test_replicas_may_share_a_port() -> None:
    with hold_port() as held:
        first, second = (
            Server(HOST, held.port, {("GET", "/"): lambda body, name=name: Response(200, name)})  # type: ignore[misc]
            for name in (b"first", b"second")
        )
        try:
            assert {get(first, "/")[1] for _ in range(100)} == {b"first", b"second"}
        finally:
            first.close()
            second.close()


def test_a_taken_port_is_one_clear_line() -> None:
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        with pytest.raises(
            WorkerError, match=r"WORKER_PORT: cannot listen at 127\.0\.0\.1:\d+: Address already in use"
        ):
            Server(HOST, other.getsockname()[1], {})


def test_draining_waits_for_the_answer_under_way() -> None:
    began, may_end = threading.Event(), threading.Event()

    def slow(body: bytes) -> Response:
        began.set()
        may_end.wait(5)
        return Response(200, b"done")

    with hold_port() as held:
        server = Server(HOST, held.port, {("GET", "/slow"): slow})
        answers: list[tuple[int, bytes]] = []
        client = threading.Thread(target=lambda: answers.append(get(server, "/slow")))
        client.start()
        assert began.wait(5)
        drain = threading.Thread(target=server.drain, args=(10.0,))
        drain.start()
        drain.join(0.2)
        assert drain.is_alive()
        may_end.set()
        drain.join(5)
        client.join(5)
        assert answers == [(200, b"done")]
        with pytest.raises(ConnectionRefusedError):
            get(server, "/slow")
