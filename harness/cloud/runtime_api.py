"""The Lambda Runtime API, version 2018-06-01, for one execution environment.

Each process gets a listener of its own. A dead process's pending `/next` can therefore never swallow an event, and an
event goes to the process that the environment runs now and to no other. Statuses, error types and state names are
those of AWS's runtime interface emulator (`internal/lambda/rapi`).
"""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from harness.cloud import answers
from harness.cloud.http_server import Exchange, HttpServer, Limits

PREFIX = "/2018-06-01/runtime/"
_ACCEPTED = b'{"status":"OK"}\n'
_JSON_HEADERS = [("content-type", "application/json")]


class RuntimeState(StrEnum):
    """Where the runtime is, by the names that AWS's error texts use."""

    STARTED = "Started"
    READY = "Ready"
    RUNNING = "Running"
    RESPONSE = "InvocationResponse"
    ERROR_RESPONSE = "InvocationErrorResponse"
    INIT_ERROR = "InitError"


@dataclass(slots=True)
class Invocation:
    """One event for a function. `deadline_ms`, Unix time, is set when the invocation's time begins."""

    request_id: str
    payload: bytes
    function_arn: str
    trace_id: str
    deadline_ms: int = 0


class Runtime(Protocol):
    """What the environment is told. None of these may block."""

    def on_ready(self) -> None:
        """The runtime polls for an event and has none pending."""

    def on_result(self, payload: bytes) -> None:
        """The handler's result for the current invocation."""

    def on_error(self, payload: bytes, error_type: str) -> None:
        """The handler's error for the current invocation."""

    def on_result_too_large(self) -> None:
        """The handler's result exceeds the limit; the runtime has been told."""

    def on_init_error(self, payload: bytes, error_type: str) -> None:
        """The runtime could not load the function. Its process exits next."""


class RuntimeApi:
    """Serves one process. `send` hands out an event, once `ready`."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._server = HttpServer(self._serve, Limits(body_bytes=4 * answers.MAX_RESULT_BYTES))
        self._pending: Exchange | None = None
        self._current = ""
        self.state = RuntimeState.STARTED

    async def start(self) -> None:
        """Binds a free port on loopback."""
        await self._server.start()

    def close(self) -> None:
        """Stops listening and drops the process's connections."""
        self._pending = None
        self._server.close()

    @property
    def address(self) -> str:
        """`host:port`, the value of AWS_LAMBDA_RUNTIME_API."""
        return f"{self._server.host}:{self._server.port}"

    @property
    def ready(self) -> bool:
        """True while the runtime's poll is open."""
        return self._pending is not None and self._pending.open

    def send(self, invocation: Invocation) -> None:
        """Answers the open poll with an event. Only while `ready`."""
        exchange = self._pending
        assert exchange is not None
        self._pending = None
        self._current = invocation.request_id
        self.state = RuntimeState.RUNNING
        exchange.reply(
            200,
            (
                ("content-type", "application/json"),
                ("lambda-runtime-aws-request-id", invocation.request_id),
                ("lambda-runtime-deadline-ms", str(invocation.deadline_ms)),
                ("lambda-runtime-invoked-function-arn", invocation.function_arn),
                ("lambda-runtime-trace-id", invocation.trace_id),
            ),
            invocation.payload,
        )

    def _serve(self, exchange: Exchange) -> None:
        path = exchange.target.decode("latin-1")
        if exchange.reason == 413:
            self._too_large(exchange)
        elif exchange.reason is not None:
            _refuse(exchange, exchange.reason, "BadRequest", "not a request that the Runtime API knows")
        elif path == PREFIX + "invocation/next" and exchange.method == "GET":
            self._next(exchange)
        elif path == PREFIX + "init/error" and exchange.method == "POST":
            self._init_error(exchange)
        elif path.startswith(PREFIX + "invocation/") and exchange.method == "POST":
            request_id, _, what = path[len(PREFIX) + len("invocation/") :].partition("/")
            if what not in ("response", "error"):
                _not_found(exchange)
            elif request_id != self._current:
                _refuse(exchange, 400, "InvalidRequestID", "Invalid request ID")
            elif self.state is not RuntimeState.RUNNING:
                wanted = RuntimeState.RESPONSE if what == "response" else RuntimeState.ERROR_RESPONSE
                self._forbid(exchange, wanted)
            elif what == "response":
                self._response(exchange)
            else:
                self._error(exchange)
        else:
            _not_found(exchange)

    def _next(self, exchange: Exchange) -> None:
        if self.state in (RuntimeState.RUNNING, RuntimeState.INIT_ERROR):
            self._forbid(exchange, RuntimeState.READY)
            return
        self.state = RuntimeState.READY
        self._pending = exchange
        self._runtime.on_ready()

    def _response(self, exchange: Exchange) -> None:
        if len(exchange.body) > answers.MAX_RESULT_BYTES:
            self._too_large(exchange)
            return
        self.state = RuntimeState.RESPONSE
        # The result goes on before the runtime hears of it: the caller is the one who waits.
        self._runtime.on_result(exchange.body)
        exchange.reply(202, _JSON_HEADERS, _ACCEPTED)

    def _error(self, exchange: Exchange) -> None:
        self.state = RuntimeState.ERROR_RESPONSE
        self._runtime.on_error(exchange.body, _error_type(exchange))
        exchange.reply(202, _JSON_HEADERS, _ACCEPTED)

    def _init_error(self, exchange: Exchange) -> None:
        if self.state is not RuntimeState.STARTED:
            self._forbid(exchange, RuntimeState.INIT_ERROR)
            return
        self.state = RuntimeState.INIT_ERROR
        self._runtime.on_init_error(exchange.body, _error_type(exchange))
        exchange.reply(202, _JSON_HEADERS, _ACCEPTED)

    def _too_large(self, exchange: Exchange) -> None:
        if self.state is RuntimeState.RUNNING:
            self.state = RuntimeState.RESPONSE
            self._runtime.on_result_too_large()
        message = f"Exceeded maximum allowed payload size ({answers.MAX_RESULT_BYTES} bytes)."
        _refuse(exchange, 413, "RequestEntityTooLarge", message)

    def _forbid(self, exchange: Exchange, wanted: RuntimeState) -> None:
        transition = f"State transition from {self.state} to {wanted} failed for runtime"
        message = f"{transition}. Error: State transition is not allowed"
        _refuse(exchange, 403, "InvalidStateTransition", message)


def _error_type(exchange: Exchange) -> str:
    return exchange.header("lambda-runtime-function-error-type") or "Function.Unknown"


def _not_found(exchange: Exchange) -> None:
    exchange.reply(404, [("content-type", "text/plain; charset=utf-8")], b"404 page not found\n")


def _refuse(exchange: Exchange, status: int, error_type: str, message: str) -> None:
    body = json.dumps({"errorMessage": message, "errorType": error_type}, separators=(",", ":"))
    exchange.reply(status, _JSON_HEADERS, body.encode())
