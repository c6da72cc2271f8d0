"""Axes of a chart: where a value lies, as a share from 0 to 1, and what is written beside it."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from harness.report.figures import clock, number

_STEPS_S = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400)
_MOST_TICKS = 12
_DECADES_WITH_PARTS = 2
_MOST_DECADES = 6
_NOTHING = 1e-6


@dataclass(frozen=True)
class Tick:
    """A mark at a share of the axis."""

    share: float
    text: str


@dataclass(frozen=True)
class TimeAxis:
    """From `begin_s` to `end_s`: seconds since the first arrival, or times `of_day`, which are shown as hh:mm."""

    begin_s: float
    end_s: float
    of_day: bool = False

    def at(self, time_s: float) -> float:
        """Its share of the axis; what is outside lies at an end."""
        return min(max((time_s - self.begin_s) / self._span_s, 0.0), 1.0)

    def text(self, time_s: float) -> str:
        """A time as the axis writes it."""
        return clock(time_s, seconds=self._step_s < 60) if self.of_day else f"{number(time_s)} s"

    @property
    def ticks(self) -> list[Tick]:
        """At round times."""
        step_s = self._step_s
        first, last = math.ceil(self.begin_s / step_s), math.floor((self.begin_s + self._span_s) / step_s)
        return [Tick(self.at(step_s * count), self.text(step_s * count)) for count in range(first, last + 1)]

    @property
    def _span_s(self) -> float:
        return max(self.end_s - self.begin_s, 1.0)

    @property
    def _step_s(self) -> float:
        fitting = (step for step in _STEPS_S if self._span_s / step <= _MOST_TICKS)
        return next(fitting, _STEPS_S[-1] * math.ceil(self._span_s / _STEPS_S[-1] / _MOST_TICKS))


@dataclass(frozen=True)
class ValueAxis:
    """From `low` to `high`; where it is `logarithmic`, `low` is above 0 and what is less lies at it.

    `whole` has no marks between whole numbers: there is no half a pod.
    """

    low: float
    high: float
    logarithmic: bool = False
    whole: bool = False

    @staticmethod
    def over(values: Iterable[float], *, logarithmic: bool = False) -> "ValueAxis":
        """An axis with round ends that has room for `values`."""
        all_values = list(values)
        positive = [value for value in all_values if value > _NOTHING]
        if logarithmic and positive:
            low, high = math.floor(math.log10(min(positive))), math.ceil(math.log10(max(positive)))
            high = max(high, low + 1)
            return ValueAxis(10.0 ** max(low, high - _MOST_DECADES), 10.0**high, logarithmic=True)
        whole = all(value == int(value) for value in all_values)
        return ValueAxis(0.0, _ceiling(max(positive, default=0.0)), whole=whole)

    def at(self, value: float) -> float:
        """Its share of the axis."""
        if not self.logarithmic:
            return (value - self.low) / (self.high - self.low)
        low, high = math.log10(self.low), math.log10(self.high)
        return (math.log10(max(value, self.low)) - low) / (high - low)

    @property
    def ticks(self) -> list[Tick]:
        """At round values: quarters, or powers of ten."""
        if self.logarithmic:
            decades = range(round(math.log10(self.low)), round(math.log10(self.high)) + 1)
            parts = (1, 2, 5) if len(decades) <= _DECADES_WITH_PARTS + 1 else (1,)
            values = [part * 10.0**decade for decade in decades for part in parts]
        else:
            values = [self.low + (self.high - self.low) * step / 4 for step in range(5)]
        return [
            Tick(self.at(value), number(value))
            for value in values
            if value <= self.high and (not self.whole or value == int(value))
        ]


def _ceiling(value: float) -> float:
    """The next of 1, 2, 4, 5, 8, 10 … above `value`, so that four steps have round figures."""
    if value <= _NOTHING:
        return 1.0
    scale = 10.0 ** math.floor(math.log10(value))
    return next((step * scale for step in (1, 2, 4, 5, 8) if step * scale >= value), 10 * scale)
