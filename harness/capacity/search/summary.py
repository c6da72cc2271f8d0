"""A search for a terminal: how many users, what was tried, what binds, and what raises would buy."""

import itertools
from collections.abc import Iterator

from harness.capacity.search.found import Found
from harness.capacity.search.gains import Gain

_GAINS = 12
_WORDS = {True: "holds", False: "fails", None: "in doubt"}


def summary(found: Found) -> str:
    """A few dozen lines."""
    return "\n".join(itertools.chain(_answer(found), _tried(found), _gains(found)))


def _answer(found: Found) -> Iterator[str]:
    high = found.bracket.high
    fails = "none that was tried fails" if high is None else f"{high:,} fail"
    yield f"{found.users:,} users hold; {fails}" if found.users else f"no number of users holds; {fails}"
    yield f"binds: {found.binds}"


def _tried(found: Found) -> Iterator[str]:
    figures = [each.figure for each in found.tried[0].slos]
    yield " ".join((f"{'users':>15} {'runs':>4} {'':<8}", *(f"{name:>26}" for name in figures)))
    for trial in found.tried:
        intervals = trial.intervals
        cells = (
            f"{f'{interval.low:,.4g} to {interval.high:,.4g}' if (interval := intervals.get(name)) else '-':>26}"
            for name in figures
        )
        yield " ".join((f"{trial.users:>15,} {len(trial.outcomes):>4} {_WORDS[trial.holds]:<8}", *cells))


def _gains(found: Found) -> Iterator[str]:
    if not found.gains:
        return
    buying = [each for each in found.gains if each.more > 0]
    yield "raised by one step:"
    for each in buying[:_GAINS]:
        yield f"  {each.more:>+15,} users  {each.setting} {each.before} -> {each.after}{_cost(each)}"
    yield f"  {len(found.gains) - len(buying)} others buy nothing by themselves"


def _cost(gain: Gain) -> str:
    if gain.usd_per_month is None:
        return ", not priced"
    return f", {gain.usd_per_month:+,.0f} USD a month at rest" if gain.usd_per_month else ""
