"""What a client does after an answer that is worth another try."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from harness.capacity.demand.curve import Floats


@dataclass(frozen=True)
class Retries:
    """Up to `limit` further attempts, with exponential backoff and full jitter, as the synthetic users of a replay.

    The pause is drawn evenly from 0 to `first_s`·2^(attempt-1), at most `cap_s`, and added to what Retry-After asks
    for, at most `cap_s` too. Source: AWS Architecture Blog, "Exponential Backoff And Jitter".
    """

    limit: int = 3
    first_s: float = 0.2
    cap_s: float = 5.0

    def __str__(self) -> str:
        if not self.limit:
            return "none"
        return (
            f"up to {self.limit}, each after 0 to {self.first_s:g} s, twice as long each time, at most {self.cap_s:g} s"
        )

    def pauses_s(self, attempt: int, retry_after_s: Floats, stream: Generator) -> Floats:
        """Seconds until the next attempt, for clients whose attempt `attempt` (from 1) has failed.

        `retry_after_s` has what each was asked for, 0 where nothing.
        """
        longest = min(self.first_s * 2.0 ** (attempt - 1), self.cap_s)
        return np.minimum(retry_after_s, self.cap_s) + stream.uniform(0.0, longest, len(retry_after_s))
