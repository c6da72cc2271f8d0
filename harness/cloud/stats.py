"""Counters of the local cloud, as the admin address serves them."""

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class FunctionStats:
    """Of one function. `cold_starts` counts inits that reached the first poll; `errors` every answer with a
    FunctionError.
    """

    invocations: int = 0
    cold_starts: int = 0
    throttles: int = 0
    errors: int = 0
    timeouts: int = 0
    crashes: int = 0
    init_failures: int = 0
    max_concurrency: int = 0
    init_ms: deque[float] = field(default_factory=lambda: deque(maxlen=1000))

    def add_cold_start(self, init_ms: float) -> None:
        """Notes an init and its duration; the last 1,000 durations are kept."""
        self.cold_starts += 1
        self.init_ms.append(init_ms)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "invocations": self.invocations,
            "cold_starts": self.cold_starts,
            "throttles": self.throttles,
            "errors": self.errors,
            "timeouts": self.timeouts,
            "crashes": self.crashes,
            "init_failures": self.init_failures,
            "max_concurrency": self.max_concurrency,
            "init_ms": [round(value, 1) for value in self.init_ms],
        }


@dataclass(slots=True)
class EventSourceStats:
    """Of one event source. `failures` counts batches whose invocation failed, was throttled or reported failed
    items.
    """

    in_flight: int = 0
    max_in_flight: int = 0
    batches: int = 0
    records: int = 0
    failures: int = 0
    last_error: str | None = None

    def begin(self, records: int) -> None:
        """A batch goes to the function."""
        self.in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self.in_flight)
        self.batches += 1
        self.records += records

    def end(self) -> None:
        """The function has answered."""
        self.in_flight -= 1

    def fail(self, why: str) -> None:
        """The batch, or part of it, will be delivered again."""
        self.failures += 1
        self.last_error = why

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "in_flight": self.in_flight,
            "max_in_flight": self.max_in_flight,
            "batches": self.batches,
            "records": self.records,
            "failures": self.failures,
            "last_error": self.last_error,
        }


@dataclass(slots=True)
class GatewayStats:
    """Of the gateway. `throttled` are its own 429 answers; `timed_out` integrations that took too long."""

    statuses: Counter[int] = field(default_factory=Counter)
    throttled: int = 0
    timed_out: int = 0

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        classes = Counter[str]()
        for status, count in self.statuses.items():
            classes[f"{status // 100}xx"] += count
        return {
            "requests": sum(self.statuses.values()),
            "classes": dict(sorted(classes.items())),
            "statuses": {str(status): count for status, count in sorted(self.statuses.items())},
            "throttled": self.throttled,
            "timed_out": self.timed_out,
        }
