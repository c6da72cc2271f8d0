"""One process of an execution environment: started fast, frozen, thawed, killed, watched.

Linux only: process groups for freezing, PR_SET_PDEATHSIG so that no sandbox outlives the cloud, a pidfd to hear of an
exit.
"""

import asyncio
import ctypes
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_prctl = ctypes.CDLL(None).prctl


def _die_with_parent() -> None:
    """Runs between fork and exec. The signal is bound to the forking *thread*, hence only the main thread may start
    sandboxes.
    """
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


class Sandbox:
    """A started process in a process group of its own, so that a freeze and a kill reach its children as well.

    `on_exit` gets the return code (negative: the signal) once, from the event loop, unless `kill` came first.
    """

    def __init__(
        self, argv: Sequence[str], *, env: Mapping[str, str], cwd: Path, log_fd: int, on_exit: Callable[[int], None]
    ) -> None:
        self._on_exit: Callable[[int], None] | None = on_exit
        self._process = subprocess.Popen(
            argv,
            env=env,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=log_fd,
            stderr=log_fd,
            process_group=0,
            # Safe here: pollers, brokers and servers all live on one event loop, so no other thread can hold a
            # lock of ours while we fork, and the function does nothing but one call into libc.
            preexec_fn=_die_with_parent,
        )
        self.pid = self._process.pid
        self.frozen = False
        self._loop = asyncio.get_running_loop()
        self._pidfd = os.pidfd_open(self.pid)
        self._loop.add_reader(self._pidfd, self._exited)

    def freeze(self) -> None:
        """SIGSTOP to the whole group: between invocations AWS gives an environment no CPU at all."""
        if not self.frozen and self._pidfd >= 0:
            self.frozen = True
            os.killpg(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT to the whole group."""
        if self.frozen and self._pidfd >= 0:
            self.frozen = False
            os.killpg(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        """SIGKILL to the whole group, at once, as AWS does without extensions. `on_exit` stays silent."""
        self._on_exit = None
        # Without a pidfd the process has been waited for, and its number may be somebody else's.
        if self._pidfd >= 0:
            os.killpg(self.pid, signal.SIGKILL)

    def reap(self) -> None:
        """Waits for a killed process, for at most 2 s; for the end of the cloud, when no event loop turns any more."""
        if self._pidfd >= 0:
            self._loop.remove_reader(self._pidfd)
            os.close(self._pidfd)
            self._pidfd = -1
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(2)

    def _exited(self) -> None:
        self._loop.remove_reader(self._pidfd)
        os.close(self._pidfd)
        self._pidfd = -1
        # The runtime has ended; what it started must not go on without it. As long as nobody has waited for the
        # runtime, the number of its group is taken.
        os.killpg(self.pid, signal.SIGKILL)
        returncode = self._process.wait()
        if self._on_exit is not None:
            on_exit, self._on_exit = self._on_exit, None
            on_exit(returncode)
