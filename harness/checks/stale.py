"""Stale: a read shows an older version than some client had seen before it was sent."""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence

from contracts import identity
from harness.checks import intents
from harness.checks.facts import Facts
from harness.checks.non_monotonic_read import NOT_KNOWN
from harness.checks.result import CheckResult, Findings
from harness.history import Operation

_QUANTILES = (0.0, 0.5, 0.95, 0.99, 1.0)


def check(operations: Sequence[Operation], facts: Facts, bound_ms: float | None = None) -> CheckResult:
    """How stale the reads of single orders are.

    The staleness of a read of version v is the time from when version v+1 became known (the first answer that showed it
    or a later one, to anybody, also in a list) until the read was sent. The read model may lag, so this is counted and
    fails only above `bound_ms`. Figures: `stale` reads, and quantiles `staleness_p50_ms` … over these.
    """
    found = Findings()
    known: dict[str, dict[int, int]] = defaultdict(dict)
    for order_id, version, completed in _answers(operations):
        times = known[order_id]
        times[version] = min(completed, times.get(version, completed))
    for times in known.values():  # known at least: a later version that was seen earlier counts for its predecessors
        earliest = times[max(times)]
        for version in range(max(times), 0, -1):
            times[version] = earliest = min(earliest, times.get(version, earliest))

    staleness_ms = []
    for read in intents.on(operations, intents.READ_ORDER):
        shown = _shown(read)
        if shown is None or read.order_id is None:
            continue
        found.examined += 1
        newer = known[read.order_id].get(shown + 1)
        if newer is None or newer >= read.first_invoke:
            continue
        staleness_ms.append((read.first_invoke - newer) / 1e6)
        if bound_ms is not None and staleness_ms[-1] > bound_ms:
            found.wrong(
                "{}: got version {} of order {}, {:.0f} ms after version {} was known; allowed are {:.0f} ms",
                intents.named(read), shown, read.order_id, staleness_ms[-1], shown + 1, bound_ms,
            )  # fmt: skip
    return found.result(figures={"stale": len(staleness_ms), **_quantiles(sorted(staleness_ms))})


def _answers(operations: Sequence[Operation]) -> Iterator[tuple[str, int, int]]:
    """Every (order, version, time of the answer) that a client was shown."""
    for read in intents.on(operations, intents.READ_ORDER, intents.LIST_ORDERS):
        if read.completed is None or not intents.acknowledged(read):
            continue
        if read.order_id is not None and read.version is not None:
            yield read.order_id, read.version, read.completed
        for order_id, version in read.items or ():
            yield order_id, version, read.completed


def _shown(read: Operation) -> int | None:
    """The version that the reader was shown: 0 for an order of its own that is not known, None for no answer."""
    if intents.acknowledged(read):
        return read.version
    own = read.order_id is not None and read.status == NOT_KNOWN and identity.owns(read.user, read.order_id)
    return 0 if own and intents.refused(read) else None


def _quantiles(ordered: Sequence[float]) -> dict[str, float]:
    """Nearest-rank quantiles: the smallest value that at least this share of all values does not exceed."""
    if not ordered:
        return {}
    ranks = {quantile: max(1, math.ceil(quantile * len(ordered))) for quantile in _QUANTILES}
    return {f"staleness_p{quantile * 100:.0f}_ms": round(ordered[rank - 1], 3) for quantile, rank in ranks.items()}
