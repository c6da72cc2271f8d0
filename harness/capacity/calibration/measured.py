"""Reads the times that a finished replay has left in its folder.

- history.jsonl: which operation each trace was, when its attempts went out and came back;
- logs/functions: for each invocation the platform's REPORT, and the function's own line with the trace, what the
  publishing took, and how many messages a batch had;
- logs/workers: size and duration of each batch (ROLE-N.timings.jsonl);
- verdict.json: init durations, and what is known about the run.
"""

import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness import history
from harness.capacity.errors import CalibrationError
from harness.history import HistoryError

_REPORT = re.compile(r"REPORT RequestId: (\S+)\tDuration: ([\d.]+) ms")
_INIT = re.compile(r"\tInit Duration: ([\d.]+) ms")
_REPLICA = re.compile(r"-\d+\.timings\.jsonl$")

OVERFLOW = "/overflow"
"""What is added to the name of an operation that went through SQS, since the broker did not take it."""


@dataclass(frozen=True)
class Answered:
    """An operation that was answered at its first attempt. `latency_ms` counts from `due_s` (CLOCK_MONOTONIC).

    `function` has had it for `invoked_ms` in all its invocations, all of them warm.
    """

    action: str
    function: str
    due_s: float
    latency_ms: float
    invoked_ms: float


@dataclass
class Measured:
    """Samples in ms. `invocations` by function and operation, warm ones alone; `first` those that waited for an init.

    `gateway` is what an operation's client waited beyond the invocation. `batches` are (messages, ms) by role or
    function. `calls` are invocations for an operation that was answered at its first attempt: pages are several.
    `failed` invocations are counted and left out. `answered` are whole operations. `busy_s_per_s` is how many of the
    machine's processors were busy during the traffic.
    """

    verdict: Mapping[str, Any]
    invocations: dict[str, dict[str, list[float]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    first: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    init: dict[str, list[float]] = field(default_factory=dict)
    publish: list[float] = field(default_factory=list)
    overflow: list[float] = field(default_factory=list)
    gateway: list[float] = field(default_factory=list)
    client: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    calls: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    batches: dict[str, list[tuple[int, float]]] = field(default_factory=lambda: defaultdict(list))
    failed: Counter[str] = field(default_factory=Counter)
    answered: list[Answered] = field(default_factory=list)
    busy_s_per_s: float = 0.0


@dataclass(frozen=True)
class _Invocation:
    function: str
    trace: str | None
    duration_ms: float
    cold: bool
    failed: bool
    line: Mapping[str, Any]


def measure(folder: Path) -> Measured:
    """The samples of the run in `folder`. CalibrationError where it is none, is unfinished, or has no such logs."""
    verdict, logs = finished(folder)
    measured = Measured(verdict)
    try:
        records = list(history.read(folder / "history.jsonl"))
    except HistoryError as error:
        raise CalibrationError(str(error)) from None
    actions = {record["trace"]: record["action"] for record in records if record["type"] == "invoke"}
    by_trace: dict[str, list[_Invocation]] = defaultdict(list)
    for log in logs:
        for invocation in _invocations(log):
            _take(measured, invocation, actions)
            if invocation.trace is not None:
                by_trace[invocation.trace].append(invocation)
    measured.init = {name: each["init_ms"] for name, each in measured.verdict["functions"].items() if each["init_ms"]}
    _clients(measured, records, by_trace)
    measured.busy_s_per_s = _busy_s_per_s(folder, records)
    for file in sorted((folder / "logs" / "workers").glob("*.timings.jsonl")):
        role = _REPLICA.sub("", file.name)
        for number, record in enumerate(_lines(file), 1):
            try:
                measured.batches[role].append((int(record["size"]), float(record["seconds"]) * 1000))
            except (KeyError, TypeError, ValueError):
                raise CalibrationError(f"{file}:{number}: no size and seconds in this line") from None
    return measured


def finished(folder: Path) -> tuple[Mapping[str, Any], list[Path]]:
    """The verdict of the run in `folder`, and its functions' logs. CalibrationError where there is nothing to measure.

    Looks at no sample, so that it takes no time.
    """
    verdict = _verdict(folder)
    logs = sorted((folder / "logs" / "functions").glob("function-*.log"))
    if not logs:
        raise CalibrationError(f"{folder}: no logs of functions; only a replay on this machine has them")
    return verdict, logs


def _verdict(folder: Path) -> dict[str, Any]:
    file = folder / "verdict.json"
    try:
        verdict: dict[str, Any] = json.loads(file.read_text("utf-8"))
    except OSError:
        raise CalibrationError(
            f"{folder}: there is no finished run (verdict.json is missing); make replay SCENARIO=calibration makes one"
        ) from None
    except ValueError as error:
        raise CalibrationError(f"{file}: not JSON: {error}") from None
    if not isinstance(verdict, dict) or not {"functions", "machine", "scenario", "versions"} <= verdict.keys():
        raise CalibrationError(f"{file}: not a verdict of a replay")
    return verdict


def _invocations(log: Path) -> Iterator[_Invocation]:
    """Every invocation that has its REPORT, with the function's own line about it, which comes before."""
    function = log.stem.removeprefix("function-")
    told: dict[str, Mapping[str, Any]] = {}
    with log.open(encoding="utf-8", errors="replace") as lines:
        for text in lines:
            if report := _REPORT.match(text):
                line = told.pop(report[1], {})
                yield _Invocation(
                    function=function,
                    trace=line.get("traceparent"),
                    duration_ms=float(report[2]),
                    cold=_INIT.search(text) is not None,
                    failed="\tStatus: " in text,
                    line=line,
                )
            elif text.startswith("{"):
                record = _object(text)
                if record.get("message") in ("request", "batch") and "aws_request_id" in record:
                    told[record["aws_request_id"]] = record


def _take(measured: Measured, invocation: _Invocation, actions: Mapping[str, str]) -> None:
    line, ms = invocation.line, invocation.duration_ms
    if invocation.failed or not line:
        measured.failed[invocation.function] += 1
        return
    if invocation.cold:
        measured.first[invocation.function].append(ms)
        return
    if "received" in line:
        measured.batches[invocation.function].append((int(line["received"]), ms))
        return
    action = actions.get(invocation.trace or "")
    if action is None:  # a probe of ours, say
        return
    if "overflow_ms" in line:
        measured.overflow.append(float(line["overflow_ms"]))
        action += OVERFLOW
    elif "publish_ms" in line:
        measured.publish.append(float(line["publish_ms"]))
    measured.invocations[invocation.function][action].append(ms)


def _clients(measured: Measured, records: list[dict[str, Any]], by_trace: Mapping[str, list[_Invocation]]) -> None:
    """What clients saw of operations that were answered at their first attempt."""
    attempts = Counter(record["op"] for record in records if record["type"] == "invoke")
    invokes = {record["op"]: record for record in records if record["type"] == "invoke"}
    for record in records:
        if record["type"] not in ("ok", "fail") or attempts[record["op"]] != 1:
            continue
        invoke = invokes[record["op"]]
        waited_ms = (record["t"] - invoke["t"]) / 1e6
        invocations = by_trace.get(invoke["trace"], [])
        measured.client[invoke["action"]].append(waited_ms)
        measured.calls[invoke["action"]].append(len(invocations))
        if not invocations or any(each.cold or each.failed for each in invocations):
            continue
        if len(invocations) == 1:
            measured.gateway.append(max(waited_ms - invocations[0].duration_ms, 0.0))
        due_ns = invoke.get("scheduled", invoke["t"])
        through_sqs = any("overflow_ms" in each.line for each in invocations)
        measured.answered.append(
            Answered(
                action=invoke["action"] + OVERFLOW * through_sqs,
                function=invocations[0].function,
                due_s=due_ns / 1e9,
                latency_ms=(record["t"] - due_ns) / 1e6,
                invoked_ms=math.fsum(each.duration_ms for each in invocations),
            )
        )


def _busy_s_per_s(folder: Path, records: list[dict[str, Any]]) -> float:
    """From the first sample with which the traffic begins to the last before it ends."""
    phase, samples = "", []
    for record in records:
        if record["type"] == "phase":
            phase = record["name"]
        elif record["type"] == "sample" and phase == "traffic" and "busy_s" in record:
            samples.append((record["t"] / 1e9, record["busy_s"]))
    if len(samples) < 2:
        raise CalibrationError(f"{folder}: nobody looked at the machine while there was traffic; replay it anew")
    (begin_s, before), (end_s, after) = samples[0], samples[-1]
    return float((after - before) / (end_s - begin_s))


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(encoding="utf-8", errors="replace") as lines:
        for text in lines:
            if text.endswith("\n"):  # the last line of a killed process may be a part of one
                yield _object(text)


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
