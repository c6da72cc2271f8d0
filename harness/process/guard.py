"""The harness's side of the guard: starting children, and the certainty that they end."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Protocol

from harness.process.child import Child
from harness.process.ending import end
from harness.process.errors import FolderError, GuardLost, StartFailed
from harness.process.interrupts import shielded
from harness.process.proc import Identity, carriers, cpu_s, identify, machine
from harness.process.registry import Command, Record, Registry, remove_traces, sweep
from harness.process.supervisor import MESSAGE_BYTES
from harness.process.waiting import wait_until

PIPE = -1
"""For `Guard.start`: connect this stream of the child to `child.stdin` or `child.stdout`."""

_ROOT = Path(__file__).resolve().parents[2]
_ANSWER_LIMIT_S = 20.0
_END_LIMIT_S = 90.0
_GRACE_S = 2.0


class HasDescriptor(Protocol):
    """A file, a socket, or anything else with a descriptor."""

    def fileno(self) -> int:
        """The descriptor's number."""
        ...


class Guard:
    """Starts every process of a run, and ends them all when the harness ends, however it ends.

    A context manager; on entering it also removes what dead runs have left (`sweep`), told line by line to `progress`.
    Between the harness and its children stands a small guard process that inherits every orphan (see
    `harness.process.supervisor`). If the harness dies, the guard ends the children and removes `folder`; if the guard
    dies, the harness does; if both die, the next start does, finding the children by their environment: each has
    HARNESS_RUN=`run`.

    `run` is the run's id, `folder` its private folder, which goes with the run. Safe to use from several threads.
    """

    def __init__(self, *, base: Path | None = None, progress: Callable[[str], None] | None = None) -> None:
        self._registry = Registry(base)
        self._progress = progress or (lambda line: None)
        self.run, self.folder = self._registry.new_run()
        self._record: Record | None = None
        self._lock = threading.Lock()
        self._children: dict[int, Child] = {}
        self._next = 0
        self._closing = False
        self._lost = threading.Event()
        self._done = threading.Event()
        self._problems: list[str] = []

    def __enter__(self) -> "Guard":
        self._registry.prepare()
        for line in sweep(self._registry.base):
            self._progress(line)
        harness = identify(os.getpid())
        assert harness is not None
        boot, namespace = machine()
        self._record = Record(self.run, boot, namespace, harness, None, str(self.folder))
        self._registry.write(self._record)
        try:
            self.folder.mkdir(mode=0o700)
        except OSError as error:
            self._registry.path(self.run).unlink(missing_ok=True)
            raise FolderError(f"{self.folder}: cannot be made: {error.strerror}") from error
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        for end_ in (self._control, theirs):
            end_.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, MESSAGE_BYTES * 2)
        settings = {
            "control": theirs.fileno(),
            "record": str(self._registry.path(self.run)),
            "run": self.run,
            "harness": {"pid": harness.pid, "start_time": harness.start_time},
        }
        with theirs, (self.folder / "guard.log").open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-S", "-m", "harness.process.supervisor", json.dumps(settings)],
                env={**os.environ, "PYTHONPATH": str(_ROOT)},
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        identity = identify(self._process.pid)
        self._record = replace(self._record, guard=identity or Identity(self._process.pid, 0))
        self._registry.write(self._record)
        threading.Thread(target=self._listen, name="guard", daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def start(
        self,
        name: str,
        argv: Sequence[str | Path],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        stdin: int | HasDescriptor | None = None,
        stdout: int | HasDescriptor | None = None,
        ready: Callable[[], object] | None = None,
        ready_timeout_s: float = 30.0,
    ) -> Child:
        """Starts a child; with `ready`, returns once that returns something true (see `wait_until`), else at once.

        `env` is the whole environment (None: the harness's own); HARNESS_RUN is added. The child leads a session of its
        own. Its stdout and stderr are appended to `log`, whose folder is made.

        `stdin` is empty and `stdout` goes to the log unless given: PIPE makes a pipe whose other end is `child.stdin`
        (unbuffered) or `child.stdout` (buffered, for readline); a descriptor or file is handed to the child as it is
        and stays open here. Who asks for a pipe reads it to its end, or the child blocks. The child sees its stdin
        end when the harness dies.

        StartFailed where the program cannot be started, NotReady or ChildEnded from `ready`, GuardLost.
        """
        self.check()
        child = Child(name, log, self.check)
        theirs: list[int] = []
        ours: list[int] = []

        def pipe(wanted: int | HasDescriptor | None, default: int, child_reads: bool) -> int:
            if wanted is None:
                return default
            if wanted != PIPE:
                return wanted if isinstance(wanted, int) else wanted.fileno()
            reading, writing = os.pipe()
            theirs.append(reading if child_reads else writing)
            ours.append(writing if child_reads else reading)
            return theirs[-1]

        try:
            try:
                log.parent.mkdir(parents=True, exist_ok=True)
                log_file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
            except OSError as error:
                raise FolderError(f"{log}: the log of {name} cannot be written: {error.strerror}") from error
            theirs.append(log_file)
            nothing = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
            theirs.append(nothing)
            child_stdin = pipe(stdin, nothing, child_reads=True)
            if stdin == PIPE:
                child.stdin = open(ours[-1], "wb", buffering=0)  # noqa: SIM115
            child_stdout = pipe(stdout, log_file, child_reads=False)
            if stdout == PIPE:
                child.stdout = open(ours[-1], "rb")  # noqa: SIM115
            with self._lock:
                self._next += 1
                number = self._next
                self._children[number] = child
                message = {
                    "do": "start",
                    "id": number,
                    "argv": [str(part) for part in argv],
                    "env": dict(os.environ if env is None else env),
                    "cwd": None if cwd is None else str(cwd),
                }
                self._send(message, [child_stdin, child_stdout, log_file], name)
        except BaseException:
            for opened in (child.stdin, child.stdout):
                if opened is not None:
                    opened.close()
            raise
        finally:
            for descriptor in theirs:
                os.close(descriptor)
        answered = child._answered.wait(_ANSWER_LIMIT_S)
        self.check()
        if not answered:
            raise StartFailed(f"{name}: the guard (pid {self._process.pid}) does not answer")
        if child.failure is not None:
            for opened in (child.stdin, child.stdout):
                if opened is not None:
                    opened.close()
            raise StartFailed(f"{name}: cannot be started: {child.failure}")
        if ready is not None:
            wait_until(ready, timeout_s=ready_timeout_s, what=f"{name} is ready", child=child)
        return child

    def at_end(self, argv: Sequence[str | Path]) -> Callable[[], None]:
        """Registers a command that undoes something outside the process tree, such as a container.

        It runs in the project's folder after every process has ended, whoever does the ending, up to 60 s; last
        registered first. It must be able to run twice. Returns a function that takes it back once it is not needed.
        """
        command = Command(tuple(str(part) for part in argv), str(_ROOT))
        self._change(lambda commands: (*commands, command))
        return lambda: self._change(lambda commands: tuple(other for other in commands if other is not command))

    def _change(self, change: Callable[[tuple[Command, ...]], tuple[Command, ...]]) -> None:
        self.check()
        with self._lock:
            assert self._record is not None
            self._record = replace(self._record, at_end=change(self._record.at_end))
            self._registry.write(self._record)

    def cpu_s(self) -> dict[str, float]:
        """Seconds of a processor that this process (`harness`) and each living child have used so far.

        By the child's name, and by `NAME/*` that of the processes below it; by `guard` that of children that have
        ended, and of orphans.
        """
        with self._lock:
            names = {child.pid: child.name for child in self._children.values() if child.pid}
        guard_s, _ = cpu_s([self._process.pid]).get(self._process.pid, (0.0, 0.0))
        used = {"harness": time.process_time(), "guard": guard_s}
        for pid, (own_s, below_s) in cpu_s(names).items():
            used[names[pid]] = own_s
            if below_s:
                used[f"{names[pid]}/*"] = below_s
        return {name: round(seconds, 2) for name, seconds in used.items()}

    def check(self) -> None:
        """Raises GuardLost where the guard has ended, else does nothing."""
        if self._lost.is_set() and not self._closing:
            raise GuardLost(
                f"the guard process (pid {self._process.pid}) has ended unexpectedly, "
                "and every process of this run was ended"
            )

    def close(self) -> None:
        """Ends every process of the run and removes its traces. No signal interrupts it; a second call does nothing."""
        with shielded():
            with self._lock:
                if self._closing:
                    return
                self._closing = True
            self._end()

    def _end(self) -> None:
        lost = self._lost.is_set()
        if not lost:
            try:
                self._control.send(json.dumps({"do": "end"}).encode())
            except OSError:
                lost = True
            # A stopped guard would never hear of it.
            self._process.send_signal(signal.SIGCONT)
        if not lost and not self._done.wait(_END_LIMIT_S):
            lost = True
        if lost:
            self._process.kill()
        self._process.wait()
        if self._registry.path(self.run).exists():
            assert self._record is not None
            survivors = end(partial(carriers, self.run), grace_s=_GRACE_S)
            self._problems = remove_traces(self._record, self._registry.path(self.run), survivors)
        self._control.close()
        for problem in self._problems:
            self._progress(problem)

    def _send(self, message: object, descriptors: list[int], name: str) -> None:
        try:
            socket.send_fds(self._control, [json.dumps(message).encode()], descriptors)
        except OSError as error:
            self.check()
            raise StartFailed(f"{name}: cannot be started: {error.strerror}") from error

    def _listen(self) -> None:
        while True:
            try:
                data, descriptors, _, _ = socket.recv_fds(self._control, MESSAGE_BYTES, 1)
            except OSError:
                break
            if not data:
                break
            message = json.loads(data)
            if "started" in message and descriptors:
                self._children[message["started"]]._started(message["pid"], descriptors[0])
            elif "started" in message:
                self._children.pop(message["started"])._failed("this process has too many open files")
            elif "failed" in message:
                self._children.pop(message["failed"])._failed(message["error"])
            elif "exited" in message:
                if (child := self._children.pop(message["exited"], None)) is not None:
                    child._exited(message["code"])
            else:
                self._problems = message["problems"]
        self._done.set()
        if not self._closing:
            # The guard has been killed. Its orphans hang below init now; only their environment tells them.
            self._lost.set()
            end(partial(carriers, self.run), grace_s=_GRACE_S)
        for child in list(self._children.values()):
            child._exited(None)
