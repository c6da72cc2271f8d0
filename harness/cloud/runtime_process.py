"""One life of a runtime: a sandboxed process, its Runtime API, and what we wait for from it."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.cloud import answers
from harness.cloud.runtime_api import Invocation, RuntimeApi
from harness.cloud.sandbox import Sandbox


class RuntimeEnded(Exception):
    """The process is gone. `returncode` as subprocess gives it; `init_error` is what it reported before, if
    anything.
    """

    def __init__(self, returncode: int, init_error: "Outcome | None") -> None:
        super().__init__(f"exit {returncode}")
        self.returncode = returncode
        self.init_error = init_error


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a handler answered: its result, or its error object and `error_type`."""

    payload: bytes
    error_type: str | None = None


class RuntimeProcess:
    """`start`, then `wait_ready` and `run` in turns, by one caller at a time. After `kill` or an exit it is of no
    more use.

    It freezes itself whenever its poll is open and nobody waits for it.
    """

    def __init__(self, *, freeze: bool) -> None:
        self._freeze = freeze
        self._api = RuntimeApi(self)
        self._sandbox: Sandbox | None = None
        self._started = 0.0
        self._ready: asyncio.Future[None] | None = None
        self._outcome: asyncio.Future[Outcome] | None = None
        self._init_error: Outcome | None = None
        self._ended: RuntimeEnded | None = None
        self.init_ms: float | None = None
        """From the start of the process to its first poll."""

    async def start(self, argv: Sequence[str], variables: Mapping[str, str], *, cwd: Path, log_fd: int) -> None:
        """Starts the process with `variables` and AWS_LAMBDA_RUNTIME_API as its whole environment."""
        await self._api.start()
        self._started = time.monotonic()
        self._sandbox = Sandbox(
            argv,
            env={**variables, "AWS_LAMBDA_RUNTIME_API": self._api.address},
            cwd=cwd,
            log_fd=log_fd,
            on_exit=self._on_exit,
        )

    @property
    def pid(self) -> int:
        """The process id, which is its process group's as well."""
        assert self._sandbox is not None
        return self._sandbox.pid

    @property
    def alive(self) -> bool:
        """False after an exit or a kill."""
        return self._ended is None

    @property
    def ready(self) -> bool:
        """True while the runtime polls for an event."""
        return self._api.ready

    @property
    def frozen(self) -> bool:
        """True while the process is stopped."""
        return self._sandbox is not None and self._sandbox.frozen

    async def wait_ready(self, limit_s: float) -> None:
        """Until the runtime polls. Raises TimeoutError, or RuntimeEnded."""
        if self._api.ready:
            return
        if self._ended is not None:
            raise self._ended
        self._ready = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(limit_s):
                await self._ready
        finally:
            self._ready = None

    async def run(self, invocation: Invocation, limit_s: float) -> Outcome:
        """Hands out an event to the ready runtime and waits for the answer. Raises TimeoutError, or RuntimeEnded."""
        assert self._sandbox is not None
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[Outcome] = loop.create_future()
        self._outcome = outcome
        # A plain timer: asyncio.timeout costs several times as much, and this is the path of every request.
        timer = loop.call_later(limit_s, _expire, outcome)
        self._sandbox.thaw()
        self._api.send(invocation)
        try:
            return await outcome
        finally:
            timer.cancel()
            self._outcome = None

    def rest(self) -> None:
        """Freezes a runtime that is ready and has nothing to do."""
        if self._freeze and self._api.ready and self._sandbox is not None:
            self._sandbox.freeze()

    def kill(self) -> None:
        """SIGKILL, at once."""
        self._end(RuntimeEnded(-9, self._init_error))
        if self._sandbox is not None:
            self._sandbox.kill()

    def reap(self) -> None:
        """After `kill`: waits until the process is gone."""
        if self._sandbox is not None:
            self._sandbox.reap()

    # What the process says (see runtime_api.Runtime)
    def on_ready(self) -> None:
        """The poll is open."""
        if self.init_ms is None:
            self.init_ms = (time.monotonic() - self._started) * 1000
        if self._ready is not None and not self._ready.done():
            self._ready.set_result(None)
        else:
            self.rest()

    def on_result(self, payload: bytes) -> None:
        """The handler answered."""
        self._resolve(Outcome(payload))

    def on_error(self, payload: bytes, error_type: str) -> None:
        """The handler raised; the process stays."""
        self._resolve(Outcome(payload, error_type))

    def on_result_too_large(self) -> None:
        """The result was refused. awslambdaric exits after that."""
        error = answers.result_too_large()
        self._resolve(Outcome(answers.encode(error), error["errorType"]))

    def on_init_error(self, payload: bytes, error_type: str) -> None:
        """The function could not be loaded. The exit follows."""
        self._init_error = Outcome(payload, error_type)

    def _on_exit(self, returncode: int) -> None:
        self._end(RuntimeEnded(returncode, self._init_error))

    def _resolve(self, outcome: Outcome) -> None:
        if self._outcome is not None and not self._outcome.done():
            self._outcome.set_result(outcome)

    def _end(self, ended: RuntimeEnded) -> None:
        if self._ended is None:
            self._ended = ended
        self._api.close()
        for waiter in (self._ready, self._outcome):
            if waiter is not None and not waiter.done():
                waiter.set_exception(ended)


def _expire(outcome: "asyncio.Future[Outcome]") -> None:
    if not outcome.done():
        outcome.set_exception(TimeoutError())
