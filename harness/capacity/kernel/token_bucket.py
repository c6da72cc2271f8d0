"""API Gateway's throttle: a token bucket, which refuses and never delays.

Source: API Gateway Developer Guide, "Throttle requests to your HTTP APIs". Usage plan, stage, account and region each
have a bucket; a request asks one after the other, so the caller sends to the next what the one before let through.
"""

import numpy as np

from harness.capacity.kernel.compiled import Floats, Mask, compiled
from harness.capacity.kernel.flow import Flow


@compiled
def _admit(arrivals: Floats, rate: float, burst: float, state: Floats, accepted: Mask) -> int:
    tokens, last = state[0], state[1]
    count = 0
    for i in range(arrivals.size):
        tokens = min(burst, tokens + (arrivals[i] - last) * rate)
        last = arrivals[i]
        if tokens >= 1.0:
            tokens -= 1.0
            accepted[i] = True
            count += 1
        else:
            accepted[i] = False
    state[0], state[1] = tokens, last
    return count


class TokenBucket:
    """`rate_per_s` tokens a second, at most `burst` kept, full at first. `rate_per_s` 0 closes it once it is empty.

    AWS applies its throttles "on a best-effort basis", so more than the limit may pass: `overrun` is the share by which
    the effective rate and burst exceed what is configured, 0 for an exact one.
    """

    def __init__(self, rate_per_s: float, burst: float, *, overrun: float = 0.0) -> None:
        if rate_per_s < 0 or burst < 0 or overrun < 0:
            raise ValueError("rate, burst and overrun of a token bucket are 0 or more")
        self._rate = rate_per_s * (1 + overrun)
        self._burst = burst * (1 + overrun)
        self._state: Floats = np.array([self._burst, 0.0])
        self._arrived = 0
        self._accepted = 0

    def admit(self, arrivals: Floats) -> Mask:
        """Which of the requests at `arrivals` (s, ascending, not before those of the last call) get a token."""
        accepted: Mask = np.empty(arrivals.size, np.bool_)
        self._accepted += _admit(arrivals, self._rate, self._burst, self._state, accepted)
        self._arrived += arrivals.size
        return accepted

    @property
    def flow(self) -> Flow:
        """Counts so far; a bucket holds nothing."""
        return Flow(self._arrived, self._arrived - self._accepted, self._accepted, 0)
