"""A child process of the guard, as the harness sees it."""

import os
import signal
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import BinaryIO

from harness.process.ending import end
from harness.process.errors import GuardLost
from harness.process.proc import Identity, alive, descendants, ended, state

_CODE_PATIENCE_S = 5.0
_TAIL_BYTES = 1 << 16


class Child:
    """One started process: the leader of a session of its own, so that a terminal's Ctrl-C does not reach it.

    `stdin` and `stdout` are binary files, unbuffered and buffered, where `guard.start` was given PIPE, else None. Safe
    to use from several threads.
    """

    def __init__(self, name: str, log: Path, check: Callable[[], None]) -> None:
        self.name = name
        self.log = log
        self.pid = 0
        self.stdin: BinaryIO | None = None
        self.stdout: BinaryIO | None = None
        self._check = check
        self._handle = -1
        self._code: int | None = None
        self._lock = threading.Lock()
        self._answered = threading.Event()
        self._finished = threading.Event()
        self.failure: str | None = None

    # What the guard's messages say.

    def _started(self, pid: int, handle: int) -> None:
        self.pid, self._handle = pid, handle
        self._answered.set()

    def _failed(self, error: str) -> None:
        self.failure = error
        self._answered.set()
        self._finished.set()

    def _exited(self, code: int | None) -> None:
        with self._lock:
            self._code = code
            if self._handle >= 0:
                os.close(self._handle)
            self._handle = -1
        self._answered.set()
        self._finished.set()

    # What callers want.

    def alive(self) -> bool:
        """Whether it still runs; a stopped process does. GuardLost where the guard has ended."""
        with self._lock:
            running = self._handle >= 0 and not ended(self._handle)
        if not running:
            self._check()
        return running

    def wait(self, timeout_s: float | None = None) -> int | None:
        """Waits for its end and returns the exit code, as `exit_code`; None where the time ran out before."""
        if not self._finished.wait(timeout_s):
            return None
        return self.exit_code()

    def exit_code(self) -> int | None:
        """None while it runs, then the exit code (negative: the signal's number). GuardLost where nobody knows."""
        if self.alive():
            return None
        self._finished.wait(_CODE_PATIENCE_S)
        if self._code is None:
            self._check()
            raise GuardLost(f"{self.name}: the guard has not told its exit code")
        return self._code

    def describe(self) -> str:
        """Its state in words: running, stopped, exit code or signal."""
        try:
            code = self.exit_code()
        except GuardLost:
            return "ended together with the guard"
        if code is None:
            letter = state(self.pid)
            return f"{'stopped' if letter == 'T' else 'running'} (pid {self.pid}, state {letter})"
        return f"ended by {signal.Signals(-code).name}" if code < 0 else f"exited with code {code}"

    def tail(self, n: int = 12) -> str:
        """The last n lines of its log."""
        try:
            with self.log.open("rb") as file:
                file.seek(max(0, os.fstat(file.fileno()).st_size - _TAIL_BYTES))
                text = file.read().decode(errors="replace")
        except OSError as error:
            return f"({self.log}: {error.strerror})"
        return "\n".join(text.splitlines()[-n:])

    def signal(self, number: int) -> bool:
        """Sends a signal to the process itself, not to its children. False where it has ended already."""
        with self._lock:
            if self._handle < 0:
                return False
            try:
                signal.pidfd_send_signal(self._handle, number)
            except ProcessLookupError:
                return False
            return True

    def stop(self, grace_s: float = 5.0) -> int:
        """Ends it, and then whatever is left of the processes below it; returns the exit code.

        SIGTERM and SIGCONT to the process alone, which may want to end its own children in order; SIGKILL after
        `grace_s` seconds, at once if that is 0.
        """
        below: set[Identity] = set(descendants(self.pid)) if self.alive() else set()
        if grace_s > 0 and self.signal(signal.SIGTERM):
            self.signal(signal.SIGCONT)
            deadline = time.monotonic() + grace_s
            while not self._finished.wait(0.1) and time.monotonic() < deadline:
                below.update(descendants(self.pid))
        self.signal(signal.SIGKILL)
        self._finished.wait(_CODE_PATIENCE_S)
        end(partial(filter, alive, below), grace_s=0)
        for pipe in (self.stdin, self.stdout):
            if pipe is not None:
                pipe.close()
        code = self.exit_code()
        if code is None:
            raise GuardLost(f"{self.name}: does not end, not even by SIGKILL ({self.describe()})")
        return code
