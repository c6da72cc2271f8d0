"""What tests of functions share: loading them, a broker on a real socket that follows a script, a relay with a door."""

import contextlib
import importlib.util
import itertools
import json
import logging
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pika
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
def load(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """Load a function's handler module afresh, as a new environment would, under the given variables."""
    root = logging.getLogger()
    before = root.handlers[:], root.level

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

    yield load_function
    root.handlers[:], root.level = before


class ScriptedBroker:
    """Speaks AMQP 0-9-1's handshake, then does with each published message what the script's next entry says, or "ack".

    Actions, several joined by "+": ack, ack-all, nack, return, silence, close (the socket), close-channel, blocked.
    `greeting` False: accepts connections and says nothing. `received` has (connection number, properties) of messages.
    """

    def __init__(self, *script: str, greeting: bool = True, refuse_login: bool = False) -> None:
        self.script = list(script)
        self.greeting = greeting
        self.refuse_login = refuse_login
        self.received: list[tuple[int, Any]] = []
        self.bodies: list[bytes] = []
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
                if isinstance(received, frame.Header) and received.body_size:
                    properties = received.properties
                elif isinstance(received, (frame.Header, frame.Body)):
                    empty = isinstance(received, frame.Header)
                    tag += 1
                    self.received.append((number, received.properties if empty else properties))
                    self.bodies.append(b"" if empty else received.fragment)
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
    """Stands between a client and a real server: passes on, holds back, resets, or refuses."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._there, self._back = threading.Event(), threading.Event()
        self.thaw()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.connections = 0
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def freeze(self) -> None:
        """Pass nothing on from now, in either direction."""
        self._there.clear()
        self._back.clear()

    def swallow_answers(self) -> None:
        """Pass on what the client says from now, and nothing that the server answers."""
        self._back.clear()

    def thaw(self) -> None:
        """Pass on what waited, and all that comes."""
        self._there.set()
        self._back.set()

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
                for end in (client, server):
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._pairs.append((client, server))
                for source, sink, may in ((client, server, self._there), (server, client, self._back)):
                    threading.Thread(target=self._pass, args=(source, sink, may), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, may: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                may.wait()
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
def take(endpoints: Any) -> Iterator[Callable[[str], list[tuple[Any, bytes]]]]:
    """Take all messages out of a queue of the real broker: (properties, body)."""
    account = endpoints.broker.admin
    parameters = pika.ConnectionParameters(
        endpoints.broker.host,
        endpoints.broker.port,
        endpoints.broker.virtual_host,
        pika.PlainCredentials(account.username, account.password),
    )
    with pika.BlockingConnection(parameters) as connection:
        channel = connection.channel()

        def take_all(queue: str) -> list[tuple[Any, bytes]]:
            taken: list[tuple[Any, bytes]] = []
            while True:
                method, properties, body = channel.basic_get(queue, auto_ack=True)
                if method is None:
                    return taken
                taken.append((properties, body))

        yield take_all


@pytest.fixture
def real(addresses: Mapping[str, str], endpoints: Any) -> dict[str, str]:
    """The environment variables with which functions reach the real servers, by the application's accounts."""
    variables = {
        "BROKER_URL": "broker.url",
        "BROKER_CREDENTIALS": "broker.credentials",
        "MYSQL_URL": "mysql.url",
        "MYSQL_CREDENTIALS": "mysql.credentials",
        "DOCUMENTS_URL": "documents.url",
        "DOCUMENTS_CREDENTIALS": "documents.credentials",
        "OVERFLOW_QUEUE_URL": "queues.overflow.url",
    }
    return {
        **{variable: addresses[reference] for variable, reference in variables.items()},
        "AWS_ENDPOINT_URL_SQS": endpoints.sqs.endpoint_url,
        "AWS_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }


@pytest.fixture
def sqs(endpoints: Any) -> Any:
    """A client of the session's SQS."""
    return boto3.client(
        "sqs",
        endpoint_url=endpoints.sqs.endpoint_url,
        region_name="eu-central-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


@pytest.fixture
def behind(real: dict[str, str], relay: Callable[[str, int], Relay]) -> Callable[[str], tuple[Relay, dict[str, str]]]:
    """A relay in front of one server (BROKER, MYSQL or DOCUMENTS), and the variables that lead through it."""

    def behind_a_relay(server: str) -> tuple[Relay, dict[str, str]]:
        url = urlsplit(real[f"{server}_URL"])
        assert url.hostname is not None
        assert url.port is not None
        door = relay(url.hostname, url.port)
        return door, {**real, f"{server}_URL": url._replace(netloc=f"127.0.0.1:{door.port}").geturl()}

    return behind_a_relay
