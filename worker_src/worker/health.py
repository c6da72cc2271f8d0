"""What the process knows of its own state: whether its main loop turns, and what it is connected to."""

import threading
import time
from collections.abc import Callable


class Health:
    """Liveness and readiness. Safe to use from several threads.

    Alive: the main loop has turned within `stuck_after_s`. A server that is away does not make it stuck: a restart
    would not help. Ready: every part in `parts` is up, and the process is not stopping.
    """

    def __init__(
        self, parts: tuple[str, ...] = (), *, stuck_after_s: float = 60.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._stuck_after_s = stuck_after_s
        self._lock = threading.Lock()
        self._turned = clock()
        self._up = dict.fromkeys(parts, False)
        self._stopping = False

    def beat(self) -> None:
        """The main loop has turned."""
        self._turned = self._clock()

    def set(self, part: str, up: bool) -> None:
        """`part` is connected, or no longer."""
        with self._lock:
            self._up[part] = up

    def stop(self) -> None:
        """From now on not ready: the process finishes what it holds."""
        self._stopping = True

    def alive(self) -> bool:
        """Whether the main loop has turned lately."""
        return self._clock() - self._turned < self._stuck_after_s

    def missing(self) -> list[str]:
        """What keeps the process from being ready; empty where nothing does."""
        with self._lock:
            missing = [part for part, up in self._up.items() if not up]
        return [*missing, "stopping"] if self._stopping else missing
