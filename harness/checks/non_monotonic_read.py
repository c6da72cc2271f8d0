"""Non-monotonic read: a session sees a version of its order, and later an older one."""

from collections import defaultdict
from collections.abc import Sequence

from harness.checks import intents
from harness.checks.facts import Facts
from harness.checks.result import CheckResult, Findings
from harness.history import Operation

NOT_KNOWN = 404


def check(operations: Sequence[Operation], facts: Facts) -> CheckResult:
    """No read that sent `Min-Version` is answered with less than that, or with less than its session had seen before.

    Before means: by a read that was answered before this one was first sent. Reads that overlap prove nothing. A 404
    counts as version 0: an order does not cease to be known. `examined` counts the answered reads with `Min-Version`.
    This is also all that the API promises of reading one's own writes, so no checker of its own judges them.
    """
    found = Findings()
    sessions: dict[tuple[str, str, str], list[Operation]] = defaultdict(list)
    for read in intents.on(operations, intents.READ_ORDER):
        if read.order_id is not None and read.completed is not None and _seen(read) is not None:
            sessions[read.user, read.session, read.order_id].append(read)
    for (_, _, order_id), reads in sessions.items():
        answered = sorted(reads, key=lambda read: read.completed or 0)
        newest: Operation | None = None
        position = 0
        for read in sorted(reads, key=lambda read: read.first_invoke):
            while (answered[position].completed or 0) < read.first_invoke:
                if newest is None or _version(answered[position]) > _version(newest):
                    newest = answered[position]
                position += 1
            if read.min_version is None:
                continue
            found.examined += 1
            if _version(read) < read.min_version:
                found.wrong(
                    "{}: sent Min-Version {} for order {} and got version {}",
                    intents.named(read), read.min_version, order_id, _version(read),
                )  # fmt: skip
            elif newest is not None and _version(read) < _version(newest):
                found.wrong(
                    "{}: got version {} of order {}, after {} had got version {}",
                    intents.named(read), _version(read), order_id, newest.op, _version(newest),
                )  # fmt: skip
    return found.result()


def _seen(read: Operation) -> int | None:
    """The version that a read's answer tells of; 0 where the order is not known; None where it tells nothing."""
    if intents.acknowledged(read):
        return read.version
    return 0 if read.status == NOT_KNOWN and intents.refused(read) else None


def _version(read: Operation) -> int:
    return _seen(read) or 0
