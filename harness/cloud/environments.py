"""An execution environment: AWS's runtime client in a process, one request at a time, frozen in between.

Life (Lambda developer guide, "Lambda execution environment lifecycle"): *init* until the runtime's first poll, then
any number of *invocations*. A handler's error keeps the process. A crash or a timeout *resets* the environment: the
process goes, /tmp stays, and the next invocation runs the init again, under the function's own timeout. A first init
that fails or exceeds its limit is repeated in the same way, within the invocation that caused it.
"""

import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.cloud import answers
from harness.cloud.errors import StartFailed
from harness.cloud.runtime_api import Invocation
from harness.cloud.runtime_process import Outcome, RuntimeEnded, RuntimeProcess
from harness.cloud.stats import FunctionStats

# What a process needs from this machine to run at all; nothing else of ours reaches a function.
_INHERITED = ("PATH", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "HARNESS_RUN")


@dataclass(frozen=True, slots=True)
class Program:
    """What every environment of one function runs. `variables` are the function's own; `log_fd` is its open log
    file.

    Each environment has its own temporary folder (TMPDIR) in `scratch_folder`. `freeze` False leaves idle processes
    running.
    """

    function: str
    handler: str
    runtime: str
    memory_mb: int
    timeout_s: float
    region: str
    code_folder: Path
    python_path: str
    variables: Mapping[str, str]
    log_fd: int
    scratch_folder: Path
    freeze: bool = True

    def log(self, line: str) -> None:
        """Appends one line to the function's log, as the platform does between the function's own lines."""
        os.write(self.log_fd, line.encode() + b"\n")


@dataclass(frozen=True, slots=True)
class Result:
    """What Invoke answers: `payload`, and AWS's `FunctionError` in `error` where the payload is an error object.

    `duration_ms` is the invocation as AWS reports it: without a first init, with a repeated one. `init_ms` is the
    first init, if this invocation waited for one.
    """

    payload: bytes
    error: str | None
    error_type: str | None
    duration_ms: float
    init_ms: float | None = None


class Environment:
    """One execution environment. Its owner calls `invoke` for one request at a time.

    `invoke` returns as soon as the handler has answered. The environment may then be given its next request at once;
    that waits until the runtime polls again, which takes a fraction of a millisecond.
    """

    def __init__(self, program: Program, stats: FunctionStats, *, provisioned: bool = False) -> None:
        self.program = program
        self.provisioned = provisioned
        self.id = secrets.token_hex(16)
        self.idle_since = time.monotonic()
        self._stats = stats
        self._tmp = program.scratch_folder / self.id
        self._initialised = False
        self._process: RuntimeProcess | None = None
        self._variables = self._make_variables()

    @property
    def pid(self) -> int | None:
        """The process that runs now; None before the first start and after a reset."""
        return self._process.pid if self._process and self._process.alive else None

    @property
    def frozen(self) -> bool:
        """True while the process is stopped."""
        return self._process is not None and self._process.frozen

    async def initialise(self) -> None:
        """Runs the init ahead of any invocation (provisioned concurrency). A failure shows at the first invocation."""
        await self._first_init(max(answers.PROVISIONED_INIT_LIMIT_S, self.program.timeout_s))
        if self._process is not None:
            self._process.rest()

    async def invoke(self, invocation: Invocation) -> Result:
        """One invocation, with whatever init it needs. Nothing that the function does makes it raise; StartFailed does.

        The invocation's `deadline_ms` is set here, since the time starts when a first init is over.
        """
        init_ms = None if self._initialised else await self._first_init(answers.INIT_LIMIT_S)
        started = time.monotonic()
        try:
            outcome = await self._run(invocation, started + self.program.timeout_s)
        except TimeoutError:
            self._stats.timeouts += 1
            outcome = self._timed_out(invocation.request_id)
        except RuntimeEnded as ended:
            self._note_end()
            outcome = ended.init_error or _exit_outcome(invocation.request_id, ended.returncode)
        self.idle_since = time.monotonic()
        duration_ms = (self.idle_since - started) * 1000
        result = Result(
            outcome.payload,
            answers.FUNCTION_ERROR if outcome.error_type else None,
            outcome.error_type,
            duration_ms,
            init_ms,
        )
        self.program.log(_report(invocation.request_id, self.program.memory_mb, result))
        return result

    def kill(self) -> None:
        """Ends the process at once (SIGKILL, as AWS does without extensions)."""
        if self._process is not None:
            self._process.kill()

    def close(self) -> None:
        """Waits for a killed process and forgets the environment's temporary folder."""
        if self._process is not None:
            self._process.reap()
        shutil.rmtree(self._tmp, ignore_errors=True)

    async def _run(self, invocation: Invocation, deadline: float) -> Outcome:
        process = self._process
        if process is not None and not process.ready:
            try:
                await process.wait_ready(deadline - time.monotonic())
            except RuntimeEnded:
                # It ended after its last answer and before it took this event: the event is still ours.
                self._note_end()
                process = None
        if process is None:
            process = await self._start()
            await process.wait_ready(deadline - time.monotonic())
        remaining_s = deadline - time.monotonic()
        invocation.deadline_ms = int((time.time() + remaining_s) * 1000)
        return await process.run(invocation, remaining_s)

    async def _first_init(self, limit_s: float) -> float | None:
        """Runs the init phase and gives its duration in ms; None where it failed and is to be repeated."""
        self._initialised = True
        started = time.monotonic()
        try:
            process = await self._start()
            await process.wait_ready(limit_s)
        except TimeoutError:
            how = "timeout"
            self.kill()
        except RuntimeEnded as ended:
            how = f"error\tError Type: {ended.init_error.error_type if ended.init_error else 'Runtime.ExitError'}"
        else:
            assert process.init_ms is not None
            self._stats.add_cold_start(process.init_ms)
            return process.init_ms
        self._process = None
        self._stats.init_failures += 1
        elapsed_ms = (time.monotonic() - started) * 1000
        self.program.log(f"INIT_REPORT Init Duration: {elapsed_ms:.2f} ms\tPhase: init\tStatus: {how}")
        return None

    async def _start(self) -> RuntimeProcess:
        self._process = RuntimeProcess(freeze=self.program.freeze)
        argv = [sys.executable, "-m", "awslambdaric", self.program.handler]
        try:
            self._tmp.mkdir(parents=True, exist_ok=True)
            await self._process.start(argv, self._variables, cwd=self.program.code_folder, log_fd=self.program.log_fd)
        except (OSError, subprocess.SubprocessError) as error:
            self._process = None
            raise StartFailed(f"function {self.program.function}: its process cannot be started: {error}") from None
        return self._process

    def _note_end(self) -> None:
        assert self._process is not None
        if self._process.init_ms is None:
            self._stats.init_failures += 1
        else:
            self._stats.crashes += 1
        self._process = None

    def _timed_out(self, request_id: str) -> Outcome:
        self.kill()
        self._process = None
        error = answers.timed_out(request_id, self.program.timeout_s)
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self.program.log(f"{now} {request_id} Task timed out after {self.program.timeout_s:.2f} seconds")
        return Outcome(answers.encode(error), error["errorType"])

    def _make_variables(self) -> dict[str, str]:
        """The process's environment, as AWS sets it (Lambda developer guide, "Defined runtime environment
        variables").
        """
        program = self.program
        return {
            **{name: os.environ[name] for name in _INHERITED if name in os.environ},
            "LANG": "en_US.UTF-8",
            "PYTHONPATH": program.python_path,
            "TMPDIR": str(self._tmp),
            **program.variables,
            "TZ": ":UTC",
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{program.runtime}",
            "AWS_LAMBDA_FUNCTION_NAME": program.function,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(program.memory_mb),
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "provisioned-concurrency" if self.provisioned else "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{program.function}",
            "AWS_LAMBDA_LOG_STREAM_NAME": time.strftime("%Y/%m/%d/[$LATEST]", time.gmtime()) + self.id,
            "AWS_REGION": program.region,
            "AWS_DEFAULT_REGION": program.region,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_SESSION_TOKEN": "test",
            "LAMBDA_TASK_ROOT": str(program.code_folder),
            "LAMBDA_RUNTIME_DIR": "/var/runtime",
            "_HANDLER": program.handler,
        }


def _exit_outcome(request_id: str, returncode: int) -> Outcome:
    error = answers.exited(request_id, returncode)
    return Outcome(answers.encode(error), error["errorType"])


def _report(request_id: str, memory_mb: int, result: Result) -> str:
    """The platform's REPORT line (Lambda developer guide, "Log format"), without the memory used, which we do not
    measure.
    """
    init_ms = result.init_ms or 0.0
    billed_ms = -int(-(result.duration_ms + init_ms) // 1)
    parts = [
        f"REPORT RequestId: {request_id}",
        f"Duration: {result.duration_ms:.2f} ms",
        f"Billed Duration: {billed_ms} ms",
        f"Memory Size: {memory_mb} MB",
    ]
    if result.init_ms is not None:
        parts.append(f"Init Duration: {result.init_ms:.2f} ms")
    if result.error:
        timed_out = result.error_type == "Sandbox.Timedout"
        parts.append("Status: timeout" if timed_out else f"Status: error\tError Type: {result.error_type}")
    return "\t".join(parts)
