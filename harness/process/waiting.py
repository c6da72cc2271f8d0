"""Waiting for something to become so, and saying why it did not."""

import time
from collections.abc import Callable
from typing import Protocol, TypeVar

from harness.process.errors import ChildEnded, GuardLost, NotReady

Value = TypeVar("Value")

_TAIL_LINES = 12


class Watched(Protocol):
    """What a wait wants to know of the child that it is for."""

    name: str

    def alive(self) -> bool:
        """Whether it still runs; GuardLost where the guard has ended."""
        ...

    def describe(self) -> str:
        """Its state in words."""
        ...

    def tail(self, n: int) -> str:
        """The last n lines of its log."""
        ...


def wait_until(
    probe: Callable[[], Value | None],
    *,
    timeout_s: float,
    what: str,
    child: Watched | None = None,
    hint: Callable[[str], str | None] | str | None = None,
    interval_s: float = 0.05,
) -> Value:
    """Calls `probe` until it returns something true, and returns that.

    An exception of the probe means "not yet", and its text goes into the message. Raises NotReady after `timeout_s`,
    and ChildEnded at once where `child` has ended: with the child's state, the probe's last error, the log's last
    lines, and the hint (a text, or a function of the log's last lines).
    """
    deadline = time.monotonic() + timeout_s
    last = "no answer"
    while True:
        gone = child is not None and not child.alive()
        try:
            value = probe()
            if value:
                return value
            last = "not yet"
        except GuardLost:
            raise
        except Exception as error:
            last = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        if gone:
            raise ChildEnded(_message(f"{what}: given up", last, child, hint))
        if time.monotonic() >= deadline:
            raise NotReady(_message(f"{what}: not within {timeout_s:g} s", last, child, hint))
        time.sleep(interval_s)


def _message(head: str, last: str, child: Watched | None, hint: Callable[[str], str | None] | str | None) -> str:
    lines = [f"{head} ({last})"]
    tail = ""
    if child is not None:
        lines.append(f"  {child.name}: {child.describe()}")
        tail = child.tail(_TAIL_LINES)
        lines += [f"  | {line}" for line in tail.splitlines()] or ["  | (its log is empty)"]
    advice = hint(tail) if callable(hint) else hint
    if advice:
        lines.append(f"  hint: {advice}")
    return "\n".join(lines)
