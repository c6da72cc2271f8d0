"""Crash points: places where a rehearsal may end this process as a power cut would.

`WORKER_CRASH_AT=after_commit_before_ack:3` ends it when it passes that point for the third time; without a number,
the first time. The end is `os._exit(137)`: no handler runs, nothing is flushed, as after SIGKILL. Without the
variable a point costs one comparison.
"""

import os
from dataclasses import dataclass

AFTER_DELIVER = "after_deliver"  # a batch is in hand, its transaction has not begun
BEFORE_COMMIT = "before_commit"  # all statements done, not committed: nothing may remain
AFTER_COMMIT_BEFORE_ACK = "after_commit_before_ack"  # the broker delivers again; the repeat must have no effect
AFTER_ACK = "after_ack"  # the acknowledgement is written, and may or may not have arrived
AFTER_PUBLISH_BEFORE_MARK = "after_publish_before_mark"  # the relay's events are out and not marked: they go out again

POINTS = (AFTER_DELIVER, BEFORE_COMMIT, AFTER_COMMIT_BEFORE_ACK, AFTER_ACK, AFTER_PUBLISH_BEFORE_MARK)
EXIT_CODE = 137


@dataclass(frozen=True)
class CrashAt:
    """Crash when `point` is passed for the `count`-th time."""

    point: str
    count: int


def parse(text: str) -> CrashAt:
    """`POINT` or `POINT:COUNT`. Raises ValueError, saying what is allowed."""
    point, _, count = text.partition(":")
    if point not in POINTS or not (count == "" or (count.isascii() and count.isdigit() and int(count) >= 1)):
        raise ValueError(f"must be POINT or POINT:COUNT, COUNT from 1, POINT one of {', '.join(POINTS)}")
    return CrashAt(point, int(count or 1))


class CrashPoints:
    """Counts down to the configured crash; `None` never crashes."""

    def __init__(self, at: CrashAt | None = None) -> None:
        self._point = at.point if at else None
        self._left = at.count if at else 0

    def reach(self, point: str) -> None:
        """Passes `point`; does not return when the time has come."""
        if point != self._point:
            return
        self._left -= 1
        if self._left == 0:
            os._exit(EXIT_CODE)
