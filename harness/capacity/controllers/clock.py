"""When a controller looks: at fixed times, whoever asks it how often."""

import math


class Clock:
    """Is due at every multiple of `period_s`; asked late, once for all that were missed.

    A simulation that asks more rarely than every `period_s` hence makes the controller slower than it is.
    """

    def __init__(self, period_s: float) -> None:
        self.period_s = period_s
        self._next_s = -math.inf

    def due(self, now_s: float) -> bool:
        """Whether to look now. True at the first call, then once in each period."""
        if now_s < self._next_s:
            return False
        self._next_s = (math.floor(now_s / self.period_s) + 1) * self.period_s
        return True
