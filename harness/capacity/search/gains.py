"""What raising each value of a stack would buy: by how much the limit moves, and what it costs at rest."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from harness.capacity.at_rest import at_rest
from harness.capacity.engine.setup import Setup
from harness.capacity.prices import PriceList
from harness.capacity.search.bracket import Bracket, bracket
from harness.capacity.search.glimpse import Glimpse, Glimpses
from harness.capacity.search.raises import Raise
from harness.capacity.settings import stack_of

_FULL, _HALF = 0.9, 0.5
MORE = 1.1  # what a raise has to bear at least, to be looked at more closely


@dataclass(frozen=True)
class Gain:
    """`setting` from `before` to `after` would carry `users`, which are `more`. `usd_per_month` None: not priced."""

    setting: str
    before: Any
    after: Any
    users: int
    more: int
    usd_per_month: float | None

    def as_json(self) -> dict[str, Any]:
        """For a script."""
        cost = self.usd_per_month
        return {
            "setting": self.setting,
            "from": self.before,
            "to": self.after,
            "max_users": self.users,
            "gain_users": self.more,
            "cost_usd_per_month_delta": None if cost is None else round(cost, 2),
        }


def gains(
    setup: Setup,
    base: Bracket[Glimpse],
    raised: Sequence[Raise],
    glimpses: Glimpses,
    *,
    tolerance: float,
    progress: Callable[[str], None] = lambda _: None,
) -> list[Gain]:
    """The gain of each of `raised` at `setup`, whose users hold, the largest first. `base` is of its own glimpses.

    The likely ones are looked at with `MORE` than the base's low users. Where these hold, the limit is searched anew
    from there, with the same demand, and the setup's users gain in proportion. Where not, they gain nothing.
    """
    users, short = setup.demand.users, base.low or 1
    first = max(round(short * MORE), short + 1)
    most = dict.fromkeys((each.path for each in raised), users)
    tried = likely(raised, base)
    for each, glimpse in zip(tried, glimpses.at([each.setup for each in tried], first), strict=True):
        if glimpse.holds:
            low = bracket(glimpses.of(each.setup, known=[glimpse]), first, tolerance=tolerance).low
            most[each.path] = round(users * (low or first) / short)
        progress(f"{each.path} {each.before} -> {each.after}: {most[each.path] - users:+,} users")
    found = [
        Gain(each.path, each.before, each.after, most[each.path], most[each.path] - users, cost(setup, each.setup))
        for each in raised
    ]
    return sorted(found, key=lambda gain: (-gain.more, gain.usd_per_month is None, gain.usd_per_month or 0.0))


def likely(raised: Sequence[Raise], base: Bracket[Glimpse]) -> list[Raise]:
    """Those that may buy something: of a part of which more than half is used just below the limit.

    All of them where nothing is full beyond it: then it is not a resource that binds.
    """
    if base.low is None or base.high is None or max(base.tried[base.high].outcome.shares.values()) < _FULL:
        return list(raised)
    used = [name for name, share in base.tried[base.low].outcome.shares.items() if share > _HALF]
    return [each for each in raised if any(each.part in name for name in used)]


def cost(one: Setup, other: Setup) -> float | None:
    """What `other` costs per month at rest beyond `one`; None where only one of them has a price for everything."""
    prices = PriceList.load()
    before, after = (at_rest(stack_of(each.document), prices) for each in (one, other))
    same = {line.what for line in before.not_priced} == {line.what for line in after.not_priced}
    return after.usd_per_month - before.usd_per_month if same else None
