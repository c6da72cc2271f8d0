"""From a first guess to two numbers, one that holds and one that does not, as close as is asked for."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

MOST = 1_000_000_000
_WIDEST = 2.0
_SURELY = 1.2  # beyond what is in doubt, it takes a number that is far from it to fail


class Judged(Protocol):
    """A number of which is known whether it holds; None: it is in doubt."""

    @property
    def holds(self) -> bool | None: ...


T = TypeVar("T", bound=Judged)


@dataclass
class Bracket(Generic[T]):
    """`low` is the largest number that holds with none below it that does not, `high` the smallest that fails.

    `above` is the smallest that is not known to hold. None where there is no such number in the range that was
    searched. `tried` has all that were judged.
    """

    tried: dict[int, T] = field(default_factory=dict)
    low: int | None = None
    above: int | None = None
    high: int | None = None

    def add(self, number: int, judged: T) -> None:
        """What has been found of a number."""
        self.tried[number] = judged
        if not judged.holds:
            self.above = number if self.above is None else min(self.above, number)
        elif self.above is None or number < self.above:
            self.low = number if self.low is None else max(self.low, number)
        if judged.holds is False:
            self.high = number if self.high is None else min(self.high, number)


def bracket(
    judge: Callable[[int], T], first: int, *, tolerance: float, factor: float = 2.0, least: int = 1, most: int = MOST
) -> Bracket[T]:
    """Searches from `first`, between `least` and `most`; `tolerance` is the greatest share by which the ends differ.

    First outwards, by `factor`, each time twice as far by the logarithm, until one number holds and one does not; then
    it halves the logarithm of what is between. What is in doubt counts as not holding for `low` and as not failing for
    `high`: then there may be more than the tolerance between them.
    """
    found: Bracket[T] = Bracket()
    number = min(max(first, least), most)
    found.add(number, judge(number))
    for step in _steps(factor):
        if found.low is not None and found.above is not None:
            break
        last, number = number, _up(number, step, most) if found.above is None else _down(number, step, least)
        if number == last:
            break
        found.add(number, judge(number))
    while found.low and found.above and found.above > max(found.low * (1 + tolerance), found.low + 1):
        number = min(max(round(math.sqrt(found.low * found.above)), found.low + 1), found.above - 1)
        found.add(number, judge(number))
    number = found.above or most
    for step in _steps(max(factor, _SURELY)):
        if found.high is not None or number == most:
            break
        number = _up(number, step, most)
        if number not in found.tried:
            found.add(number, judge(number))
    return found


def _steps(factor: float) -> Iterator[float]:
    """Each step goes as far as all before it together, but for the widest."""
    yield factor
    while True:
        yield factor
        factor = min(factor * factor, _WIDEST)


def _up(number: int, factor: float, most: int) -> int:
    return min(most, max(number + 1, math.ceil(number * factor)))


def _down(number: int, factor: float, least: int) -> int:
    return max(least, min(number - 1, math.floor(number / factor)))
