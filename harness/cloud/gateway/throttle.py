"""API Gateway's throttle: a token bucket (API Gateway developer guide, "Throttling requests to your HTTP API")."""

import time
from collections.abc import Callable


class TokenBucket:
    """`rate_per_s` tokens a second flow in, at most `burst` are kept, each request takes one. Starts full."""

    __slots__ = ("_burst", "_clock", "_filled", "_rate_per_s", "_tokens")

    def __init__(self, rate_per_s: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate_per_s = rate_per_s
        self._burst = burst
        self._clock = clock
        self._tokens = float(burst)
        self._filled = clock()

    def take(self) -> bool:
        """Takes a token. False: there is none, and the request is to be answered 429."""
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._filled) * self._rate_per_s)
        self._filled = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
