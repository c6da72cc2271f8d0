"""Lambda's bill for durations: each rounded up to the millisecond (https://aws.amazon.com/lambda/pricing/)."""

import math

import numpy as np
from numpy.typing import NDArray

from harness.capacity.kernel.compiled import Floats, Integers, compiled

_MS = 1000.0
_NOISE_MS = 1e-6  # what subtracting two times of the day may add


def billed_s(durations: Floats) -> Floats:
    """`durations` (s) as they are paid."""
    billed: Floats = np.ceil(durations * _MS - _NOISE_MS) / _MS
    return billed


@compiled
def tally(
    arrivals: Floats,
    finishes: Floats,
    functions: Integers,
    outcomes: NDArray[np.uint8],
    counts: Floats,
    seconds: Floats,
    billed: Floats,
) -> None:
    """Adds up requests by function (row) and outcome: how many, their seconds, and those that are paid.

    Outcome 0 is a throttled one, which takes no time.
    """
    for i in range(arrivals.size):
        function, outcome = functions[i], outcomes[i]
        counts[function, outcome] += 1
        if outcome > 0:
            took = finishes[i] - arrivals[i]
            seconds[function, outcome] += took
            billed[function, outcome] += math.ceil(took * _MS - _NOISE_MS) / _MS
