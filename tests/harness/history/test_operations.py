from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.history import HistoryError, Outcome, fold

Record = dict[str, Any]


def invoke(op: str = "o1", attempt: int = 1, t: int = 10, **fields: Any) -> Record:
    return {
        "t": t, "type": "invoke", "op": op, "attempt": attempt, "action": "place_order", "route": "POST /v1/orders",
        "user": "u1", "session": "s1", "scheduled": 5, **fields,
    }  # fmt: skip


def end(kind: str, op: str = "o1", attempt: int = 1, t: int = 20, **fields: Any) -> Record:
    return {"t": t, "type": kind, "op": op, "attempt": attempt, **fields}


def outcome(*records: Record) -> Outcome:
    (operation,) = fold(records)
    return operation.outcome


def test_an_acknowledged_operation() -> None:
    records = [
        invoke(key="k", message_id="m", order_id="x", body="{}"),
        end("ok", status=202, latency_ms=0.5, order_id="x", request_id="r"),
    ]
    (operation,) = fold(records)
    assert operation.outcome is Outcome.ACKNOWLEDGED
    assert (operation.op, operation.action, operation.route) == ("o1", "place_order", "POST /v1/orders")
    assert (operation.user, operation.session) == ("u1", "s1")
    assert (operation.key, operation.message_id, operation.order_id, operation.body) == ("k", "m", "x", "{}")
    assert (operation.scheduled, operation.first_invoke, operation.completed) == (5, 10, 20)
    assert (operation.attempts, operation.latency_ms, operation.status) == (1, 0.5, 202)
    assert operation.request_id == "r"


def test_an_invoke_that_never_ended_is_indeterminate() -> None:
    (operation,) = fold([invoke()])
    assert operation.outcome is Outcome.INDETERMINATE
    assert operation.completed is None
    assert operation.latency_ms is None


def test_one_refusal_is_a_refusal() -> None:
    assert outcome(invoke(), end("fail", status=422)) is Outcome.REFUSED


def test_refused_only_if_every_attempt_was() -> None:
    assert outcome(invoke(), end("fail"), invoke(attempt=2), end("fail", attempt=2)) is Outcome.REFUSED
    assert outcome(invoke(), end("info"), invoke(attempt=2), end("fail", attempt=2)) is Outcome.INDETERMINATE
    assert outcome(invoke(), end("fail"), invoke(attempt=2), end("info", attempt=2)) is Outcome.INDETERMINATE
    assert outcome(invoke(), end("fail"), invoke(attempt=2)) is Outcome.INDETERMINATE


def test_acknowledged_if_any_attempt_was() -> None:
    assert outcome(invoke(), end("info"), invoke(attempt=2), end("ok", attempt=2)) is Outcome.ACKNOWLEDGED
    assert outcome(invoke(), end("ok"), invoke(attempt=2), end("fail", attempt=2)) is Outcome.ACKNOWLEDGED
    assert outcome(invoke(), end("ok"), invoke(attempt=2)) is Outcome.ACKNOWLEDGED


def test_the_deciding_answer_is_the_acknowledgement() -> None:
    records = [
        invoke(t=10, min_version=1),
        end("info", t=20, error="timeout", latency_ms=15.0),
        invoke(t=30, attempt=2, min_version=2),
        end("ok", t=40, attempt=2, version=3, order_status="CONFIRMED", latency_ms=35.0),
    ]
    (operation,) = fold(records)
    assert (operation.first_invoke, operation.completed, operation.attempts) == (10, 40, 2)
    assert (operation.version, operation.order_status, operation.min_version) == (3, "CONFIRMED", 2)
    assert (operation.latency_ms, operation.error) == (35.0, None)


def test_without_one_it_is_the_last_answer() -> None:
    records = [
        invoke(),
        end("fail", status=503, problem="not-accepted"),
        invoke(attempt=2),
        end("info", attempt=2, status=500),
    ]
    (operation,) = fold(records)
    assert (operation.status, operation.problem) == (500, None)


def test_an_answer_that_broke_the_contract_stays_one() -> None:
    records = [invoke(), end("info", unexpected="strange"), invoke(attempt=2), end("ok", attempt=2)]
    (operation,) = fold(records)
    assert operation.unexpected == "strange"


def test_listed_orders_are_pairs() -> None:
    (operation,) = fold([invoke(), end("ok", items=[["x", 1], ["y", 2]])])
    assert operation.items == (("x", 1), ("y", 2))


def test_an_order_id_that_only_the_answer_tells_is_kept() -> None:
    (operation,) = fold([invoke(), end("ok", order_id="x")])
    assert operation.order_id == "x"


def test_operations_come_in_the_order_of_their_first_invokes_and_other_records_are_passed_over() -> None:
    records = [
        {"t": 0, "type": "meta"}, invoke("b"), {"t": 1, "type": "fault", "fault": "door", "phase": "start"},
        invoke("a"), end("ok", "a"), {"t": 2, "type": "dropped", "op": "c"}, end("fail", "b"),
    ]  # fmt: skip
    assert [operation.op for operation in fold(records)] == ["b", "a"]


@pytest.mark.parametrize(
    ("records", "message"),
    [
        ([end("ok")], "o1: attempt 1 ended without being announced"),
        ([invoke(), end("ok", attempt=2)], "o1: attempt 2 ended without being announced"),
        ([invoke(), invoke()], "o1: attempt 1 is announced twice"),
        ([invoke(), end("ok"), end("fail")], "o1: attempt 1 is ended twice"),
    ],
)
def test_contradictions_are_errors(records: list[Record], message: str) -> None:
    with pytest.raises(HistoryError, match=message):
        fold(records)


@given(
    st.lists(st.sampled_from(["ok", "fail", "info", None]), min_size=1, max_size=6), st.randoms(use_true_random=False)
)
def test_the_rule_holds_for_any_attempts_in_any_order(kinds: list[str | None], random: Any) -> None:
    """Completions may come in any order, as long as each comes after its invoke."""
    records = [invoke(attempt=number) for number in range(1, len(kinds) + 1)]
    ends = [end(kind, attempt=number) for number, kind in enumerate(kinds, 1) if kind]
    random.shuffle(ends)
    got = outcome(*records, *ends)
    if "ok" in kinds:
        assert got is Outcome.ACKNOWLEDGED
    elif set(kinds) == {"fail"}:
        assert got is Outcome.REFUSED
    else:
        assert got is Outcome.INDETERMINATE


def test_attempts_that_failed_are_kept_whatever_a_later_one_got() -> None:
    (operation,) = fold([
        invoke(t=10), end("info", t=20, status=500),
        invoke(attempt=2, t=30), end("fail", attempt=2, t=40, status=503),
        invoke(attempt=3, t=50), end("info", attempt=3, t=60, error="timeout"),
        invoke(attempt=4, t=70), end("fail", attempt=4, t=80, status=429),
        invoke(attempt=5, t=90), end("ok", attempt=5, t=95, status=202),
    ])  # fmt: skip
    assert operation.outcome is Outcome.ACKNOWLEDGED
    assert operation.failed == ((10, 20), (30, 40), (50, 60))


def test_an_attempt_that_never_ended_failed_when_it_began() -> None:
    (operation,) = fold([invoke(t=10), end("ok", status=202), invoke(attempt=2, t=30)])
    assert operation.failed == ((30, 30),)
