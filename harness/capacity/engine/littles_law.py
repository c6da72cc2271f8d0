"""Little's law: what a stage holds on average is what leaves it each second times how long that has stayed.

Within a window it is exact with what the window cuts off: those who were there when it began have stayed for a part of
their time already, and those who are there when it ends will be counted with none. The left side follows from the times
at which requests come and go, the right one from what the stage itself says of each; so they differ where a stage
forgets one, makes one up, or takes its time from another.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from harness.capacity.engine.conservation import NotConserved
from harness.capacity.kernel.occupancy import Mark

TOLERANCE = 1e-6
"""Of what is held: rounding alone makes both sides differ."""


@dataclass(frozen=True)
class Balance:
    """Of one stage: `held` on average over time; what departed each second; how long it had stayed; and `cut`.

    `cut` is what the window's ends add: how long those at its end have stayed, less that of those at its beginning,
    over its length.
    """

    stage: str
    held: float
    per_s: float
    mean_s: float
    cut: float

    @staticmethod
    def between(stage: str, begin: Mark, end: Mark, seconds: float) -> "Balance":
        """Of the window of `seconds` from one mark to the other."""
        departed = end.departed - begin.departed
        stayed_s = end.stayed_s - begin.stayed_s
        return Balance(
            stage,
            held=(end.held_s - begin.held_s) / seconds,
            per_s=departed / seconds,
            # A lost batch has been worked at although nothing departed with it.
            mean_s=stayed_s / departed if departed else 0.0,
            cut=(end.staying_s - begin.staying_s + (0.0 if departed else stayed_s)) / seconds,
        )

    @property
    def expected(self) -> float:
        """What the law says of `held`."""
        return self.per_s * self.mean_s + self.cut

    @property
    def holds(self) -> bool:
        """Whether both sides are the same."""
        return abs(self.held - self.expected) <= TOLERANCE * max(1.0, self.held)


def check(balances: Iterable[Balance]) -> None:
    """Raises NotConserved where the law does not hold of a stage."""
    for balance in balances:
        if not balance.holds:
            raise NotConserved(
                f"{balance.stage}: {balance.held:g} were held on average, {balance.expected:g} by Little's law"
            )
