"""Whether faults broke a service level, and not a limit: by the minutes in which it was missed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from harness.capacity.engine.faults import Fault
from harness.capacity.engine.result import Result
from harness.capacity.engine.slo import Kept

SETTLES_S = 600.0
"""What a fault leaves is over by then: SQS gives messages back within five minutes, nodes start in fewer."""

_WORTH_NAMING = 0.05
_PERCENTILES = {"latency_ms.all.p99": "latency_p99_ms", "read_model_ms.p99": "visible_p99_ms"}
_SHARES = {"throttled_share": ("refused_per_s", "throttled_per_s"), "failed_share": ("failed_per_s",)}


def broken_by(kept: Kept, day: Result) -> tuple[Fault, ...]:
    """The faults in or after which every minute lies that missed the level.

    None where it is kept, where the busiest hour, which has no faults, misses it too, or where another minute does. A
    fault's minutes are those from its beginning on until none has missed the level for `SETTLES_S`, itself healed. Of
    several faults those are left out that have no part worth naming in how much was missed, by values and attempts.
    """
    limit = kept.slo.limit
    if kept.holds or (kept.busiest is not None and kept.busiest.high > limit):
        return ()
    per_s = dict(zip(day.series["time_s"], day.series["attempts_per_s"], strict=True))
    missed = {end_s: value * per_s[end_s] for end_s, value in _minutes(kept.slo.figure, day.series) if value > limit}
    of_faults = {fault: _of(fault, missed) for fault in day.faults}
    if set().union(*of_faults.values()) != missed.keys():
        return ()
    least = _WORTH_NAMING * sum(missed.values())
    return tuple(f for f, minutes in of_faults.items() if minutes and sum(missed[each] for each in minutes) >= least)


def _of(fault: Fault, missed: Iterable[float]) -> set[float]:
    """Those of the `missed` minutes, by their ends, that are the fault's."""
    minutes: set[float] = set()
    until_s = fault.until_s
    for end_s in missed:
        if fault.at_s < end_s <= until_s + SETTLES_S:
            minutes.add(end_s)
            until_s = max(until_s, end_s)
    return minutes


def _minutes(figure: str, series: Mapping[str, Sequence[float]]) -> Iterator[tuple[float, float]]:
    """The end of each minute and its value of a figure; nothing for one that is not kept by the minute."""
    if figure in _PERCENTILES:
        yield from zip(series["time_s"], series[_PERCENTILES[figure]], strict=True)
    if figure in _SHARES:
        counts = zip(*(series[name] for name in _SHARES[figure]), strict=True)
        for end_s, each, attempts in zip(series["time_s"], counts, series["attempts_per_s"], strict=True):
            yield end_s, sum(each) / attempts if attempts else 0.0
