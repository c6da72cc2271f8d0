"""Waiting times between tries: exponential with full jitter.

Full jitter spreads a crowd of clients best: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
"""

import random
from collections.abc import Callable


class Backoff:
    """Draws the n-th pause from 0 … min(`cap_s`, `base_s` * 2^n). `reset` after a success."""

    def __init__(
        self, base_s: float = 0.1, cap_s: float = 10.0, *, uniform: Callable[[float, float], float] = random.uniform
    ) -> None:
        self._base_s = base_s
        self._cap_s = cap_s
        self._uniform = uniform
        self._tries = 0

    def next_s(self) -> float:
        """The seconds to wait before the next try."""
        ceiling_s = min(self._cap_s, self._base_s * 2 ** min(self._tries, 32))
        self._tries += 1
        return self._uniform(0.0, ceiling_s)

    def reset(self) -> None:
        """Starts over: the last try succeeded."""
        self._tries = 0
