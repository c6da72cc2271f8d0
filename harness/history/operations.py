"""From records to operations: one user's intention each, with what became of it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from harness.history.errors import HistoryError


class Outcome(StrEnum):
    """What a client may conclude. Indeterminate is never counted as refused."""

    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"
    INDETERMINATE = "indeterminate"


@dataclass(frozen=True, slots=True)
class Operation:
    """One arrival and all its attempts. Times are CLOCK_MONOTONIC in ns; `latency_ms` counts from `scheduled`.

    What the answer said (`status` … `error`) is that of the deciding attempt: the first acknowledged one, else the
    last answered one. `min_version` is what that attempt demanded. `unexpected` tells how the answer broke the API's
    contract; None if it did not. `failed` has the begin and end of each attempt that met a server error or no whole
    answer, whatever a later one got.
    """

    op: str
    action: str
    route: str
    user: str
    session: str
    scheduled: int
    first_invoke: int
    outcome: Outcome
    attempts: int
    key: str | None = None
    message_id: str | None = None
    order_id: str | None = None
    body: Any = None
    completed: int | None = None
    latency_ms: float | None = None
    status: int | None = None
    version: int | None = None
    order_status: str | None = None
    min_version: int | None = None
    items: tuple[tuple[str, int], ...] | None = None
    problem: str | None = None
    request_id: str | None = None
    error: str | None = None
    unexpected: str | None = None
    failed: tuple[tuple[int, int], ...] = ()


@dataclass(slots=True)
class _Attempts:
    invokes: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    completions: dict[int, Mapping[str, Any]] = field(default_factory=dict)


_COMPLETIONS = frozenset(("ok", "fail", "info"))


def fold(records: Iterable[Mapping[str, Any]]) -> list[Operation]:
    """One operation per `op`, in the order of their first invokes. Other records are passed over.

    Acknowledged if any attempt was; refused only if every attempt was; else indeterminate, also where an attempt never
    ended. Raises HistoryError where an attempt is announced or ended twice, or ended without being announced.
    """
    found: dict[str, _Attempts] = {}
    for record in records:
        kind = record["type"]
        if kind == "invoke":
            attempts = found.setdefault(record["op"], _Attempts())
            _add(attempts.invokes, record, "announced")
        elif kind in _COMPLETIONS:
            known = found.get(record["op"])
            if known is None or record["attempt"] not in known.invokes:
                raise HistoryError(
                    f"operation {record['op']}: attempt {record['attempt']} ended without being announced"
                )
            _add(known.completions, record, "ended")
    return [_operation(op, attempts) for op, attempts in found.items()]


def _add(attempts: dict[int, Mapping[str, Any]], record: Mapping[str, Any], what: str) -> None:
    if record["attempt"] in attempts:
        raise HistoryError(f"operation {record['op']}: attempt {record['attempt']} is {what} twice")
    attempts[record["attempt"]] = record


def _operation(op: str, attempts: _Attempts) -> Operation:
    kinds = [
        attempts.completions[number]["type"] if number in attempts.completions else None for number in attempts.invokes
    ]
    if "ok" in kinds:
        outcome = Outcome.ACKNOWLEDGED
        answers = [answer for answer in attempts.completions.values() if answer["type"] == "ok"]
        decisive: Mapping[str, Any] | None = answers[0]
    else:
        outcome = Outcome.REFUSED if all(kind == "fail" for kind in kinds) else Outcome.INDETERMINATE
        decisive = next(reversed(attempts.completions.values()), None)
    first = next(iter(attempts.invokes.values()))
    answer = decisive or {}
    invoke = attempts.invokes[answer["attempt"]] if decisive else first
    items = answer.get("items")
    # An answer that broke the contract stays one, whatever a later attempt got.
    unexpected = next((each["unexpected"] for each in attempts.completions.values() if "unexpected" in each), None)
    return Operation(
        op=op,
        action=first["action"],
        route=first["route"],
        user=first["user"],
        session=first["session"],
        scheduled=first["scheduled"],
        first_invoke=first["t"],
        outcome=outcome,
        attempts=len(attempts.invokes),
        key=first.get("key"),
        message_id=first.get("message_id"),
        order_id=first.get("order_id", answer.get("order_id")),
        body=first.get("body"),
        completed=answer.get("t"),
        latency_ms=answer.get("latency_ms"),
        status=answer.get("status"),
        version=answer.get("version"),
        order_status=answer.get("order_status"),
        min_version=invoke.get("min_version"),
        items=None if items is None else tuple((order, version) for order, version in items),
        problem=answer.get("problem"),
        request_id=answer.get("request_id"),
        error=answer.get("error"),
        unexpected=unexpected,
        failed=tuple(_failed(attempts)),
    )


def _failed(attempts: _Attempts) -> Iterator[tuple[int, int]]:
    """The times of the attempts that failed; one that never ended failed as soon as it began."""
    for number, invoke in attempts.invokes.items():
        completion = attempts.completions.get(number, {"t": invoke["t"], "type": "info"})
        if completion["type"] == "info" or completion.get("status", 0) >= 500:
            yield invoke["t"], completion["t"]
