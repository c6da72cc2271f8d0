"""How much of an invocation's time is left."""

import time
from typing import Protocol


class Context(Protocol):
    """What we use of Lambda's context object."""

    aws_request_id: str

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda ends the invocation."""


class Deadline:
    """A moment, on the monotonic clock, by which the work must be done."""

    def __init__(self, remaining_s: float) -> None:
        self._at = time.monotonic() + remaining_s

    @classmethod
    def of(cls, context: Context, margin_s: float) -> "Deadline":
        """`margin_s` seconds before Lambda would end the invocation, so that an answer can still be given."""
        return cls(context.get_remaining_time_in_millis() / 1000 - margin_s)

    def remaining_s(self) -> float:
        """Seconds left; 0 when it has passed."""
        return max(0.0, self._at - time.monotonic())
