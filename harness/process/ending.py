"""Ending many processes at once, stopped ones and those that fork meanwhile included."""

import signal
import time
from collections.abc import Callable, Iterable

from harness.process.proc import Identity, send

_POLL_S = 0.02
_KILL_LIMIT_S = 10.0


def end(find: Callable[[], Iterable[Identity]], *, grace_s: float) -> list[Identity]:
    """Ends whatever `find` finds, looking again and again until it finds nothing.

    First SIGTERM, then SIGCONT (a stopped process takes a signal only when it continues); after `grace_s` SIGKILL.
    Returns what is left after 10 s of that: processes of another user, or stuck in the kernel.
    """
    told: set[Identity] = set()
    deadline = time.monotonic() + grace_s
    while left := set(find()):
        if time.monotonic() >= deadline:
            break
        for identity in left - told:
            send(identity, signal.SIGTERM)
            send(identity, signal.SIGCONT)
        told |= left
        time.sleep(_POLL_S)
    deadline = time.monotonic() + _KILL_LIMIT_S
    while left := set(find()):
        for identity in left:
            send(identity, signal.SIGKILL)
        if time.monotonic() >= deadline:
            return sorted(left, key=lambda identity: identity.pid)
        time.sleep(_POLL_S)
    return []
