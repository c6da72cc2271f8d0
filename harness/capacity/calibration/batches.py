"""What a batch takes: so much once, and so much for each message in it."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from harness.capacity.calibration.distribution import Distribution


@dataclass(frozen=True)
class BatchTime:
    """A batch of n takes (`fixed_ms` + `per_message_ms` · n) times a factor, whose distribution, of mean 1, is
    `spread`.

    `smallest` and `largest` are the batches that were seen: beyond them it is extrapolated. Where they are equal, or
    the least squares gave a negative part, the one part that is left has it all (`determined` False).
    """

    fixed_ms: float
    per_message_ms: float
    spread: Distribution
    smallest: int
    largest: int
    determined: bool

    def mean_ms(self, size: float) -> float:
        """The expected duration of a batch of `size` messages, without its spread."""
        return self.fixed_ms + self.per_message_ms * size

    def scaled(self, factor: float) -> "BatchTime":
        """The same where everything takes `factor` times as long."""
        return replace(self, fixed_ms=self.fixed_ms * factor, per_message_ms=self.per_message_ms * factor)


def fit(batches: Iterable[tuple[int, float]]) -> BatchTime:
    """From (messages, ms) of each batch, by ordinary least squares. ValueError of no batches."""
    seen = list(batches)
    if not seen:
        raise ValueError("no batches")
    sizes, times = [size for size, _ in seen], [ms for _, ms in seen]
    mean_size, mean_ms = math.fsum(sizes) / len(seen), math.fsum(times) / len(seen)
    spread = math.fsum((size - mean_size) ** 2 for size in sizes)
    slope = math.fsum((size - mean_size) * (ms - mean_ms) for size, ms in seen) / spread if spread else 0.0
    fixed = mean_ms - slope * mean_size
    determined = bool(spread) and slope >= 0 and fixed >= 0
    if slope < 0 or not spread:
        fixed, slope = mean_ms, 0.0
    elif fixed < 0:  # through the origin
        fixed, slope = 0.0, math.fsum(size * ms for size, ms in seen) / math.fsum(size * size for size in sizes)
    ratios = [ms / (fixed + slope * size) if fixed + slope * size > 0 else 1.0 for size, ms in seen]
    # Of mean 1, so that it leaves the expected duration what it is.
    middle = math.fsum(ratios) / len(ratios) or 1.0
    ratios = [ratio / middle for ratio in ratios]
    return BatchTime(fixed, slope, Distribution.of(ratios), min(sizes), max(sizes), determined)
