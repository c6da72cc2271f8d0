"""The form of a gap."""

from collections.abc import Callable
from typing import ClassVar

from harness.emulator.call import Answer, Call
from harness.emulator.upstream import Upstream

Onward = Callable[[Call], Answer]
"""Passes a call on, to the next gap and at last to the emulator."""


class Gap:
    """What one emulator lacks of one service, closed.

    It may not pretend: what it answers is what was asked for before, or what an emulator holds. Called from several
    threads at once.
    """

    services: ClassVar[frozenset[str]]
    """Signing names of the services whose calls it wants to see."""

    def handle(self, call: Call, onward: Onward, upstream: Upstream) -> Answer:
        """The answer to `call`: its own, or what comes from `onward`, changed or not. Sees failures too."""
        raise NotImplementedError
