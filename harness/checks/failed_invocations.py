"""Failed invocations: functions raised, crashed or ran into their timeout although nothing was broken."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

from harness.checks.facts import SERVED, Facts, Served, needed
from harness.checks.outages import Span, during
from harness.checks.result import CheckResult, Findings
from harness.history import Operation


def check(operations: Sequence[Operation], facts: Facts, allowed: int = 0, outages: Sequence[Span] = ()) -> CheckResult:
    """No more than `allowed` invocations of functions and batches of event sources failed outside of `outages`.

    The platform's counters tell how many failed between two looks; where an outage touches that time, it explains
    them. `examined` counts what was served; figure: `during_outages`, the failures that an outage explains.
    """
    looks: dict[str, list[Served]] = defaultdict(list)
    for look in needed(facts.served, SERVED):
        looks[look.part].append(look)
    found = Findings()
    explained = 0
    for part, series in looks.items():
        for before, after in pairwise(sorted(series, key=lambda look: look.t)):
            found.examined += after.served - before.served
            failed = after.failed - before.failed
            if during((before.t, after.t), outages):
                explained += failed
            elif failed:
                found.wrong("{}: {} of {} failed", part, failed, after.served - before.served, times=failed)
    return found.result(allowed=allowed, figures={"during_outages": explained})
