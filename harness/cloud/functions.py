"""Lambda's Invoke: functions, their environments, and the concurrency they may use."""

import asyncio
import os
import secrets
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from harness.cloud import answers
from harness.cloud.environments import Environment, Program, Result
from harness.cloud.errors import ConfigError, FunctionNotFound, RequestTooLarge, TooManyRequests
from harness.cloud.runtime_api import Invocation
from harness.cloud.stats import FunctionStats
from harness.stack import Function as FunctionDescription
from harness.stack import Stack

ACCOUNT_ID = "000000000000"


class Account:
    """The concurrency that functions without a reservation share."""

    def __init__(self, concurrent_executions: int, reserved: int) -> None:
        self.unreserved = max(concurrent_executions - reserved, 0)
        self.in_flight = 0


class Function:
    """One function and its environments: reused last in, first out; started when none is idle; never more than
    allowed.
    """

    def __init__(self, program: Program, description: FunctionDescription, account: Account) -> None:
        self.name = program.function
        self.arn = f"arn:aws:lambda:{program.region}:{ACCOUNT_ID}:function:{program.function}"
        self.stats = FunctionStats()
        self._program = program
        self._reserved = description.reserved_concurrency
        self._provisioned = description.provisioned_concurrency
        self._account = account
        self._environments: set[Environment] = set()
        self._idle: list[Environment] = []
        self._in_flight = 0

    async def provision(self, places: asyncio.Semaphore) -> None:
        """Starts the provisioned environments, as many at a time as `places` allows, and waits until all are ready."""

        async def initialise(environment: Environment) -> None:
            async with places:
                await environment.initialise()

        environments = [Environment(self._program, self.stats, provisioned=True) for _ in range(self._provisioned)]
        self._environments.update(environments)
        await asyncio.gather(*map(initialise, environments))
        self._idle.extend(environments)

    async def invoke(self, payload: bytes, *, request_id: str | None = None, trace_id: str | None = None) -> Result:
        """One synchronous invocation. Raises InvokeError: TooManyRequests at once, where no concurrency is left."""
        if len(payload) > answers.MAX_EVENT_BYTES:
            raise RequestTooLarge(
                f"{len(payload)} byte payload is too large for the RequestResponse invocation type "
                f"(limit {answers.MAX_EVENT_BYTES} bytes)"
            )
        self._take()
        environment: Environment | None = None
        try:
            if self._idle:
                environment = self._idle.pop()
            else:
                environment = Environment(self._program, self.stats)
                self._environments.add(environment)
            self.stats.invocations += 1
            result = await environment.invoke(
                Invocation(request_id or str(uuid.uuid4()), payload, self.arn, trace_id or new_trace_id())
            )
        finally:
            self._give_back()
            if environment is not None:
                self._idle.append(environment)
        if result.error:
            self.stats.errors += 1
        return result

    def expire(self, idle_s: float) -> None:
        """Ends on-demand environments that have been idle for longer."""
        horizon = time.monotonic() - idle_s
        for environment in [e for e in self._idle if e.idle_since < horizon and not e.provisioned]:
            self._idle.remove(environment)
            self._environments.discard(environment)
            environment.kill()
            environment.close()

    @property
    def environments(self) -> frozenset[Environment]:
        """All environments, idle and busy."""
        return frozenset(self._environments)

    def kill(self) -> None:
        """Ends every environment at once."""
        for environment in self._environments:
            environment.kill()

    def close(self) -> None:
        """After `kill`: waits for the processes, removes the temporary folders, closes the log."""
        for environment in self._environments:
            environment.close()
        self._environments.clear()
        self._idle.clear()
        os.close(self._program.log_fd)

    def as_dict(self) -> dict[str, Any]:
        """Counters for JSON."""
        return {
            "environments": len(self._environments),
            "busy": self._in_flight,
            "frozen": sum(environment.frozen for environment in self._environments),
            **self.stats.as_dict(),
        }

    def _take(self) -> None:
        if self._reserved is not None:
            if self._in_flight >= self._reserved:
                self.stats.throttles += 1
                raise TooManyRequests(answers.RESERVED_EXCEEDED)
        elif self._account.in_flight >= self._account.unreserved:
            self.stats.throttles += 1
            raise TooManyRequests(answers.ACCOUNT_EXCEEDED)
        else:
            self._account.in_flight += 1
        self._in_flight += 1
        self.stats.max_concurrency = max(self.stats.max_concurrency, self._in_flight)

    def _give_back(self) -> None:
        self._in_flight -= 1
        if self._reserved is None:
            self._account.in_flight -= 1


class Functions:
    """Every function of a stack, by its logical name."""

    def __init__(
        self,
        stack: Stack,
        *,
        references: Mapping[str, str],
        environment: Mapping[str, str],
        code_folder: Path,
        root: Path,
        log_folder: Path,
        freeze: bool = True,
    ) -> None:
        """`references` resolves the functions' logical addresses; `environment` is added to every function's
        variables.

        Logs go to `log_folder`/function-NAME.log, temporary files to a folder that goes with this. Raises ConfigError
        for a reference that `references` lacks or code that is not there.
        """
        self._scratch = TemporaryDirectory(prefix="functions-", ignore_cleanup_errors=True)
        reserved = sum(f.reserved_concurrency or 0 for f in stack.functions.values())
        account = Account(stack.account.concurrent_executions, reserved)
        programs = [
            _program(
                stack,
                name,
                references=references,
                environment=environment,
                code_folder=code_folder,
                root=root,
                log_folder=log_folder,
                scratch_folder=Path(self._scratch.name) / name,
                freeze=freeze,
            )
            for name in stack.functions
        ]
        self._functions = {p.function: Function(p, stack.functions[p.function], account) for p in programs}

    def __getitem__(self, name: str) -> Function:
        """Raises FunctionNotFound."""
        try:
            return self._functions[name]
        except KeyError:
            raise FunctionNotFound(f"Function not found: {name}") from None

    async def provision(self) -> None:
        """Starts all provisioned environments: one on each processor, or their init durations would mean nothing."""
        places = asyncio.Semaphore(os.cpu_count() or 1)
        await asyncio.gather(*(function.provision(places) for function in self._functions.values()))

    def expire(self, idle_s: float) -> None:
        """See Function.expire."""
        for function in self._functions.values():
            function.expire(idle_s)

    def close(self) -> None:
        """Kills every environment, then waits for them: together, not one after the other."""
        for function in self._functions.values():
            function.kill()
        for function in self._functions.values():
            function.close()
        self._scratch.cleanup()

    def as_dict(self) -> dict[str, Any]:
        """Counters for JSON, by function."""
        return {name: function.as_dict() for name, function in self._functions.items()}


def new_trace_id() -> str:
    """An X-Ray trace header, not sampled."""
    noise = secrets.token_hex(20)
    return f"Root=1-{int(time.time()):08x}-{noise[:24]};Parent={noise[24:]};Sampled=0"


def _program(
    stack: Stack,
    name: str,
    *,
    references: Mapping[str, str],
    environment: Mapping[str, str],
    code_folder: Path,
    root: Path,
    log_folder: Path,
    scratch_folder: Path,
    freeze: bool,
) -> Program:
    description = stack.functions[name]
    task_root = code_folder / name
    if not task_root.is_dir():
        raise ConfigError(f"functions.{name}: no folder {task_root}; every function of the stack needs its code there")
    resolved = {}
    for variable, reference in description.references.items():
        if reference not in references:
            raise ConfigError(f"references: {reference!r} is missing; functions.{name} needs it for {variable}")
        resolved[variable] = references[reference]
    log_folder.mkdir(parents=True, exist_ok=True)
    log = os.open(log_folder / f"function-{name}.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
    return Program(
        function=name,
        handler=description.handler,
        runtime=description.runtime,
        memory_mb=description.memory_mb,
        timeout_s=description.timeout_s,
        region=stack.region,
        code_folder=task_root,
        python_path=os.pathsep.join(map(str, (task_root, code_folder, root))),
        variables={**description.settings, **resolved, **environment},
        log_fd=log,
        scratch_folder=scratch_folder,
        freeze=freeze,
    )
