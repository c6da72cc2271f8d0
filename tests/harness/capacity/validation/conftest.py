"""Runs' folders as replays leave them, of a machine whose service times are known."""

import json
import random
from pathlib import Path

import pytest

from harness import history
from harness.capacity.demand import OPERATIONS
from harness.scenario import parse
from harness.traffic import build

SCENARIO = """\
name: {name}
description: half a minute
workers: {{orders: {orders}}}
traffic:
  users: 40
  stages:
    - {{duration_s: 30, rate_per_s: {rate}}}
  mix: {{create_user: 1, place_order: 6, cancel_order: 1, read_order: 6, list_orders: 1, quote: 2, bad_body: 1}}
faults: [{{kind: {fault}, at_s: 10, duration_s: 4}}]
"""
FUNCTIONS = {"create_user": "users", "place_order": "commands", "cancel_order": "commands", "quote": "quotes"}
FIRST_NS = 5 * 10**9
IDLE_S_PER_S = 0.2
REQUEST_S = 0.02


def scenario(folder: Path, name="one", rate=20, orders=1, fault="broker_door"):
    """A scenario, read from a file of its own."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.yaml"
    path.write_text(SCENARIO.format(name=name, rate=rate, orders=orders, fault=fault))
    return parse.read(path)


def leave_run(
    folder: Path, of, luck: int, *, used_s_per_s=None, others_s_per_s: float = 0.0, verdict: str = "pass"
) -> Path:
    """A run of the scenario `of`. Invocations take 4 to 8 ms, the way to them 3 ms; `luck` draws the times.

    It uses as many processors as requests ask for, unless told, and other programs some more.
    """
    rng = random.Random(luck)
    functions, workers = folder / "logs" / "functions", folder / "logs" / "workers"
    functions.mkdir(parents=True)
    workers.mkdir(parents=True)
    arrivals = [each for each in build(of.traffic, of.seed).arrivals if each.action in OPERATIONS]
    if used_s_per_s is None:
        used_s_per_s = IDLE_S_PER_S + REQUEST_S * len(arrivals) / of.duration_s
    busy_s_per_s = used_s_per_s + others_s_per_s
    value = {
        "scenario": of.name,
        "seed": of.seed,
        "verdict": verdict,
        "started_utc": "2026-11-26T02:00:00Z",
        "machine": {"cpus": 2, "load_max": 1.0},
        "versions": {},
        "functions": {},
    }
    (folder / "verdict.json").write_text(json.dumps(value))
    end_ns = FIRST_NS + round(of.duration_s * 1e9)
    logs: dict[str, list[str]] = {}
    with history.Writer(folder / "history.jsonl") as writer:
        writer.write("phase", t=FIRST_NS, name="traffic", cpu_s={"cloud": 1.0, "cloud/*": 2.0})
        for second in range(int(of.duration_s) + 1):
            backlog = {"order-commands ready": 40 if second == 14 else 0, "overflow visible": 2, "busy functions": 9}
            t = FIRST_NS + second * 10**9
            writer.write("sample", t=t, backlog=backlog, busy_s=10 + busy_s_per_s * second)
        for arrival in arrivals:
            due_ns = FIRST_NS + arrival.at_ns
            took_ms = rng.uniform(4, 8)
            function = FUNCTIONS.get(arrival.action, "queries")
            fields: dict[str, object] = {"traceparent": arrival.op}
            if function == "commands":
                fields["overflow_ms" if 10 <= arrival.at_ns / 1e9 < 15 else "publish_ms"] = 2.0
            line = {"message": "request", "aws_request_id": arrival.op, **fields}
            logs.setdefault(function, []).append(
                f"{json.dumps(line)}\nREPORT RequestId: {arrival.op}\tDuration: {took_ms:.2f} ms\n"
            )
            about = {
                "op": arrival.op,
                "action": arrival.action,
                "route": arrival.route,
                "user": "u",
                "session": "s",
                "scheduled": due_ns,
                "attempt": 1,
                "trace": arrival.op,
            }
            writer.write("invoke", t=due_ns + 10**6, **about)
            done_ns = due_ns + round((took_ms + 3) * 1e6)
            latency_ms = (done_ns - due_ns) / 1e6
            writer.write("ok", t=done_ns, op=arrival.op, attempt=1, status=200, latency_ms=latency_ms)
        spent = {"cloud": 1 + 0.1 * of.duration_s, "cloud/*": 2 + (used_s_per_s - 0.1) * of.duration_s}
        writer.write("phase", t=end_ns, name="waiting for quiescence", cpu_s=spent)
        spent = {**spent, "cloud": spent["cloud"] + 3 * IDLE_S_PER_S}
        writer.write("phase", t=end_ns + 3 * 10**9, name="reading the facts", cpu_s=spent)
    logs["notifications"], logs["overflow_relay"] = (
        [
            f'{{"message": "batch", "aws_request_id": "{name}{number}", "received": {number % 5 + 1}}}\n'
            f"REPORT RequestId: {name}{number}\tDuration: {5 + number % 5:.2f} ms\n"
            for number in range(30)
        ]
        for name in ("n", "r")
    )
    for function, lines in logs.items():
        (functions / f"function-{function}.log").write_text("".join(lines))
    for role in ("orders", "outbox", "read_model"):
        text = "".join(f'{{"size": {1 + n % 5}, "seconds": {(4 + n % 5) / 1000}}}\n' for n in range(30))
        (workers / f"{role}-1.timings.jsonl").write_text(text)
    return folder


@pytest.fixture
def runs_of(tmp_path):
    """Some runs of a scenario, which differ in their luck."""

    def make(of, count=2, **how):
        return [leave_run(tmp_path / f"{of.name}-{number}", of, number, **how) for number in range(count)]

    return make
