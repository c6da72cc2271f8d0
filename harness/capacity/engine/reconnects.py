"""When a client of the broker that has lost its connection is back: it tries, and pauses longer after each failure."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Pauses:
    """The n-th pause is drawn from `least` times its limit up to it, which is `first_s` * 2^n, at most `longest_s`."""

    first_s: float
    longest_s: float
    least: float


WORKER = Pauses(0.1, 5.0, 0.0)
"""As `worker/backoff.py` has it, with the base and the cap of consumers and relay."""

EVENT_SOURCE = Pauses(0.2, 5.0, 0.5)
"""As the rehearsal's event source for RabbitMQ; Amazon says nothing of its own."""


def reconnected_s(pauses: Pauses, lost_s: float, back_s: float, generator: np.random.Generator) -> float:
    """When a client is connected again that lost a server at `lost_s` which is there from `back_s` on.

    A try that is refused takes no time.
    """
    now_s, limit_s = lost_s, min(pauses.first_s, pauses.longest_s)
    while True:
        now_s += limit_s * float(generator.uniform(pauses.least, 1.0))
        if now_s >= back_s:
            return now_s
        limit_s = min(2 * limit_s, pauses.longest_s)
