"""Starting several servers side by side, and stopping all of them at once."""

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any, TypeVar

from harness.process import Child, Guard, NotReady, Ports, ProcessError, Watched, wait_until
from harness.services.errors import ServerFailed

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
Value = TypeVar("Value")

READY_LIMIT_S = 90.0

_HINTS = (
    ("address already in use", "another process has the port: end it, or try again, and another port is taken"),
    ("eaddrinuse", "another process has the port: end it, or try again, and another port is taken"),
    ("no space left", "the disk is full: free some space, or set HARNESS_TMP to a folder on another one"),
    ("permission denied", "the server may not write its folder: set HARNESS_TMP to a folder that it may (AppArmor?)"),
    ("cannot allocate memory", "the machine has too little free memory"),
)


def hint(tail: str) -> str | None:
    """What the last log lines of a server that does not come up suggest."""
    lowered = tail.lower()
    return next((advice for sign, advice in _HINTS if sign in lowered), None)


class _UntilStopped:
    """A server as a wait sees it: gone once the launcher has been told to stop, even where it runs on elsewhere."""

    def __init__(self, server: Watched, stopped: threading.Event) -> None:
        self.name = server.name
        self.describe = server.describe
        self.tail = server.tail
        self._server = server
        self._stopped = stopped

    def alive(self) -> bool:
        return not self._stopped.is_set() and self._server.alive()


class Launcher:
    """The servers of one run: each a child of the guard, with a folder and ports of its own."""

    def __init__(self, guard: Guard, folder: Path, ports: Ports) -> None:
        self.guard = guard
        self.folder = folder
        self.ports = ports
        self._children: list[Child] = []
        self._lock = threading.Lock()
        self._stopped = threading.Event()

    def start(self, name: str, argv: Sequence[str | Path], *, env: Mapping[str, str], cwd: Path) -> Child:
        """Starts one server process; its log is `<name>.log` in the servers' folder."""
        with self._lock:
            if self._stopped.is_set():
                raise ServerFailed(f"{name}: not started, since another server failed or the run was interrupted")
            child = self.guard.start(name, argv, log=self.folder / f"{name}.log", env=env, cwd=cwd)
            self._children.append(child)
            return child

    def wait(self, probe: Callable[[], Value | None], what: str, child: Watched) -> Value:
        """Waits until a server answers. ServerFailed with its state, last log lines and a hint."""
        try:
            server = _UntilStopped(child, self._stopped)
            return wait_until(probe, timeout_s=READY_LIMIT_S, what=what, child=server, hint=hint)
        except NotReady as error:
            raise ServerFailed(str(error)) from error

    def run(self, name: str, argv: Sequence[str | Path], *, env: Mapping[str, str], cwd: Path) -> None:
        """Runs a command to its end. ServerFailed where it fails."""
        child = self.start(name, argv, env=env, cwd=cwd)
        if child.wait(READY_LIMIT_S) != 0:
            lines = "\n".join(f"  | {line}" for line in child.tail().splitlines())
            advice = hint(child.tail())
            raise ServerFailed(f"{name}: {child.describe()}\n{lines}" + (f"\n  hint: {advice}" if advice else ""))

    def side_by_side(
        self, first: Callable[[], A], second: Callable[[], B], third: Callable[[], C], fourth: Callable[[], D]
    ) -> tuple[A, B, C, D]:
        """Runs four tasks in threads and returns their results; the first error stops every server and is raised."""
        with ThreadPoolExecutor(max_workers=4, thread_name_prefix="server") as pool:
            futures = pool.submit(first), pool.submit(second), pool.submit(third), pool.submit(fourth)
            try:
                pending: list[Future[Any]] = list(futures)
                done, _ = wait(pending, return_when=FIRST_EXCEPTION)
                for future in done:
                    if error := future.exception():
                        raise error
            except BaseException:
                self.stop()
                raise
        return futures[0].result(), futures[1].result(), futures[2].result(), futures[3].result()

    def stop(self) -> None:
        """Ends every server at once, by SIGKILL: their data goes with the run, so there is nothing to save."""
        with self._lock:
            self._stopped.set()
            children, self._children = self._children, []
        for child in children:
            try:
                child.stop(grace_s=0)
            except ProcessError:
                continue  # the guard is gone, and the processes with it


def clean_environment(*, home: Path, without: tuple[str, ...] = ()) -> dict[str, str]:
    """This process's environment with `home` for home and temporary files, without variables of certain prefixes."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(without or ("\0",))}
    return {**kept, "HOME": str(home), "TMPDIR": str(home), "LC_ALL": "C.UTF-8"}
