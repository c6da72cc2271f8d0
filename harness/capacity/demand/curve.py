"""How the rate goes over the time: a step function, relative to the mean rate of an ordinary day."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

DAY_S = 86_400
STEP_S = 1.0


@dataclass(frozen=True, eq=False)
class Curve:
    """`factors[i]` holds from i·`step_s` to (i+1)·`step_s`; without surges their mean is 1. After its end comes 0."""

    step_s: float
    factors: Floats

    @property
    def duration_s(self) -> float:
        """How long it is."""
        return self.step_s * len(self.factors)

    @property
    def peak(self) -> float:
        """The highest factor."""
        return float(self.factors.max())

    def __str__(self) -> str:
        low, high = int(self.factors.argmin()), int(self.factors.argmax())
        ends = (f"{self.factors[at]:.3g} at {_clock((at + 0.5) * self.step_s)}" for at in (low, high))
        return f"{' to '.join(ends)}, of the mean"

    def integral_s(self, times_s: Floats) -> Floats:
        """The integral of the factor from 0 to each time, in seconds: exact, since it is linear within a step."""
        return np.interp(times_s, *self._integral)

    @cached_property
    def _integral(self) -> tuple[Floats, Floats]:
        """The edges of the steps, and the integral up to each."""
        edges = np.arange(len(self.factors) + 1, dtype=np.float64) * self.step_s
        return edges, np.concatenate((np.zeros(1), np.cumsum(self.factors))) * self.step_s


@dataclass(frozen=True)
class Surge:
    """More than usual from `at_s` on: within `ramp_s` evenly to `factor` times, for `hold_s`, then back.

    What is above 1 decays to 1/e of itself in each `decay_s`. A flash crowd ramps within a minute; a campaign takes
    its time, and more of it.
    """

    at_s: float
    factor: float
    ramp_s: float
    hold_s: float
    decay_s: float

    def __str__(self) -> str:
        return (
            f"{self.factor:g} times from {_clock(self.at_s)} on, within {self.ramp_s:g} s and for {self.hold_s:g} s, "
            f"then down to 1/e in each {self.decay_s:g} s"
        )

    def factors(self, times_s: Floats) -> Floats:
        """By what the rate is multiplied at each time."""
        since = times_s - self.at_s
        rising = np.clip(since / self.ramp_s, 0.0, 1.0) if self.ramp_s > 0 else (since >= 0).astype(np.float64)
        falling = np.exp(-np.maximum(since - self.ramp_s - self.hold_s, 0.0) / self.decay_s)
        return np.asarray(1.0 + (self.factor - 1.0) * rising * falling)


def day(peak_to_trough: float, peak_at_s: float, step_s: float = STEP_S) -> Curve:
    """A sinusoid over 24 hours. Its mean is 1, its peak 2r/(r+1) for a ratio r of peak to trough.

    Each step has the exact mean of the sinusoid over it, so that the whole day has exactly its requests.
    """
    amplitude = (peak_to_trough - 1) / (peak_to_trough + 1)
    turn = 2 * math.pi / DAY_S
    edges = np.arange(round(DAY_S / step_s) + 1, dtype=np.float64) * step_s
    area = edges + amplitude / turn * np.sin(turn * (edges - peak_at_s))
    return Curve(step_s, np.diff(area) / step_s)


def recorded(counts: Sequence[float], step_s: float) -> Curve:
    """The curve of counts per `step_s`. ValueError where nothing was counted, or less than nothing."""
    values = np.asarray(counts, dtype=np.float64)
    if not len(values) or not np.isfinite(values).all() or values.min() < 0 or values.sum() <= 0:
        raise ValueError("a trace needs counts of 0 or more, and one above 0")
    return Curve(step_s, values / values.mean())


def surged(curve: Curve, surges: Iterable[Surge]) -> Curve:
    """The curve with surges, which multiply each other where they meet: they add requests to those of the day."""
    middles = (np.arange(len(curve.factors), dtype=np.float64) + 0.5) * curve.step_s
    factors = curve.factors
    for surge in surges:
        factors = factors * surge.factors(middles)
    return Curve(curve.step_s, factors)


def _clock(time_s: float) -> str:
    """A time of the day to the nearest minute."""
    minutes = round(time_s / 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
