"""The gate in front of the emulator: open, or held for a moment in which nothing is under way.

Terraform drops the calls that it waits for when it is interrupted. What such a call would still make would be in no
state, and in the way of the next apply. So Terraform is interrupted while the gate is held: calls that are inside are
answered first, and those that wait outside turn round when their client has gone.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Condition

LIMIT_S = 60.0
"""A held gate opens by itself after this, for the case that whoever held it has died."""


class Gate:
    """Counts what is inside. Safe to use from several threads."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._inside = 0
        self._held_until = 0.0

    @contextmanager
    def passing(self, gone: Callable[[], bool]) -> Iterator[bool]:
        """Waits until the gate is open. False where the caller has `gone` by then."""
        with self._changed:
            while (remaining_s := self._held_until - time.monotonic()) > 0:
                self._changed.wait(remaining_s)
            passes = not gone()
            self._inside += passes
        try:
            yield passes
        finally:
            with self._changed:
                self._inside -= passes
                self._changed.notify_all()

    def hold(self) -> None:
        """Lets nothing more in, and returns once nothing is inside, or after LIMIT_S."""
        with self._changed:
            self._held_until = time.monotonic() + LIMIT_S
            self._changed.wait_for(lambda: not self._inside, LIMIT_S)

    def open(self) -> None:
        """Lets in again whatever waits."""
        with self._changed:
            self._held_until = 0.0
            self._changed.notify_all()
