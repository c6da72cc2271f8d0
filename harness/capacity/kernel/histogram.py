"""Durations in buckets whose width grows with the value: exact counts, quantiles within 0.4 %, of any number of values.

As DDSketch (Masson, Rim and Lee, VLDB 2019), with the buckets that the binary form of a number gives for nothing
instead of logarithms: each power of two is cut into 128 equal parts.
"""

import numpy as np
from numpy.typing import ArrayLike

from harness.capacity.kernel.compiled import Floats, Integers, compiled

_PARTS_BITS = 7
_SHIFT = 52 - _PARTS_BITS
_LOWEST, _HIGHEST = 2.0**-20, 2.0**20  # from a microsecond to twelve days
_OFFSET = int(np.float64(_LOWEST).view(np.int64)) >> _SHIFT
_BUCKETS = (int(np.float64(_HIGHEST).view(np.int64)) >> _SHIFT) - _OFFSET

RELATIVE_ERROR = 1 / (2 ** (_PARTS_BITS + 1) + 1)


@compiled
def _record(bits: Integers, values: Floats, counts: Integers) -> tuple[float, float, float]:
    total, low, high = 0.0, np.inf, -np.inf
    for i in range(bits.size):
        counts[min(max((bits[i] >> _SHIFT) - _OFFSET + 1, 0), counts.size - 1)] += 1
        value = values[i]
        total += value
        low = min(low, value)
        high = max(high, value)
    return total, low, high


@compiled
def _record_each(bits: Integers, values: Floats, kinds: Integers, counts: Integers, sums: Floats) -> None:
    """Rows of `sums` are total, smallest and largest of each kind."""
    for i in range(bits.size):
        kind, value = kinds[i], values[i]
        counts[kind, min(max((bits[i] >> _SHIFT) - _OFFSET + 1, 0), counts.shape[1] - 1)] += 1
        sums[0, kind] += value
        sums[1, kind] = min(sums[1, kind], value)
        sums[2, kind] = max(sums[2, kind], value)


# A bucket is from one bound to the next; the first and last hold what lies beyond. What stands for a bucket lies so
# between its bounds that the relative error is the same at both.
_BOUNDS: Floats = ((np.arange(_BUCKETS + 1, dtype=np.int64) + _OFFSET) << _SHIFT).view(np.float64)
_VALUES: Floats = np.concatenate(([0.0], 2 * _BOUNDS[:-1] * _BOUNDS[1:] / (_BOUNDS[:-1] + _BOUNDS[1:]), [_HIGHEST]))


class Histogram:
    """Durations in seconds, 0 or more. Below a microsecond they count as 0."""

    def __init__(self) -> None:
        self._counts: Integers = np.zeros(_BUCKETS + 2, np.int64)
        self._total = 0.0
        self._low = np.inf
        self._high = -np.inf

    def record(self, values: Floats) -> None:
        """Counts `values`."""
        contiguous = np.ascontiguousarray(values)
        total, low, high = _record(contiguous.view(np.int64), contiguous, self._counts)
        self._total += total
        self._low = min(self._low, low)
        self._high = max(self._high, high)

    def merge(self, other: "Histogram") -> None:
        """Adds what `other` has counted: afterwards as if all had been recorded here."""
        self._counts += other._counts
        self._total += other._total
        self._low = min(self._low, other._low)
        self._high = max(self._high, other._high)

    @property
    def count(self) -> int:
        """How many values."""
        return int(self._counts.sum())

    @property
    def mean(self) -> float:
        """Their mean, NaN where there is none."""
        return self._total / self.count if self.count else np.nan

    @property
    def largest(self) -> float:
        """The largest, exactly; NaN where there is none."""
        return self._high if self.count else np.nan

    def quantiles(self, probabilities: ArrayLike) -> Floats:
        """The values below which these shares of all lie, within RELATIVE_ERROR of a recorded one; NaN without any."""
        shares = np.asarray(probabilities, np.float64)
        if not self.count:
            return np.full(shares.shape, np.nan)
        cumulated = np.cumsum(self._counts)
        ranks = np.ceil(shares * self.count).clip(1, self.count)
        found: Floats = _VALUES[np.searchsorted(cumulated, ranks)].clip(self._low, self._high)
        return found

    def share_above(self, limit: float) -> float:
        """The share of values above `limit`, without those in its own bucket; NaN where there is none."""
        above = int(self._counts[np.searchsorted(_BOUNDS, limit, side="right") + 1 :].sum())
        return above / self.count if self.count else np.nan


class Histograms:
    """A histogram of each of so many `kinds`, which are filled in one pass."""

    def __init__(self, kinds: int) -> None:
        self._counts: Integers = np.zeros((kinds, _BUCKETS + 2), np.int64)
        self._sums: Floats = np.stack((np.zeros(kinds), np.full(kinds, np.inf), np.full(kinds, -np.inf)))

    def record(self, values: Floats, kinds: Integers) -> None:
        """Counts `values` (s), each as one of its kind."""
        contiguous = np.ascontiguousarray(values)
        _record_each(contiguous.view(np.int64), contiguous, kinds, self._counts, self._sums)

    def merge(self, other: "Histograms") -> None:
        """Adds what `other`, of the same kinds, has counted."""
        self._counts += other._counts
        self._sums[0] += other._sums[0]
        self._sums[1] = np.minimum(self._sums[1], other._sums[1])
        self._sums[2] = np.maximum(self._sums[2], other._sums[2])

    def of(self, kind: int) -> Histogram:
        """That of one kind."""
        return self._chosen(slice(kind, kind + 1))

    @property
    def all(self) -> Histogram:
        """That of all kinds together."""
        return self._chosen(slice(None))

    def _chosen(self, kinds: slice) -> Histogram:
        found = Histogram()
        found._counts = self._counts[kinds].sum(axis=0)
        found._total = float(self._sums[0, kinds].sum())
        found._low, found._high = float(self._sums[1, kinds].min()), float(self._sums[2, kinds].max())
        return found
