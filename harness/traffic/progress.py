"""How far the traffic has come: counts, and latencies of the last seconds."""

import math
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

WINDOW_S = 5.0
SATURATED_MS = 250.0
"""With a 99th percentile of the send delay above this, the client does not keep its plan.

Short stalls are no such thing: they are part of the latencies, which count from the planned time.
"""


@dataclass(frozen=True)
class Progress:
    """A moment of the traffic. `sent` counts operations, not attempts; percentiles are of the last five seconds.

    `send_delay_*` is how late operations were first sent, in ms, since the start: the client's own doing, whatever the
    server does.
    """

    elapsed_s: float = 0.0
    total: int = 0
    sent: int = 0
    in_flight: int = 0
    acknowledged: int = 0
    refused: int = 0
    indeterminate: int = 0
    dropped: int = 0
    unexpected: int = 0
    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None
    send_delay_p50_ms: float | None = None
    send_delay_p99_ms: float | None = None
    send_delay_max_ms: float | None = None
    cpu_s: float = 0.0
    stopped: bool = False

    @property
    def saturated(self) -> bool:
        """Whether the client could not keep up with its plan, so that a verdict on the server would be unfounded."""
        return self.send_delay_p99_ms is not None and self.send_delay_p99_ms > SATURATED_MS


def percentile(ascending: Sequence[float], share: float) -> float | None:
    """The nearest-rank percentile: the smallest sample that at least `share` of all do not exceed. None of nothing."""
    if not ascending:
        return None
    return ascending[max(math.ceil(share * len(ascending)) - 1, 0)]


class Counters:
    """Counts as the traffic goes. Times are in seconds of one clock."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.sent = 0
        self.in_flight = 0
        self.outcomes = {"acknowledged": 0, "refused": 0, "indeterminate": 0}
        self.dropped = 0
        self.unexpected = 0
        self._latencies: deque[tuple[float, float]] = deque()
        self._delays_ms: list[float] = []
        self._cpu_s = time.process_time()

    def delayed(self, delay_ms: float) -> None:
        """An operation was sent this much after its time."""
        self._delays_ms.append(delay_ms)

    def finished(self, now_s: float, outcome: str, latency_ms: float) -> None:
        """An operation came to its end."""
        self.outcomes[outcome] += 1
        self._latencies.append((now_s, latency_ms))

    def progress(self, now_s: float, elapsed_s: float, stopped: bool = False) -> Progress:
        """The moment as it is."""
        while self._latencies and self._latencies[0][0] < now_s - WINDOW_S:
            self._latencies.popleft()
        latencies = sorted(latency for _, latency in self._latencies)
        # Sorting in place keeps what is sorted already: next time only the new ones cost.
        self._delays_ms.sort()
        return Progress(
            elapsed_s=elapsed_s,
            total=self.total,
            sent=self.sent,
            in_flight=self.in_flight,
            dropped=self.dropped,
            unexpected=self.unexpected,
            p50_ms=percentile(latencies, 0.5),
            p95_ms=percentile(latencies, 0.95),
            p99_ms=percentile(latencies, 0.99),
            send_delay_p50_ms=percentile(self._delays_ms, 0.5),
            send_delay_p99_ms=percentile(self._delays_ms, 0.99),
            send_delay_max_ms=percentile(self._delays_ms, 1.0),
            cpu_s=time.process_time() - self._cpu_s,
            stopped=stopped,
            **self.outcomes,
        )
