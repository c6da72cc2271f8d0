"""Little's law: what a stage holds on average is what enters each second times how long it stays there."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Balance:
    """Of one stage: `held` on average, as sampled at the ends of ticks; what departed each second; and its time."""

    stage: str
    held: float
    per_s: float
    mean_s: float

    @property
    def expected(self) -> float:
        """What the law says of `held`."""
        return self.per_s * self.mean_s


class Counting:
    """Sums for a stage's balance."""

    def __init__(self, stage: str) -> None:
        self._stage = stage
        self._seconds = 0.0
        self._held_s = 0.0
        self._departed = 0
        self._stayed_s = 0.0

    def add(self, during_s: float, held: float, departed: int, stayed_s: float) -> None:
        """A tick of `during_s`, at whose end `held` were there; `departed` have stayed `stayed_s` in sum."""
        self._seconds += during_s
        self._held_s += held * during_s
        self._departed += departed
        self._stayed_s += stayed_s

    @property
    def balance(self) -> Balance:
        """What has come out of it."""
        seconds = self._seconds or 1.0
        mean_s = self._stayed_s / self._departed if self._departed else 0.0
        return Balance(self._stage, self._held_s / seconds, self._departed / seconds, mean_s)
