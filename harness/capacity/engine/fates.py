"""What became of an operation's requests and attempts, by cause."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from harness.capacity.kernel.compiled import Floats


class Cause(IntEnum):
    """Why an attempt was not answered. A database is away too where its proxy has no connection to give in time."""

    THROTTLED_BY_GATEWAY = 0
    THROTTLED_BY_FUNCTION = 1
    TIMED_OUT = 2
    DATABASE_AWAY = 3


ROWS = 4 + len(Cause)
"""How many counts Fates are made of."""


@dataclass(frozen=True)
class Fates:
    """Of one operation. Each of its `attempts` was answered, or is among the `unanswered`, by cause.

    Of its `requests`, first attempts, some were `given_up` after their last one; those that were not answered either
    are still being tried. The cause counts attempts, so that a request may be there several times.
    """

    requests: int
    given_up: int
    attempts: int
    answered: int
    unanswered: Mapping[str, int]

    @staticmethod
    def of(counts: Sequence[float] | Floats) -> "Fates":
        """From requests, given up, attempts, answered, and the unanswered of each cause in its order."""
        requests, given_up, attempts, answered, *unanswered = map(int, counts)
        names = (cause.name.lower() for cause in Cause)
        return Fates(requests, given_up, attempts, answered, dict(zip(names, unanswered, strict=True)))
