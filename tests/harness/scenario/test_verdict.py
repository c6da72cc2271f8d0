"""What a run is worth: failures outweigh what is unknown, and a run that showed nothing is never a pass."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.checks import CheckResult
from harness.history import Operation, Outcome
from harness.scenario import parse
from harness.scenario.exit import Exit
from harness.scenario.run import acknowledged_ratio
from harness.scenario.spec import Slo
from harness.scenario.verdict import FaultRecord, Judgement, Verdict, judge, remarks

SCENARIO = parse.read(parse.find("smoke"))
GOOD: Mapping[str, Any] = {
    "checks": {"lost": CheckResult("pass", 10)},
    "traffic": {"acknowledged": 10, "dropped": 0},
    "latency_ms": {"p99": 20.0},
    "acknowledged_ratio": 1.0,
    "convergence_s": 0.5,
    "left": (),
    "faults": (FaultRecord("broker_door", 7.0, 10.0, {"connections_dropped": 3}),),
    "unanswered_routes": (),
    "event_sources": {"notifications": {"records": 5}, "overflow_relay": {"records": 2}},
    "client_saturated": None,
    "unread": {},
}

VERDICT = Verdict(
    scenario="smoke",
    seed=1,
    verdict="unknown",
    reasons=["why"],
    services="native",
    started_utc="2026-01-01T00:00:00Z",
    traffic={
        "attempted": 738, "acknowledged": 651, "refused": 87, "refused_on_purpose": 85,
        "indeterminate": 0, "dropped": 0,
    },
    latency_ms={"p50": 5.0, "p95": 20.0, "p99": 90.0, "max": None, "routes": {}},
    checks={},
    convergence_s=None,
    slo={},
    faults=[],
    functions={},
    event_sources={},
    workers={},
    versions={},
    repeat="harness replay smoke --services native --seed 1",
    machine={"cpus": 2, "load_max": 1.5},
    remarks=[],
)  # fmt: skip


def judged(**changes: Any) -> Judgement:
    return judge(SCENARIO, **{**GOOD, **changes})[0]


def test_a_good_run_passes() -> None:
    assert judged().word == "pass"


@pytest.mark.parametrize(
    ("changes", "word", "reason"),
    [
        ({"checks": {"lost": CheckResult("fail", 10, 2)}}, "fail", "check lost: 2 found in 10 examined"),
        (
            {"checks": {"resurrected": CheckResult("unknown", 0, detail="no order was refused")}},
            "unknown",
            "check resurrected says nothing: no order was refused",
        ),
        ({"acknowledged_ratio": 0.5}, "fail", "SLO acknowledged_ratio: 0.5 where the limit is 0.9"),
        ({"acknowledged_ratio": None}, "unknown", "SLO acknowledged_ratio was not measured"),
        ({"traffic": {"acknowledged": 0, "dropped": 0}}, "unknown", "no operation was acknowledged"),
        ({"traffic": {"acknowledged": 10, "dropped": 3}}, "unknown", "3 arrivals were dropped"),
        ({"convergence_s": None, "left": ("outbox: 3",)}, "unknown", "no quiescence within 60 s; left: outbox: 3"),
        (
            {"faults": (FaultRecord("broker_door", 7.0, 10.0, {"connections_dropped": 0}),)},
            "unknown",
            "fault broker_door at 7.0 s did not bite",
        ),
        ({"faults": ()}, "unknown", "1 of 1 faults did not happen"),
        ({"unanswered_routes": ("GET /v1/health",)}, "unknown", "route GET /v1/health never answered with success"),
        ({"event_sources": {"notifications": {"records": 5}}}, "unknown", "event source overflow_relay handed over no"),
        ({"unread": {"MySQL": "refused"}}, "unknown", "MySQL could not be read: refused"),
        (
            {"unread": {"MySQL": "refused"}, "acknowledged_ratio": 0.5},
            "unknown",
            "SLO acknowledged_ratio: 0.5 where the limit is 0.9",
        ),
        ({"client_saturated": "late"}, "unknown", "the client could not keep its schedule: late"),
    ],
)
def test_what_spoils_a_verdict(changes: dict[str, Any], word: str, reason: str) -> None:
    judgement = judged(**changes)
    assert judgement.word == word
    assert any(reason in line for line in (*judgement.failures, *judgement.unknowns))


def test_figures_are_rounded_but_never_to_their_limit() -> None:
    assert judged(acknowledged_ratio=0.4822485207100592).failures == [
        "SLO acknowledged_ratio: 0.482 where the limit is 0.9"
    ]
    assert judged(acknowledged_ratio=0.89996).failures == ["SLO acknowledged_ratio: 0.89996 where the limit is 0.9"]
    strict = replace(SCENARIO, slo=Slo(p99_ms=100, convergence_s=1))
    failures = judge(strict, **{**GOOD, "latency_ms": {"p99": 134.344392}, "convergence_s": 2.5})[0].failures
    assert failures == [
        "SLO p99_ms: 134 ms where the limit is 100 ms",
        "SLO convergence_s: 2.5 s where the limit is 1 s",
    ]


def test_a_busy_machine_is_remarked() -> None:
    assert remarks({"cpus": 2, "load_max": 3.9}) == []
    assert remarks({"cpus": 2, "load_max": 25.2})[0].startswith("the machine was busy: load 25 on 2 CPUs; latencies")


def test_a_failure_outweighs_what_is_unknown() -> None:
    assert judged(acknowledged_ratio=0.5, convergence_s=None).word == "fail"


def _operation(outcome: Outcome, status: int | None) -> Operation:
    return Operation("o1", "place_order", "POST /v1/orders", "u", "s", 0, 0, outcome, 1, status=status)


def test_a_refusal_for_the_requests_own_sake_counts_on_neither_side() -> None:
    done = [_operation(Outcome.ACKNOWLEDGED, 202)] * 3
    assert acknowledged_ratio([*done, _operation(Outcome.REFUSED, 422)]) == 1.0
    assert acknowledged_ratio([*done, _operation(Outcome.REFUSED, 503)]) == 0.75
    assert acknowledged_ratio([*done, _operation(Outcome.INDETERMINATE, None)]) == 0.75
    assert acknowledged_ratio([_operation(Outcome.REFUSED, 404)]) is None


def test_the_file_reads_back_and_decides_the_exit_code(tmp_path: Path) -> None:
    VERDICT.write(tmp_path / "verdict.json")
    assert json.loads((tmp_path / "verdict.json").read_text())["reasons"] == ["why"]
    assert VERDICT.exit_code is Exit.UNKNOWN
