"""The record of a run: append-only JSON lines, and what its operations came to.

Every record is {"t": CLOCK_MONOTONIC in ns, "type": …}; the clock is one for all processes of a machine, so that
records of several processes compare. `invoke` announces an attempt before it is sent; `ok`, `fail` and `info` end it
(acknowledged, refused, outcome unknown).
"""

from harness.history.errors import HistoryError
from harness.history.operations import Operation, Outcome, fold
from harness.history.reader import read
from harness.history.writer import Writer

__all__ = ["HistoryError", "Operation", "Outcome", "Writer", "fold", "read"]
