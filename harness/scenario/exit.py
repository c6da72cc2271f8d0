"""What the commands exit with."""

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of `harness`. UNKNOWN is of a replay that proved nothing."""

    PASS = 0
    FAIL = 1
    UNKNOWN = 2
    HARNESS_FAILED = 3
    INTERRUPTED = 130
