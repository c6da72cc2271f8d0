"""What tests of functions share: their loading, a broker on a real socket that follows a script, and a relay with a door."""

import contextlib
import importlib.util
import itertools
import json
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from pika import frame, spec

ROOT = Path(__file__).parents[2]
_numbers = itertools.count()

ACCOUNT = json.dumps({"username": "guest", "password": "guest"})


class LambdaContext:
    """As much of Lambda's context object as handlers use."""

    def __init__(self, timeout_s: float = 10.0) -> None:
        self.aws_request_id = f"request-{next(_numbers)}"
        self._ends_at = time.monotonic() + timeout_s

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._ends_at - time.monotonic()) * 1000))


def http_event(
    route: str,
    *,
    user: str | None = "user-1",
    body: object = None,
    path: Mapping[str, str] | None = None,
    query: str = "",
    **headers: str,
) -> dict[str, Any]:
    """An event of payload format 2.0. `body` is text, or a value to be written as JSON; `_` in header names is `-`."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route,
        "rawPath": "/",
        "rawQueryString": query,
        "requestContext": {"requestId": "gateway-1", "http": {"method": route.split(" ")[0]}},
        "isBase64Encoded": False,
    }
    if user is not None:
        event["requestContext"]["authorizer"] = {"jwt": {"claims": {"sub": user}, "scopes": None}}
    if path:
        event["pathParameters"] = dict(path)
    if body is not None:
        event["body"] = body if isinstance(body, str) else json.dumps(body)
        sent.setdefault("content-type", "application/json")
    return {**event, "headers": sent}


@pytest.fixture
def context() -> Callable[..., LambdaContext]:
    return LambdaContext


@pytest.fixture
def event() -> Callable[..., dict[str, Any]]:
    return http_event


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Load a function's handler module afresh, as a new environment would, under the given variables."""

    def load_function(name: str, **variables: str) -> Any:
        for variable, value in {"AWS_LAMBDA_FUNCTION_NAME": name, "AWS_REGION": "eu-central-1", **variables}.items():
            monkeypatch.setenv(variable, value)
        path = ROOT / "lambda_src" / name / "handler.py"
        module_spec = importlib.util.spec_from_file_location(f"{name}_handler_{next(_numbers)}", path)
        assert module_spec is not None
        assert module_spec.loader is not None
        module = importlib.util.module_from_spec(module_spec)
        monkeypatch.setitem(sys.modules, module_spec.name, module)
        module_spec.loader.exec_module(module)
        return module

    return load_function


class ScriptedBroker:
    """Speaks AMQP 0-9-1's handshake, then does with the n-th published message what `script[n]` says; "ack" past its end.

    Actions, several joined by "+": ack, nack, return, silence, close (the socket), close-channel, blocked, unblocked.
    `greeting` False: accepts connections and says nothing. `received` has (connection number, message properties).
    """

    def __init__(self, *script: str, greeting: bool = True, refuse_login: bool = False) -> None:
        self.script = list(script)
        self.greeting = greeting
        self.refuse_login = refuse_login
        self.received: list[tuple[int, Any]] = []
        self.mandatory: list[bool] = []
        self.connections = 0
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def stop_listening(self) -> None:
        """Refuse new connections."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the accepting thread, which would keep the port open
        self._listener.close()

    def close(self) -> None:
        """Stop listening, and reset what is connected."""
        self.stop_listening()
        self.reset()

    def reset(self) -> None:
        """Reset every connection."""
        for connection in self._sockets:
            reset(connection)
        self._sockets.clear()

    def say(self, method: Any) -> None:
        """Send `method` on channel 0 of the newest connection."""
        self._sockets[-1].sendall(frame.Method(0, method).marshal())

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._sockets.append(connection)
                self.connections += 1
                threading.Thread(target=self._serve, args=(connection, self.connections), daemon=True).start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        def send(channel: int, method: Any) -> None:
            connection.sendall(frame.Method(channel, method).marshal())

        with contextlib.suppress(OSError):
            while not self.greeting:
                if not connection.recv(65536):
                    return
            data = b""
            while len(data) < 8:
                data += connection.recv(65536)
            data = data[8:]  # "AMQP" and the version
            capabilities = {"publisher_confirms": True, "basic.nack": True, "connection.blocked": True}
            send(0, spec.Connection.Start(server_properties={"capabilities": capabilities}))
            tag = 0
            properties: Any = None
            publish: Any = None
            while True:
                consumed, received = frame.decode_frame(data)
                if not consumed:
                    more = connection.recv(65536)
                    if not more:
                        return
                    data += more
                    continue
                data = data[consumed:]
                if isinstance(received, frame.Header):
                    properties = received.properties
                elif isinstance(received, frame.Body):
                    tag += 1
                    self.received.append((number, properties))
                    self.mandatory.append(publish.mandatory)
                    action = self.script.pop(0) if self.script else "ack"
                    for step in action.split("+"):
                        if step == "ack":
                            send(1, spec.Basic.Ack(tag))
                        elif step == "ack-all":
                            send(1, spec.Basic.Ack(tag, multiple=True))
                        elif step == "nack":
                            send(1, spec.Basic.Nack(tag))
                        elif step == "return":
                            send(1, spec.Basic.Return(312, "NO_ROUTE", publish.exchange, publish.routing_key))
                            connection.sendall(frame.Header(1, 1, properties).marshal() + frame.Body(1, b"x").marshal())
                        elif step == "close":
                            reset(connection)
                            return
                        elif step == "close-channel":
                            send(1, spec.Channel.Close(404, "NOT_FOUND", 60, 40))
                        elif step == "blocked":
                            send(0, spec.Connection.Blocked("low on memory"))
                        else:
                            assert step == "silence", step
                elif isinstance(received, frame.Method):
                    method = received.method
                    if isinstance(method, spec.Connection.StartOk):
                        if self.refuse_login:
                            connection.close()
                            return
                        send(0, spec.Connection.Tune(2047, 131072, 0))
                    elif isinstance(method, spec.Connection.Open):
                        send(0, spec.Connection.OpenOk())
                    elif isinstance(method, spec.Channel.Open):
                        send(1, spec.Channel.OpenOk())
                    elif isinstance(method, spec.Confirm.Select):
                        send(1, spec.Confirm.SelectOk())
                    elif isinstance(method, spec.Basic.Publish):
                        publish = method
                    elif isinstance(method, spec.Connection.Close):
                        send(0, spec.Connection.CloseOk())


def reset(connection: socket.socket) -> None:
    """Close with a TCP RST, as the kernel of a killed server does where data was unread."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RD)
    connection.close()


@pytest.fixture
def scripted_broker() -> Iterator[Callable[..., ScriptedBroker]]:
    made: list[ScriptedBroker] = []

    def make(*script: str, **options: Any) -> ScriptedBroker:
        made.append(ScriptedBroker(*script, **options))
        return made[-1]

    yield make
    for broker in made:
        broker.close()


@pytest.fixture
def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


class Relay:
    """Between a client and a real server. `door`: open, frozen (accepts, and passes nothing on) or closed (refuses)."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._passes = threading.Event()
        self._passes.set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.connections = 0
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def freeze(self) -> None:
        """Pass nothing on from now, in either direction."""
        self._passes.clear()

    def thaw(self) -> None:
        """Pass on what waited, and all that comes."""
        self._passes.set()

    def reset(self) -> None:
        """Reset every connection, as a server that restarts does."""
        for pair in self._pairs:
            for end in pair:
                reset(end)
        self._pairs.clear()

    def close(self) -> None:
        """Refuse new connections and reset the others."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.reset()

    def open(self) -> None:
        """After `close`: accept again, on the same port."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                self.connections += 1
                server = socket.create_connection(self._target)
                self._pairs.append((client, server))
                for source, sink in ((client, server), (server, client)):
                    threading.Thread(target=self._pass, args=(source, sink), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self._passes.wait()
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)


@pytest.fixture
def relay() -> Iterator[Callable[[str, int], Relay]]:
    made: list[Relay] = []

    def make(host: str, port: int) -> Relay:
        made.append(Relay(host, port))
        return made[-1]

    yield make
    for each in made:
        each.thaw()
        each.close()


@pytest.fixture
def addresses(endpoints: Any) -> dict[str, str]:
    """The servers of this session, as the environment variables that functions get."""

    def account(server: Any) -> str:
        return json.dumps({"username": server.admin.username, "password": server.admin.password})

    return {
        "BROKER_URL": endpoints.broker.url,
        "BROKER_CREDENTIALS": account(endpoints.broker),
        "MYSQL_URL": endpoints.mysql.url,
        "MYSQL_CREDENTIALS": account(endpoints.mysql),
        "DOCUMENTS_URL": endpoints.documents.url,
        "DOCUMENTS_CREDENTIALS": account(endpoints.documents),
        "AWS_ENDPOINT_URL_SQS": endpoints.sqs.endpoint_url,
        "AWS_REGION": endpoints.sqs.region,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
