"""A run's folder as a replay leaves it, stated by hand."""

import json
from pathlib import Path

import pytest

from harness import history

VERDICT = {
    "scenario": "calibration",
    "seed": 7,
    "verdict": "pass",
    "started_utc": "2026-11-26T02:00:00Z",
    "machine": {"cpus": 2, "load_max": 1.5},
    "versions": {"Python": "3.11.7"},
    "functions": {
        "commands": {"init_ms": [100.0, 120.0]},
        "queries": {"init_ms": []},
    },
}


def request(request_id: str, trace: str, report: str, **fields: object) -> str:
    """The two lines that an invocation leaves in its function's log."""
    line = {"message": "request", "aws_request_id": request_id, "traceparent": trace, **fields}
    return f"{json.dumps(line)}\nREPORT RequestId: {request_id}\t{report}\n"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return leave_run(tmp_path / "run")


def leave_run(folder: Path) -> Path:
    """Writes what is read of a run."""
    functions, workers = folder / "logs" / "functions", folder / "logs" / "workers"
    functions.mkdir(parents=True)
    workers.mkdir(parents=True)
    (folder / "verdict.json").write_text(json.dumps(VERDICT))
    with history.Writer(folder / "history.jsonl") as writer:
        for t_s, name, busy in ((0, "starting", 0.0), (1, "traffic", 5.0), (11, "traffic", 15.0), (12, "draining", 99)):
            writer.write("phase", t=t_s * 10**9, name=name)
            writer.write("sample", t=t_s * 10**9, backlog={}, busy_s=busy)
        for number, (action, waited_ms, attempts) in enumerate(
            [("place_order", 7, 1), ("place_order", 12, 2), ("cancel_order", 30, 1), ("list_orders", 20, 1)]
        ):
            for attempt in range(1, attempts + 1):
                writer.write("invoke", t=0, op=f"o{number}", action=action, attempt=attempt, trace=f"t{number}")
            writer.write("ok", t=waited_ms * 1_000_000, op=f"o{number}", attempt=attempts)
    (functions / "function-commands.log").write_text(
        "a line of a library\n"
        + request("r0", "t0", "Duration: 5.00 ms\tBilled Duration: 5 ms", publish_ms=2.5)
        + request("r1", "t1", "Duration: 9.00 ms\tInit Duration: 100.00 ms", publish_ms=4.0)
        + request("r2", "t1", "Duration: 6.00 ms\tBilled Duration: 6 ms", publish_ms=3.5)
        + request("r3", "t2", "Duration: 25.00 ms\tBilled Duration: 25 ms", publish_ms=9.0, overflow_ms=8.0)
        + "REPORT RequestId: r4\tDuration: 10000.00 ms\tStatus: timeout\n"
        + "REPORT RequestId: r5\tcut off"
    )
    (functions / "function-queries.log").write_text(
        request("r6", "t3", "Duration: 4.00 ms") + request("r7", "t3", "Duration: 6.00 ms")
    )
    (functions / "function-notifications.log").write_text(
        '{"message": "batch", "aws_request_id": "r8", "received": 3}\nREPORT RequestId: r8\tDuration: 11.00 ms\n'
    )
    (workers / "orders-1.timings.jsonl").write_text(
        "".join(f'{{"t": 1, "size": {n}, "seconds": {(5 + 2 * n) / 1000}}}\n' for n in (1, 2, 5)) + '{"t": 1, "si'
    )
    (workers / "orders-2.timings.jsonl").write_text('{"t": 1, "size": 10, "seconds": 0.025}\n')
    (workers / "migrate.timings.jsonl").write_text("")
    return folder
