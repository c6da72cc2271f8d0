"""A circuit breaker for one environment, which has one request at a time."""

import time
from collections.abc import Callable


class Breaker:
    """Closed, it lets everything through. After `failures` in a row it is open for `open_s` seconds and lets nothing
    through. Then the next request is the probe: its success closes the breaker, its failure opens it again.
    """

    def __init__(self, *, failures: int, open_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = failures
        self._open_s = open_s
        self._clock = clock
        self._failures = 0
        self._opened_at: float | None = None

    def allows(self) -> bool:
        """Whether to try."""
        return self.opens_in_s() == 0.0

    def opens_in_s(self) -> float:
        """Seconds until the next try is allowed; 0 when it is."""
        if self._opened_at is None:
            return 0.0
        return max(0.0, self._opened_at + self._open_s - self._clock())

    def succeeded(self) -> None:
        """The dependency works."""
        self._failures = 0
        self._opened_at = None

    def failed(self) -> None:
        """The dependency did not answer, or answered that it is broken."""
        self._failures += 1
        if self._failures >= self._limit:
            self._opened_at = self._clock()
