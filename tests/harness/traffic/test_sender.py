import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from contracts import identity, problems
from harness.history import Operation, Outcome, Writer, fold, read
from harness.traffic import actions
from harness.traffic.answers import Reply
from harness.traffic.people import Person
from harness.traffic.plan import Arrival
from harness.traffic.sender import FIRST_BACKOFF_S, MAX_BACKOFF_S, Result, Sender
from harness.traffic.settings import Tokens

ANN = Person("ann", "Ann", "ann@customers.example", "ann-key")
ORDER = identity.order_id("ann", "k")
PLACE = Arrival("o1", 0, "place_order", actions.PLACE, 0, key="k", body="{}", order_id=ORDER)
READ = Arrival("o2", 0, "read_order", actions.READ, 0, order_id=ORDER, pick=0.0)
LIST = Arrival("o3", 0, "list_orders", actions.LIST, 0, limit=2, all_pages=True)


def json_reply(status: int, value: Any, **headers: str) -> Reply:
    names = {name.replace("_", "-"): text for name, text in headers.items()}
    return Reply(status, {"content-type": "application/json", **names}, json.dumps(value).encode())


PLACED = json_reply(202, {"order_id": ORDER}, location=f"/v1/orders/{ORDER}", apigw_requestid="r1")
TIMEOUT = Reply(error="timeout")
BUSY = Reply(
    503,
    {"content-type": problems.MEDIA_TYPE, "retry-after": "2"},
    json.dumps({"type": problems.NOT_ACCEPTED.uri}).encode(),
)


def version(number: int) -> Reply:
    return json_reply(200, {"order_id": ORDER, "version": number, "status": "CONFIRMED"}, etag=f'"{number}"')


def page(*orders: tuple[str, str], cursor: str | None = None) -> Reply:
    listed = [{"order_id": order, "version": 1, "created_at": created} for order, created in orders]
    return json_reply(200, {"orders": listed, "next_cursor": cursor})


class Script:
    """A transport that gives the replies it was told to give, one after the other."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.requests: list[tuple[str, str, Mapping[str, str], bytes | None]] = []

    def send(self, method: str, target: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        self.requests.append((method, target, headers, body))
        return self.replies.pop(0)


class Bench:
    """A sender on a script, with its history and the pauses that it made."""

    def __init__(self, folder: Path, *replies: Reply, retries: int = 3, seed: int = 1) -> None:
        self.script = Script(*replies)
        self.path = folder / "h.jsonl"
        self.pauses: list[float] = []
        self.sender = Sender(
            self.script, Writer(self.path), (ANN,), {"ann": Tokens("t", "e")},
            seed=seed, retries=retries, sleep=self.pauses.append,
        )  # fmt: skip

    def do(self, arrival: Arrival) -> Result:
        return self.sender.carry_out(arrival, time.monotonic_ns(), lambda delay_ms: None)

    def records(self) -> list[dict[str, Any]]:
        return list(read(self.path))

    def operation(self) -> Operation:
        return fold(self.records())[-1]


def test_both_ends_of_an_attempt_are_on_record(tmp_path: Path) -> None:
    bench = Bench(tmp_path, PLACED)
    result = bench.do(PLACE)
    invoke, ok = bench.records()
    assert invoke == {
        "t": invoke["t"], "type": "invoke", "op": "o1", "action": "place_order", "route": "POST /v1/orders",
        "user": "ann", "session": "s00000", "scheduled": invoke["scheduled"], "attempt": 1, "key": "k",
        "order_id": ORDER, "body": "{}", "message_id": identity.message_id("ann", "k", "order.place"),
        "trace": bench.script.requests[0][2]["traceparent"],
    }  # fmt: skip
    assert ok == {
        "t": ok["t"], "type": "ok", "op": "o1", "attempt": 1, "status": 202, "order_id": ORDER, "request_id": "r1",
        "latency_ms": (ok["t"] - invoke["scheduled"]) / 1e6,
    }  # fmt: skip
    assert invoke["scheduled"] <= invoke["t"] <= ok["t"]
    assert result.outcome == "acknowledged"
    assert result.latency_ms == ok["latency_ms"]


def test_the_attempt_is_on_record_before_it_is_sent(tmp_path: Path) -> None:
    bench = Bench(tmp_path, PLACED)
    seen: list[list[str]] = []
    answer = bench.script.send

    def watch(method: str, target: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        seen.append([record["type"] for record in bench.records()])
        return answer(method, target, headers, body)

    bench.script.send = watch  # type: ignore[method-assign]
    bench.do(PLACE)
    assert seen == [["invoke"]]


def test_latency_and_delay_count_from_the_planned_time(tmp_path: Path) -> None:
    bench = Bench(tmp_path, PLACED)
    delays: list[float] = []
    result = bench.sender.carry_out(PLACE, time.monotonic_ns() - 70_000_000, delays.append)
    assert result.latency_ms >= result.send_delay_ms >= 70
    assert delays == [result.send_delay_ms]


def test_a_retry_is_the_same_request(tmp_path: Path) -> None:
    bench = Bench(tmp_path, TIMEOUT, BUSY, PLACED)
    assert bench.do(PLACE).outcome == "acknowledged"
    assert bench.script.requests[0] == bench.script.requests[1] == bench.script.requests[2]
    assert [record["attempt"] for record in bench.records()] == [1, 1, 2, 2, 3, 3]
    assert bench.operation().outcome is Outcome.ACKNOWLEDGED


@pytest.mark.parametrize(
    ("replies", "outcome"),
    [
        ((BUSY, BUSY), "refused"),
        ((BUSY, TIMEOUT), "indeterminate"),
        ((TIMEOUT, BUSY), "indeterminate"),
        ((TIMEOUT, PLACED), "acknowledged"),
    ],
)
def test_result_and_history_agree(tmp_path: Path, replies: tuple[Reply, ...], outcome: str) -> None:
    bench = Bench(tmp_path, *replies, retries=1)
    assert bench.do(PLACE).outcome == outcome
    assert bench.operation().outcome == outcome


def test_retries_are_bounded(tmp_path: Path) -> None:
    bench = Bench(tmp_path, *[BUSY] * 9, retries=2)
    bench.do(PLACE)
    assert len(bench.script.requests) == 3


def test_a_refusal_for_good_is_not_tried_again(tmp_path: Path) -> None:
    value = json.dumps({"type": problems.NOT_YET_KNOWN.uri}).encode()
    unknown = Reply(404, {"content-type": problems.MEDIA_TYPE}, value)
    bench = Bench(tmp_path, unknown)
    assert bench.do(READ).outcome == "refused"
    assert bench.operation().unexpected is None


def test_pauses_grow_with_jitter_that_the_seed_decides(tmp_path: Path) -> None:
    pauses = []
    for number, seed in enumerate((1, 1, 2)):
        folder = tmp_path / str(number)
        bench = Bench(folder, *[TIMEOUT] * 8, retries=7, seed=seed)
        bench.do(PLACE)
        pauses.append(bench.pauses)
    assert pauses[0] == pauses[1] != pauses[2]
    for attempt, pause in enumerate(pauses[0]):
        assert 0 <= pause <= min(FIRST_BACKOFF_S * 2**attempt, MAX_BACKOFF_S)


def test_retry_after_is_honoured_within_reason(tmp_path: Path) -> None:
    patient = Reply(429, {"retry-after": "86400"}, b"")
    bench = Bench(tmp_path, BUSY, patient, PLACED)
    bench.do(PLACE)
    assert 2 <= bench.pauses[0] <= 2 + FIRST_BACKOFF_S
    assert MAX_BACKOFF_S <= bench.pauses[1] <= MAX_BACKOFF_S + 2 * FIRST_BACKOFF_S


def test_reads_ask_for_the_highest_version_seen(tmp_path: Path) -> None:
    bench = Bench(tmp_path, PLACED, version(2), version(1), version(2))
    for arrival in (PLACE, READ, READ, READ):
        bench.do(arrival)
    assert [headers.get("min-version") for _, _, headers, _ in bench.script.requests] == [None, None, "2", "2"]
    invokes = [record for record in bench.records() if record["type"] == "invoke"]
    assert [record.get("min_version") for record in invokes] == [None, None, 2, 2]


def test_a_list_goes_through_all_pages(tmp_path: Path) -> None:
    bench = Bench(tmp_path, page(("a", "3"), ("b", "2"), cursor="x"), page(("c", "1")))
    bench.do(LIST)
    targets = [target for _, target, _, _ in bench.script.requests]
    assert targets == ["/v1/users/ann/orders?limit=2", "/v1/users/ann/orders?limit=2&cursor=x"]
    assert bench.operation().items == (("a", 1), ("b", 1), ("c", 1))
    assert bench.records()[-1]["pages"] == 2


def test_a_list_may_stop_at_its_first_page(tmp_path: Path) -> None:
    bench = Bench(tmp_path, page(("a", "3"), cursor="x"))
    bench.do(Arrival("o3", 0, "list_orders", actions.LIST, 0, limit=2))
    assert bench.operation().items == (("a", 1),)


def test_a_page_that_fails_makes_the_list_fail_and_start_again(tmp_path: Path) -> None:
    bench = Bench(tmp_path, page(("a", "3"), cursor="x"), TIMEOUT, page(("a", "3"), cursor="x"), page(("b", "2")))
    assert bench.do(LIST).outcome == "acknowledged"
    assert [record["type"] for record in bench.records()] == ["invoke", "info", "invoke", "ok"]
    assert bench.operation().items == (("a", 1), ("b", 1))


@pytest.mark.parametrize(
    ("replies", "unexpected"),
    [
        ((page(("a", "3"), cursor="x"), page(("a", "3"))), "order a is listed twice"),
        ((page(("a", "3"), ("b", "4")),), "order b is newer than the one before it"),
        ((json_reply(200, {"orders": None}),), "a list must have orders"),
        ((json_reply(200, {"orders": [], "next_cursor": 1}),), "a list must have orders"),
        ((json_reply(200, {"orders": [{"order_id": "a"}]}),), "a listed order must have"),
        ((json_reply(200, {"orders": [7]}),), "a listed order must have"),
        ((page(cursor="x"),) * 201, "more than 200 pages"),
    ],
)
def test_a_list_that_breaks_its_promise_surfaces(tmp_path: Path, replies: tuple[Reply, ...], unexpected: str) -> None:
    bench = Bench(tmp_path, *replies)
    assert bench.do(LIST).unexpected
    assert unexpected in (bench.operation().unexpected or "")


def test_a_repeat_in_a_list_is_on_record(tmp_path: Path) -> None:
    bench = Bench(tmp_path, page(("a", "3"), ("a", "3")))
    bench.do(LIST)
    assert bench.operation().items == (("a", 1), ("a", 1))


def test_a_list_teaches_versions(tmp_path: Path) -> None:
    bench = Bench(tmp_path, page((ORDER, "3")), version(1))
    bench.do(LIST)
    bench.do(READ)
    assert bench.operation().min_version == 1


def test_what_breaks_the_contract_teaches_nothing(tmp_path: Path) -> None:
    bench = Bench(tmp_path, json_reply(202, {"order_id": "other"}), version(1))
    bench.do(PLACE)
    bench.do(READ)
    assert bench.script.requests[1][1] == f"/v1/orders/{ORDER}"


def test_a_dropped_arrival_is_on_record(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.sender.drop(PLACE, 77)
    (record,) = bench.records()
    assert record == {
        "t": record["t"], "type": "dropped", "op": "o1", "action": "place_order", "route": "POST /v1/orders",
        "user": "ann", "scheduled": 77,
    }  # fmt: skip
