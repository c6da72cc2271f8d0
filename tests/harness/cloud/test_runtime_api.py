"""The Runtime API to the letter, spoken by hand (states and texts: AWS's runtime interface emulator)."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import uvloop

from harness.cloud import answers
from harness.cloud.runtime_api import Invocation, RuntimeApi
from tests.harness.cloud.workbench import Answer, http

BASE = "/2018-06-01/runtime/"


class Listener:
    """Writes down what the environment is told."""

    def __init__(self) -> None:
        self.heard: list[tuple[Any, ...]] = []

    def on_ready(self) -> None:
        self.heard.append(("ready",))

    def on_result(self, payload: bytes) -> None:
        self.heard.append(("result", payload))

    def on_error(self, payload: bytes, error_type: str) -> None:
        self.heard.append(("error", payload, error_type))

    def on_result_too_large(self) -> None:
        self.heard.append(("too large",))

    def on_init_error(self, payload: bytes, error_type: str) -> None:
        self.heard.append(("init error", payload, error_type))


class Runtime:
    """A runtime client that a test moves step by step."""

    def __init__(self, api: RuntimeApi, listener: Listener) -> None:
        self.api = api
        self.heard = listener.heard
        self._url = f"http://{api.address}"

    def next(self) -> "asyncio.Task[Answer]":
        return asyncio.create_task(http(self._url, "GET", BASE + "invocation/next"))

    async def post(self, what: str, body: bytes = b"1", **headers: str) -> Answer:
        return await http(self._url, "POST", BASE + what, headers, body)

    async def take(self, request_id: str = "r-1") -> Answer:
        polling = self.next()
        while not self.api.ready:
            await asyncio.sleep(0.001)
        self.api.send(Invocation(request_id, b'{"a":1}', "arn:f", "Root=1-2-3", deadline_ms=1234))
        return await polling


def with_api(scenario: Callable[[Runtime], Coroutine[Any, Any, None]]) -> None:
    async def run() -> None:
        listener = Listener()
        api = RuntimeApi(listener)
        await api.start()
        try:
            await scenario(Runtime(api, listener))
        finally:
            api.close()

    uvloop.run(run())


def error(answer: Answer) -> tuple[int, str, str]:
    return answer.status, answer.json["errorType"], answer.json["errorMessage"]


def test_hands_out_an_event_with_its_headers() -> None:
    async def scenario(runtime: Runtime) -> None:
        answer = await runtime.take()
        assert answer.status == 200
        assert answer.body == b'{"a":1}'
        assert answer.header("content-type") == "application/json"
        assert answer.header("lambda-runtime-aws-request-id") == "r-1"
        assert answer.header("lambda-runtime-deadline-ms") == "1234"
        assert answer.header("lambda-runtime-invoked-function-arn") == "arn:f"
        assert answer.header("lambda-runtime-trace-id") == "Root=1-2-3"
        assert runtime.heard == [("ready",)]

    with_api(scenario)


def test_accepts_a_result_once() -> None:
    async def scenario(runtime: Runtime) -> None:
        await runtime.take()
        accepted = await runtime.post("invocation/r-1/response", b'"done"')
        assert (accepted.status, accepted.json) == (202, {"status": "OK"})
        assert runtime.heard[-1] == ("result", b'"done"')
        assert error(await runtime.post("invocation/r-1/response")) == (
            403,
            "InvalidStateTransition",
            "State transition from InvocationResponse to InvocationResponse failed for runtime."
            " Error: State transition is not allowed",
        )
        assert len(runtime.heard) == 2

    with_api(scenario)


def test_accepts_an_error_with_its_type() -> None:
    async def scenario(runtime: Runtime) -> None:
        await runtime.take()
        headers = {"Lambda-Runtime-Function-Error-Type": "ValueError"}
        accepted = await http(f"http://{runtime.api.address}", "POST", BASE + "invocation/r-1/error", headers, b"{}")
        assert accepted.status == 202
        assert runtime.heard[-1] == ("error", b"{}", "ValueError")
        assert (await runtime.post("invocation/r-1/error")).status == 403

    with_api(scenario)


def test_refuses_another_requests_id() -> None:
    async def scenario(runtime: Runtime) -> None:
        assert error(await runtime.post("invocation/r-1/response")) == (400, "InvalidRequestID", "Invalid request ID")
        await runtime.take()
        assert (await runtime.post("invocation/r-0/response")).status == 400
        assert (await runtime.post("invocation/r-0/error")).status == 400
        assert runtime.heard == [("ready",)]

    with_api(scenario)


def test_refuses_a_poll_while_an_event_is_out() -> None:
    async def scenario(runtime: Runtime) -> None:
        await runtime.take()
        assert error(await runtime.next())[:2] == (403, "InvalidStateTransition")
        await runtime.post("invocation/r-1/response")
        assert (await runtime.take("r-2")).header("lambda-runtime-aws-request-id") == "r-2"

    with_api(scenario)


def test_a_result_beyond_the_limit_is_413() -> None:
    async def scenario(runtime: Runtime) -> None:
        await runtime.take()
        refused = await runtime.post("invocation/r-1/response", b"x" * (answers.MAX_RESULT_BYTES + 1))
        assert error(refused) == (
            413,
            "RequestEntityTooLarge",
            "Exceeded maximum allowed payload size (6291556 bytes).",
        )
        assert runtime.heard[-1] == ("too large",)

    with_api(scenario)


def test_an_init_error_ends_the_talk() -> None:
    async def scenario(runtime: Runtime) -> None:
        headers = {"Lambda-Runtime-Function-Error-Type": "Runtime.ImportModuleError"}
        accepted = await http(f"http://{runtime.api.address}", "POST", BASE + "init/error", headers, b"{}")
        assert (accepted.status, accepted.json) == (202, {"status": "OK"})
        assert runtime.heard == [("init error", b"{}", "Runtime.ImportModuleError")]
        assert (await runtime.post("init/error")).status == 403
        assert (await runtime.next()).status == 403

    with_api(scenario)


def test_an_init_error_after_the_first_poll_is_forbidden() -> None:
    async def scenario(runtime: Runtime) -> None:
        await runtime.take()
        assert (await runtime.post("init/error")).status == 403

    with_api(scenario)


def test_a_poll_whose_connection_broke_is_not_ready() -> None:
    async def scenario(runtime: Runtime) -> None:
        polling = runtime.next()
        while not runtime.api.ready:
            await asyncio.sleep(0.001)
        polling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await polling
        while runtime.api.ready:
            await asyncio.sleep(0.001)
        await runtime.take()

    with_api(scenario)


@pytest.mark.parametrize("path", ["/", "/2018-06-01/runtime/invocation/r-1", "/2015-03-31/functions/f/invocations"])
def test_knows_nothing_else(path: str) -> None:
    async def scenario(runtime: Runtime) -> None:
        assert (await http(f"http://{runtime.api.address}", "POST", path)).status == 404

    with_api(scenario)


def test_error_payloads_are_json() -> None:
    assert json.loads(answers.encode(answers.exited("r", -9))) == {
        "errorType": "Runtime.ExitError",
        "errorMessage": "RequestId: r Error: Runtime exited with error: signal: killed",
    }
