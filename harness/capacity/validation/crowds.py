"""How many requests meet at a time, and what a time is where more of them meet than when it was measured.

A request's work goes on for a while after its answer: workers and notifications come behind it. So a request meets
those that were due within the tenth of a second before it and while it is answered. What that does to it has two
sides. Processors that work for others let it wait; processors that sleep have to wake up, on a virtual machine for a
tenth of a millisecond and more at each of a dozen steps, and find their caches cold. Which of the two is more is
measured, not assumed: a run has moments of every kind, and those that come more often in another run weigh more.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harness.capacity.kernel.compiled import Floats, Integers

BEFORE_S = 0.1
AFTER_S = 0.015
_LEAST = 0.05  # of all requests: a class has so many, or its quantiles are chance


def met(due_s: Floats) -> Integers:
    """Of each request, how many others it meets; `due_s` ascend."""
    first = np.searchsorted(due_s, due_s - BEFORE_S, side="left")
    last = np.searchsorted(due_s, due_s + AFTER_S, side="right")
    found: Integers = last - first - 1
    return found


@dataclass(frozen=True)
class Crowds:
    """Classes of requests by how many they meet: from each of `edges` to below the next, the last without end.

    `shares` are how many of all requests each class has where the times were measured, `most` the mean in the last.
    """

    edges: tuple[int, ...]
    shares: tuple[float, ...]
    most: float

    @staticmethod
    def of(measured: Integers) -> "Crowds":
        """So many classes as have enough requests each."""
        counts = np.bincount(measured)
        edges, seen = [0], 0
        for number, count in enumerate(counts):
            seen += int(count)
            if seen >= _LEAST * measured.size and counts[number + 1 :].sum() >= _LEAST * measured.size:
                edges.append(number + 1)
                seen = 0
        return Crowds(tuple(edges), _shares(edges, measured), float(measured[measured >= edges[-1]].mean()))

    def weights(self, measured: Integers, expected: Integers) -> Floats:
        """What each of the `measured` weighs, so that together they are like `expected` ones. Their mean is 1."""
        factors = np.array(_shares(self.edges, expected)) / np.array(self.shares)
        found: Floats = factors[_classes(self.edges, measured)]
        return found

    def beyond(self, expected: Integers) -> bool:
        """Whether those of the last class meet far more than any that were measured: then that is extrapolated."""
        last = expected[expected >= self.edges[-1]]
        return bool(last.size) and float(last.mean()) > 1.5 * self.most


def _classes(edges: Sequence[int], of: Integers) -> Integers:
    found: Integers = np.searchsorted(np.array(edges), of, side="right") - 1
    return found


def _shares(edges: Sequence[int], of: Integers) -> tuple[float, ...]:
    counts = np.bincount(_classes(edges, of), minlength=len(edges))
    return tuple(float(count) / of.size for count in counts)
