from dataclasses import replace
from typing import Any

from harness.history import Operation, Outcome
from harness.traffic import stats

MS, S = 1_000_000, 1_000_000_000


def operation(
    number: int,
    outcome: Outcome,
    scheduled: int,
    latency_ms: float | None,
    route: str = "POST /v1/orders",
    **fields: Any,
) -> Operation:
    return Operation(
        op=f"o{number}", action="place_order", route=route, user="u", session="s", scheduled=scheduled,
        first_invoke=scheduled, outcome=outcome, attempts=fields.pop("attempts", 1), latency_ms=latency_ms,
        completed=None if latency_ms is None else scheduled + round(latency_ms * MS), **fields,
    )  # fmt: skip


GOOD, BAD, OPEN = Outcome.ACKNOWLEDGED, Outcome.REFUSED, Outcome.INDETERMINATE
OPERATIONS = [
    operation(1, GOOD, 10 * S, 1.0625, attempts=3),
    operation(2, BAD, 10 * S + 500 * MS, 2.5),
    operation(3, OPEN, 11 * S, None),
    operation(4, GOOD, 11 * S, 1000.0, route="GET /v1/health"),
    operation(5, OPEN, 11 * S, 3000.0),
]


def test_counts_are_of_operations_and_not_of_attempts() -> None:
    counts = stats.counts(OPERATIONS, [11 * S])
    assert (counts.attempted, counts.acknowledged, counts.refused) == (5, 2, 1)
    assert (counts.indeterminate, counts.dropped) == (2, 1)
    assert counts.refused_on_purpose == 0
    bad_body = replace(operation(6, BAD, 11 * S, 2.5), action="bad_body")
    assert stats.counts([*OPERATIONS, bad_body], []).refused_on_purpose == 1
    assert counts.acknowledged_per_s == 1.0  # two, from the first arrival at 10 s to the last acknowledgement at 12 s


def test_nothing_is_a_rate_of_0() -> None:
    assert stats.counts([], []) == stats.Counts(0, 0, 0, 0, 0, 0, 0.0)


def test_latencies_are_exact_in_all_and_per_route() -> None:
    found = stats.latency_ms(OPERATIONS)
    assert list(found) == ["all", "GET /v1/health", "POST /v1/orders"]
    assert found["all"] == stats.Latency(4, p50=2.5, p95=3000.0, p99=3000.0, max=3000.0)
    assert found["POST /v1/orders"].p50 == 2.5
    assert found["GET /v1/health"].max == 1000.0


def test_without_operations_there_is_no_latency() -> None:
    assert stats.latency_ms([]) == {"all": stats.Latency(0, None, None, None, None)}


def test_the_series_has_every_second() -> None:
    seconds = stats.series(OPERATIONS, [13 * S], start_ns=10 * S)
    assert [second.second for second in seconds] == [0, 1, 2, 3, 4]
    assert [second.sent for second in seconds] == [2, 3, 0, 0, 0]
    assert [second.acknowledged for second in seconds] == [1, 0, 1, 0, 0]
    assert [second.refused for second in seconds] == [1, 0, 0, 0, 0]
    assert [second.indeterminate for second in seconds] == [0, 0, 0, 0, 1]
    assert [second.dropped for second in seconds] == [0, 0, 0, 1, 0]
    assert seconds[0].latency_ms == stats.Latency(2, 1.0625, 2.5, 2.5, 2.5)
    assert seconds[1].latency_ms.p50 is None


def test_dropped_arrivals_are_found_in_a_history() -> None:
    assert stats.dropped([{"t": 1, "type": "invoke"}, {"t": 2, "type": "dropped", "scheduled": 9}]) == [9]
