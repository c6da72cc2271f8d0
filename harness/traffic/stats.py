"""What came of the traffic, in figures: exact ones, from every operation, without buckets or rounding."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.history import Operation, Outcome
from harness.traffic.actions import ACTIONS
from harness.traffic.progress import percentile

ALL = "all"


@dataclass(frozen=True)
class Counts:
    """Operations, not attempts. `attempted` were sent; `dropped` never were, and are not part of it.

    Of the `refused`, `refused_on_purpose` asked for nothing else. `acknowledged_per_s` is over the time from the first
    arrival to the last acknowledgement; 0 where there is none.
    """

    attempted: int
    acknowledged: int
    refused: int
    refused_on_purpose: int
    indeterminate: int
    dropped: int
    acknowledged_per_s: float


@dataclass(frozen=True)
class Latency:
    """Nearest-rank percentiles, in ms from the scheduled time, of all operations that came to an end, with retries.

    What was refused or timed out counts too, since its user has waited as well. None of nothing.
    """

    samples: int
    p50: float | None
    p95: float | None
    p99: float | None
    max: float | None


@dataclass(frozen=True)
class Second:
    """One second of the run. `sent` and `dropped` are by the scheduled time, the rest by the time of the answer."""

    second: int
    sent: int
    acknowledged: int
    refused: int
    indeterminate: int
    dropped: int
    latency_ms: Latency


def dropped(records: Iterable[Mapping[str, Any]]) -> list[int]:
    """The scheduled times, in ns, of the arrivals that were dropped."""
    return [record["scheduled"] for record in records if record["type"] == "dropped"]


def counts(operations: Sequence[Operation], dropped_ns: Sequence[int]) -> Counts:
    """The counts of a run."""
    number = dict.fromkeys(Outcome, 0)
    for operation in operations:
        number[operation.outcome] += 1
    good = (each for each in operations if each.outcome is Outcome.ACKNOWLEDGED)
    ends = [each.completed for each in good if each.completed is not None]
    span_s = (max(ends) - min(each.scheduled for each in operations)) / 1e9 if ends else 0.0
    return Counts(
        attempted=len(operations),
        acknowledged=number[Outcome.ACKNOWLEDGED],
        refused=number[Outcome.REFUSED],
        refused_on_purpose=sum(
            operation.outcome is Outcome.REFUSED and ACTIONS[operation.action].to_be_refused for operation in operations
        ),
        indeterminate=number[Outcome.INDETERMINATE],
        dropped=len(dropped_ns),
        acknowledged_per_s=round(number[Outcome.ACKNOWLEDGED] / span_s, 3) if span_s > 0 else 0.0,
    )


def latency_ms(operations: Iterable[Operation]) -> dict[str, Latency]:
    """The latency in all (key "all") and per route, routes in order of their names."""
    samples: dict[str, list[float]] = defaultdict(list)
    for operation in operations:
        if operation.latency_ms is not None:
            samples[ALL].append(operation.latency_ms)
            samples[operation.route].append(operation.latency_ms)
    return {ALL: _latency(samples.pop(ALL, [])), **{route: _latency(samples[route]) for route in sorted(samples)}}


def series(operations: Sequence[Operation], dropped_ns: Sequence[int], start_ns: int) -> list[Second]:
    """The run second by second, counted from `start_ns` (CLOCK_MONOTONIC), without gaps."""
    sent: dict[int, int] = defaultdict(int)
    lost: dict[int, int] = defaultdict(int)
    ended: dict[int, dict[Outcome, int]] = defaultdict(lambda: dict.fromkeys(Outcome, 0))
    samples: dict[int, list[float]] = defaultdict(list)

    def second(t: int) -> int:
        return max((t - start_ns) // 1_000_000_000, 0)

    for operation in operations:
        sent[second(operation.scheduled)] += 1
        if operation.completed is not None and operation.latency_ms is not None:
            ended[second(operation.completed)][operation.outcome] += 1
            samples[second(operation.completed)].append(operation.latency_ms)
    for t in dropped_ns:
        lost[second(t)] += 1
    last = max([*sent, *lost, *ended], default=-1)
    return [
        Second(
            second=number,
            sent=sent[number],
            acknowledged=ended[number][Outcome.ACKNOWLEDGED],
            refused=ended[number][Outcome.REFUSED],
            indeterminate=ended[number][Outcome.INDETERMINATE],
            dropped=lost[number],
            latency_ms=_latency(samples[number]),
        )
        for number in range(last + 1)
    ]


def _latency(samples: list[float]) -> Latency:
    samples.sort()
    return Latency(
        samples=len(samples),
        p50=percentile(samples, 0.5),
        p95=percentile(samples, 0.95),
        p99=percentile(samples, 0.99),
        max=percentile(samples, 1.0),
    )
