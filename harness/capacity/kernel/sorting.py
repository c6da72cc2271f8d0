"""The order of times that are nearly evenly spread: as many buckets as times, then insertion within each.

Linear, where a comparison sort is not; between stages sorting is the main cost. On uneven times it falls back to numpy.
"""

import numpy as np

from harness.capacity.kernel.compiled import Floats, Integers, compiled

_SMALL = 64  # below that the buckets do not pay
_CROWDED = 64  # times in one bucket from which on insertion is slow


@compiled
def _order(times: Floats, low: float, high: float, order: Integers) -> bool:
    """Fills `order`, stable; False where too many times share a bucket."""
    count = times.size
    scale = (count - 1) / (high - low)
    begins = np.zeros(count + 1, np.int64)
    for i in range(count):
        begins[int((times[i] - low) * scale) + 1] += 1
    for bucket in range(count):
        if begins[bucket + 1] > _CROWDED:
            return False
        begins[bucket + 1] += begins[bucket]
    for i in range(count):
        time = times[i]
        bucket = int((time - low) * scale)
        at = begins[bucket]
        begins[bucket] = at + 1
        order[at] = i
    # Times of a bucket are all smaller than those of the next, so insertion never leaves the bucket.
    for i in range(1, count):
        place = order[i]
        time = times[place]
        at = i
        while at > 0 and times[order[at - 1]] > time:
            order[at] = order[at - 1]
            at -= 1
        order[at] = place
    return True


def order_of(times: Floats) -> Integers:
    """The places of finite `times` in ascending order; equal ones keep theirs. As numpy.argsort(kind="stable")."""
    if times.size >= _SMALL:
        low, high = float(times.min()), float(times.max())
        order: Integers = np.empty(times.size, np.int64)
        if high > low and _order(times, low, high, order):
            return order
    stable: Integers = np.argsort(times, kind="stable")
    return stable
