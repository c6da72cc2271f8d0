"""A short look at a setup: where a search begins, and what a change of the stack does to the limit.

It is one simulation of five minutes of an ordinary day, and proves nothing by itself. Two of them meet the same
demand, so that their difference is what was changed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from harness.capacity.demand import Demand, Stated
from harness.capacity.engine.setup import Setup
from harness.capacity.engine.slo import Slo
from harness.capacity.engine.study import busiest_hour
from harness.capacity.executor import Executor
from harness.capacity.search.trial import Outcome, outcome

LENGTH_S = 300.0
RAMP_S = 600.0  # controllers add nodes, pods and replicas within it, from an idle stack


@dataclass(frozen=True)
class Glimpse:
    """Of one number of users."""

    users: int
    holds: bool
    outcome: Outcome


class Glimpses:
    """Looks at numbers of users of a setup, and of others that differ from it."""

    def __init__(
        self,
        setup: Setup,
        executor: Executor,
        slos: Sequence[Slo],
        *,
        known: Sequence[Glimpse] = (),
    ) -> None:
        self._known = {each.users: each for each in known}
        self._setup = setup
        self._executor = executor
        self._slos = slos

    def __call__(self, users: int) -> Glimpse:
        """At the setup itself."""
        return self._known.get(users) or next(self.at([self._setup], users))

    def at(self, setups: Sequence[Setup], users: int) -> Iterator[Glimpse]:
        """At each of several setups, which are begun at once."""
        found = self._executor.start(outcome, [_short(setup, users) for setup in setups])
        return (Glimpse(users, each.within(self._slos), each) for each in found)

    def of(self, setup: Setup, known: Sequence[Glimpse]) -> "Glimpses":
        """The same of another setup, of which some are `known`."""
        return Glimpses(setup, self._executor, self._slos, known=known)


def _short(setup: Setup, users: int) -> Setup:
    demand = _ordinary(setup.demand.of(users))
    begin_s = busiest_hour(demand, LENGTH_S)
    return replace(
        setup,
        demand=demand,
        begin_s=begin_s,
        end_s=min(begin_s + LENGTH_S, demand.curve.duration_s),
        ramp_s=min(RAMP_S, begin_s),
        faults=(),
    )


def _ordinary(demand: Demand) -> Demand:
    return replace(demand, day_variation=Stated(0.0, "an ordinary day"))
