"""The process as it is run: real requests to a real server, which misbehaves."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contracts import problems
from harness.history import Operation, Outcome, fold, read
from harness.traffic import ACTIONS, Plan, Stage, Tokens, TrafficSpec, build, stats
from harness.traffic.__main__ import main
from harness.traffic.settings import Settings

ROOT = Path(__file__).resolve().parents[3]
ORDERS = "/v1/orders"


class Process:
    """The traffic process on a plan; `lines` are what it has told."""

    def __init__(self, folder: Path, plan: Plan, target: str, history: Path | None = None) -> None:
        self.history = history or folder / "history.jsonl"
        plan.write(folder / "plan.json")
        tokens = {person.user_id: Tokens(person.user_id, f"expired-{person.user_id}") for person in plan.people}
        Settings(target, folder / "plan.json", self.history, tokens).write(folder / "traffic.json")
        self.popen = subprocess.Popen(
            [sys.executable, "-m", "harness.traffic", str(folder / "traffic.json")],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.lines: list[dict[str, Any]] = []

    def finish(self, timeout_s: float = 60) -> dict[str, Any]:
        """Waits for its end and returns its last progress."""
        out, errors = self.popen.communicate(timeout=timeout_s)
        self.lines += [json.loads(line) for line in out.splitlines()]
        assert (self.popen.returncode, errors) == (0, "")
        finished = self.lines[-1]["finished"]
        assert isinstance(finished, dict)
        return finished


def plan(mix: dict[str, float], rate: float, duration_s: float = 1.0, **spec: Any) -> Plan:
    settings: dict[str, Any] = {"request_timeout_s": 2.0, "retries": 3, **spec}
    return build(TrafficSpec(8, (Stage(duration_s, rate, rate),), mix, **settings), seed=7)


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert condition()


def test_every_action_is_answered_as_the_contract_says(tmp_path: Path, server: Any, shop: Any) -> None:
    everything = plan(dict.fromkeys(ACTIONS, 1.0), 170, 1.5, request_timeout_s=20)
    process = Process(tmp_path, everything, server.url)
    last = process.finish()
    records = list(read(process.history))
    operations = fold(records)
    assert len(operations) == len(everything.arrivals) == last["sent"] == last["total"]
    assert [operation.unexpected for operation in operations if operation.unexpected] == []
    refusals = [name for name, action in ACTIONS.items() if min(action.answers) >= 400]
    for operation in operations:
        if operation.action in refusals:
            assert operation.outcome is Outcome.REFUSED
        elif operation.action != "read_order":
            assert operation.outcome is Outcome.ACKNOWLEDGED
    assert {operation.action for operation in operations} == set(ACTIONS)
    assert any(operation.status == 304 for operation in operations)
    # What was refused left nothing behind, and nothing is there that was not asked for.
    assert set(shop.orders) <= {each.order_id for each in operations if each.outcome is Outcome.ACKNOWLEDGED}
    counts = stats.counts(operations, stats.dropped(records))
    assert (counts.acknowledged, counts.refused, counts.indeterminate) == (last["acknowledged"], last["refused"], 0)
    # The process tells when it starts, how far it is, and what came of it; on stdout, and in the history.
    start_ns = process.lines[0]["started"]
    middle = [line["progress"] for line in process.lines[1:-1]]
    assert len(middle) >= 2
    assert all(progress["sent"] <= last["sent"] for progress in middle)
    assert (last["in_flight"], last["stopped"]) == (0, False)
    assert last["p50_ms"] > 0
    assert (records[0]["type"], records[0]["start"], records[0]["seed"]) == ("meta", start_ns, 7)
    assert (records[-1]["type"], records[-1]["sent"]) == ("summary", last["sent"])
    assert all(operation.scheduled > start_ns for operation in operations)


def test_a_slow_server_slows_no_arrivals_and_shows_in_the_latency(tmp_path: Path, server: Any, shop: Any) -> None:
    """Beyond max_in_flight arrivals are dropped, and on record."""
    shop.fail(lambda call: True, value={}, delay_s=2.5)
    wanted = plan({"health": 1}, 60, max_in_flight=20, request_timeout_s=20)
    process = Process(tmp_path, wanted, server.url)
    last = process.finish()
    records = list(read(process.history))
    operations = fold(records)
    assert last["sent"] == len(operations) == 20
    assert last["dropped"] == len(stats.dropped(records)) == len(wanted.arrivals) - 20
    assert all(operation.latency_ms is not None and operation.latency_ms >= 2500 for operation in operations)


def test_clients_try_again_under_the_same_key(tmp_path: Path, server: Any, shop: Any) -> None:
    """Answers that get lost on the way, and refusals; in the end every order is there once."""
    shop.fail(lambda call: call.path == ORDERS, times=10, fault="reset")
    shop.fail(lambda call: call.path == ORDERS, times=5, problem=problems.NOT_ACCEPTED)
    shop.fail(lambda call: call.path == ORDERS, times=5, status=202, value={"order_id": "x" * 40}, fault="cut")
    shop.fail(lambda call: call.path == ORDERS, times=5, status=503, value={"message": "Service Unavailable"})
    process = Process(tmp_path, plan({"place_order": 1}, 60, retries=8, request_timeout_s=20), server.url)
    process.finish()
    operations = fold(read(process.history))
    assert {operation.outcome for operation in operations} == {Outcome.ACKNOWLEDGED}
    assert sum(operation.attempts for operation in operations) == len(operations) + 25 == len(server.calls)
    assert set(shop.placed.values()) == {1}


def test_what_breaks_on_the_way_is_indeterminate_and_what_breaks_the_contract_surfaces(
    tmp_path: Path, server: Any, shop: Any
) -> None:
    shop.fail(lambda call: call.path == "/v1/products", fault="reset")
    shop.fail(lambda call: call.path == "/v1/quotes", fault="hang")
    cookie = {"set-cookie": "a=b"}
    shop.fail(lambda call: call.path == "/v1/health", status=200, value={"status": "ok"}, fault="cut", headers=cookie)
    shop.fail(lambda call: call.path == ORDERS, status=202, value={"order_id": "x"}, headers=cookie)
    mix = {"list_products": 1.0, "quote": 1.0, "health": 1.0, "bad_json": 1.0}
    process = Process(tmp_path, plan(mix, 60, retries=0, request_timeout_s=2.0), server.url)
    last = process.finish()
    by_action: dict[str, list[Operation]] = {name: [] for name in mix}
    for operation in fold(read(process.history)):
        by_action[operation.action].append(operation)
    bad = by_action.pop("bad_json")
    assert {operation.unexpected for operation in bad} == {"bad_json answered 202, allowed are 400"}
    assert last["unexpected"] == last["acknowledged"] == len(bad) > 0
    assert {each.outcome for operations in by_action.values() for each in operations} == {Outcome.INDETERMINATE}
    assert {operation.error for operation in by_action["quote"]} == {"timeout"}
    assert all((operation.latency_ms or 0) >= 2000 for operation in by_action["quote"])
    assert {operation.status for operation in by_action["health"]} == {200}
    # The HTTP library would send a GET again on a reset connection, and nobody would know.
    assert len(server.calls) == last["sent"]
    assert not any("cookie" in call.headers for call in server.calls)


def test_nobody_there_is_indeterminate_and_a_reader_who_is_gone_stops_nothing(tmp_path: Path) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        target = f"http://127.0.0.1:{held.getsockname()[1]}"
        process = Process(tmp_path, plan({"health": 1}, 20, retries=0), target)
        assert process.popen.stdout is not None
        process.popen.stdout.close()
        assert process.popen.wait(30) == 0
    operations = fold(read(process.history))
    assert {operation.outcome for operation in operations} == {Outcome.INDETERMINATE}
    assert {operation.error for operation in operations} == {"ConnectionRefusedError: [Errno 111] Connection refused"}
    assert list(read(process.history))[-1]["type"] == "summary"


def test_sigterm_stops_the_sending_and_leaves_a_whole_history(tmp_path: Path, server: Any, shop: Any) -> None:
    shop.fail(lambda call: call.path == "/v1/quotes", fault="hang")
    process = Process(tmp_path, plan({"health": 1, "quote": 1}, 50, 60, request_timeout_s=30), server.url)
    wait_for(lambda: len(server.calls) > 20)
    process.popen.send_signal(signal.SIGTERM)
    last = process.finish(timeout_s=20)
    assert last["stopped"]
    operations = fold(read(process.history))
    assert len(operations) == last["sent"] < last["total"]
    hung = [operation for operation in operations if operation.action == "quote"]
    assert hung
    assert {operation.outcome for operation in hung} == {Outcome.INDETERMINATE}


def test_a_kill_leaves_a_history_that_knows_every_request(tmp_path: Path, server: Any) -> None:
    process = Process(tmp_path, plan({"place_order": 1}, 100, 60), server.url)
    wait_for(lambda: len(server.calls) > 30)
    os.kill(process.popen.pid, signal.SIGKILL)
    process.popen.communicate(timeout=10)
    keys = {operation.key for operation in fold(read(process.history))}
    assert {call.headers["idempotency-key"] for call in server.calls} <= keys


def test_a_full_disk_ends_it(tmp_path: Path, server: Any) -> None:
    process = Process(tmp_path, plan({"health": 1}, 20), server.url, history=Path("/dev/full"))
    _, errors = process.popen.communicate(timeout=60)
    assert process.popen.returncode == 2
    assert errors == "harness.traffic: /dev/full: the history cannot be written: No space left on device\n"


def test_it_wants_one_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert capsys.readouterr().err == "usage: python -m harness.traffic SETTINGS.json\n"
    assert main([str(tmp_path / "nowhere")]) == 2
    assert capsys.readouterr().err.endswith("/nowhere: cannot be read: No such file or directory\n")


@pytest.mark.parametrize("spoil", ["tokens", "plan", "history"])
def test_what_is_wrong_is_told_before_anything_is_sent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], spoil: str
) -> None:
    wanted = plan({"health": 1}, 20)
    plan_path, history = tmp_path / "plan.json", tmp_path / "h"
    wanted.write(plan_path)
    tokens = {person.user_id: Tokens("t") for person in wanted.people}
    if spoil == "tokens":
        tokens = {}
    elif spoil == "plan":
        plan_path.write_text("{}")
    else:
        history = plan_path / "h"
    Settings("http://127.0.0.1:1", plan_path, history, tokens).write(tmp_path / "s")
    assert main([str(tmp_path / "s")]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    message = {"tokens": "every user who arrives needs one", "plan": "not a plan", "history": "cannot be written"}
    assert message[spoil] in error
