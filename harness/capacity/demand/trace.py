"""Recorded traffic: counts of requests in a file, or the arrivals of a replay."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness import history
from harness.capacity.demand.model import OPERATIONS
from harness.capacity.errors import DemandError
from harness.history import HistoryError

MINUTE_S = 60.0


@dataclass(frozen=True)
class Trace:
    """`counts` of requests per `step_s`; `mix` has how many of each operation there were, where that is known."""

    counts: tuple[float, ...]
    step_s: float
    mix: Mapping[str, float] | None = None

    @property
    def mean_per_s(self) -> float:
        """The mean rate over its whole length."""
        return math.fsum(self.counts) / (len(self.counts) * self.step_s)


def of_counts(path: Path, step_s: float = MINUTE_S) -> Trace:
    """One count a line, of each `step_s` in turn; empty lines and what follows a # are passed over.

    DemandError where a line is no count, or all are 0.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DemandError(f"{path}: cannot be read: {error}") from None
    counts = []
    for number, line in enumerate(lines, 1):
        text = line.partition("#")[0].strip()
        if not text:
            continue
        try:
            count = float(text)
        except ValueError:
            count = -1.0
        if not (math.isfinite(count) and count >= 0):
            raise DemandError(f"{path}:{number}: is {text!r}; allowed is one number of 0 or more a line")
        counts.append(count)
    if not any(counts):
        raise DemandError(f"{path}: nothing was counted; write the requests of each minute, one number a line")
    return Trace(tuple(counts), step_s)


def of_history(path: Path, step_s: float = 1.0) -> Trace:
    """The arrivals of a replay, by the time for which they were scheduled; those that were dropped are among them.

    What users do to be refused is left out, since no operation is like it. DemandError where there is nothing.
    """
    start_ns: int | None = None
    arrivals: dict[str, tuple[int, str]] = {}
    try:
        for record in history.read(path):
            if record["type"] == "meta" and "start" in record:
                start_ns = record["start"]
            elif record["type"] in ("invoke", "dropped") and record["action"] in OPERATIONS:
                arrivals[record["op"]] = (record["scheduled"], record["action"])
    except HistoryError as error:
        raise DemandError(str(error)) from None
    if start_ns is None or not arrivals:
        raise DemandError(f"{path}: no arrivals are on record; a replay's history.jsonl has them")
    steps = Counter(int(max(t - start_ns, 0) / 1e9 / step_s) for t, _ in arrivals.values())
    counts = tuple(float(steps[step]) for step in range(max(steps) + 1))
    return Trace(counts, step_s, {name: float(n) for name, n in Counter(a for _, a in arrivals.values()).items()})
