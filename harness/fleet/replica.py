"""One replica of a role: a process, and the next one when it has crashed."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from harness.fleet import probe
from harness.process import LOOPBACK, Child

# A kubelet waits 10 s after the first crash, twice as long after each further one up to 300 s, and starts over once a
# container has run for 10 min (https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy). The
# same, scaled down to runs of a minute.
FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 5.0
STEADY_AFTER_S = 15.0

_HOPELESS_AFTER = 3  # crashes without ever having been ready


class Replica:
    """A place in a role's set. `start` is called with extra variables and gives the process; it is called again after
    a crash.

    To `wait_until` it looks like a child that has ended for good after some crashes in a row.
    """

    def __init__(self, name: str, port: int, log: Path, start: Callable[[Mapping[str, str]], Child]) -> None:
        self.name = name
        self.port = port
        self.log = log
        self.restarts = 0
        self.wanted = True
        self._start = start
        self._child: Child | None = None
        self._since = 0.0
        self._pause_s = FIRST_PAUSE_S
        self._again_at: float | None = None
        self._was_ready = False

    def launch(self, more: Mapping[str, str] | None = None) -> None:
        """Starts the process, with more variables for this one process."""
        self._child = self._start(more or {})
        self._since = time.monotonic()

    def tend(self) -> str | None:
        """Looks after the process.

        Restarts it when it has ended and its pause is over. Returns what has happened, if anything.
        """
        if not self.wanted or self._child is None or self._child.alive():
            return None
        now = time.monotonic()
        if self._again_at is None:
            if now - self._since >= STEADY_AFTER_S:
                self._pause_s = FIRST_PAUSE_S
            self._again_at = now + self._pause_s
            event = f"{self.name} {self._child.describe()}; restart in {self._pause_s:g} s"
            self._pause_s = min(self._pause_s * 2, LONGEST_PAUSE_S)
            return event
        if now >= self._again_at:
            self._again_at = None
            self.restarts += 1
            self.launch()
            return f"{self.name} restarted ({self.restarts})"
        return None

    def ready(self, tries: int) -> bool:
        """Whether it says that it is ready."""
        child = self._child
        if child is None or not child.pid or not child.alive():
            return False
        answer = probe.ready(LOOPBACK, self.port, child.pid, tries=tries)
        self._was_ready = self._was_ready or answer
        return answer

    @property
    def pid(self) -> int | None:
        """The process that runs now; None between two."""
        return self._child.pid if self._child is not None and self._child.alive() else None

    def signal(self, number: int) -> bool:
        """Sends a signal to the process. False where none runs."""
        return self._child is not None and self._child.signal(number)

    def stop(self, grace_s: float) -> int | None:
        """Ends it for good; returns its exit code."""
        self.wanted = False
        return None if self._child is None else self._child.stop(grace_s)

    def alive(self) -> bool:
        """False once there is no hope that it will become ready."""
        running = self._child is not None and self._child.alive()
        return running or self._was_ready or self.restarts < _HOPELESS_AFTER

    def describe(self) -> str:
        """Its state in words."""
        state = "not started" if self._child is None else self._child.describe()
        return f"{state}, restarts: {self.restarts}"

    def tail(self, n: int) -> str:
        """The last n lines of its log."""
        return "" if self._child is None else self._child.tail(n)
