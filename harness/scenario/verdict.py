"""What a run is worth: the checks, the service levels, and whether the run could have shown anything at all."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from harness.checks import CheckResult
from harness.report.figures import service_level
from harness.scenario.exit import Exit
from harness.scenario.spec import Scenario

# Load to each processor. `smoke` alone brings two processors to a load of two.
_BUSY = 2.0


@dataclass(frozen=True)
class FaultRecord:
    """A fault as it happened, in seconds since the first arrival; `evidence` are counts that show that it bit."""

    kind: str
    start_s: float
    end_s: float
    evidence: Mapping[str, int]

    @property
    def bit(self) -> bool:
        """Whether anything was hit."""
        return any(self.evidence.values())


@dataclass(frozen=True)
class Verdict:
    """The content of verdict.json.

    `latency_ms` has p50, p95, p99, max in all, and the same per route in `routes`. `repeat` is the command that runs
    it once more. `machine` is {"cpus", "load_max"}, the highest load average of the run. `remarks` are for whoever
    reads the verdict, which does not depend on them. `target` is {"url", "run", "left_out"} where a deployed stage was
    rehearsed: what of the scenario was left out, and what told this run's people from others'.
    """

    scenario: str
    seed: int
    verdict: str
    reasons: Sequence[str]
    services: str
    started_utc: str
    traffic: Mapping[str, Any]
    latency_ms: Mapping[str, Any]
    checks: Mapping[str, Mapping[str, Any]]
    convergence_s: float | None
    slo: Mapping[str, Mapping[str, Any]]
    faults: Sequence[Mapping[str, Any]]
    functions: Mapping[str, Mapping[str, Any]]
    event_sources: Mapping[str, Mapping[str, Any]]
    workers: Mapping[str, Mapping[str, Any]]
    versions: Mapping[str, str]
    repeat: str
    machine: Mapping[str, float]
    remarks: Sequence[str]
    target: Mapping[str, Any] | None = None

    @property
    def exit_code(self) -> Exit:
        """The exit code that says it."""
        return {"pass": Exit.PASS, "fail": Exit.FAIL, "unknown": Exit.UNKNOWN}[self.verdict]

    def write(self, path: Path) -> None:
        """Writes it as JSON, at once or not at all."""
        draft = path.with_suffix(".draft")
        draft.write_text(json.dumps(asdict(self), indent=2, default=str) + "\n", encoding="utf-8")
        os.replace(draft, path)


@dataclass
class Judgement:
    """Collects reasons. A failure outweighs what is unknown, and that a pass."""

    failures: list[str] = field(default_factory=list)
    unknowns: list[str] = field(default_factory=list)

    @property
    def word(self) -> str:
        """pass, fail or unknown."""
        return "fail" if self.failures else "unknown" if self.unknowns else "pass"


def judge(
    scenario: Scenario,
    *,
    checks: Mapping[str, CheckResult],
    traffic: Mapping[str, Any],
    latency_ms: Mapping[str, Any],
    acknowledged_ratio: float | None,
    convergence_s: float | None,
    left: Sequence[str],
    faults: Sequence[FaultRecord],
    unanswered_routes: Sequence[str],
    event_sources: Mapping[str, Mapping[str, Any]],
    client_saturated: str | None,
    unread: Mapping[str, str],
) -> tuple[Judgement, dict[str, dict[str, Any]]]:
    """(the judgement, the service levels with limit, value and verdict).

    `convergence_s` None: the system did not come to rest, and `left` says what was left. `acknowledged_ratio` is of
    the operations that should have been accepted; `unanswered_routes` never answered with success. `unread` are stores
    that could not be read in the end: they may have been away before, which excuses slow and failing service.
    """
    found = Judgement()
    found.unknowns += [f"{store} could not be read: {reason}" for store, reason in unread.items()]
    for name, check in sorted(checks.items()):
        if check.verdict == "fail":
            found.failures.append(f"check {name}: {check.count} found in {check.examined} examined")
        elif check.verdict == "unknown":
            found.unknowns.append(f"check {name} says nothing: {check.detail}")
    slo = _service_levels(scenario, latency_ms, acknowledged_ratio, convergence_s)
    for name, level in slo.items():
        if level["verdict"] == "fail":
            reasons = found.unknowns if unread else found.failures
            value, limit = service_level(name, level)
            reasons.append(f"SLO {name}: {value} where the limit is {limit}")
        elif level["verdict"] == "unknown":
            found.unknowns.append(f"SLO {name} was not measured")
    if traffic["dropped"]:
        found.unknowns.append(
            f"{traffic['dropped']} arrivals were dropped, since traffic.max_in_flight were unanswered: "
            "nobody knows what they would have met"
        )
    if not traffic["acknowledged"]:
        found.unknowns.append("no operation was acknowledged")
    if convergence_s is None:
        found.unknowns.append(f"no quiescence within {scenario.quiescence_s:g} s; left: {', '.join(left) or 'unclear'}")
    if len(faults) < len(scenario.faults):
        found.unknowns.append(f"{len(scenario.faults) - len(faults)} of {len(scenario.faults)} faults did not happen")
    for fault in faults:
        if not fault.bit:
            found.unknowns.append(f"fault {fault.kind} at {fault.start_s:.1f} s did not bite")
    if scenario.expect.every_route:
        found.unknowns += [f"route {route} never answered with success" for route in unanswered_routes]
    for name in scenario.expect.event_sources:
        if not event_sources.get(name, {}).get("records"):
            found.unknowns.append(f"event source {name} handed over no record")
    if client_saturated:
        found.unknowns.append(f"the client could not keep its schedule: {client_saturated}")
    return found, slo


def remarks(machine: Mapping[str, float]) -> list[str]:
    """What explains a verdict from outside of the system."""
    if machine["load_max"] <= _BUSY * machine["cpus"]:
        return []
    return [
        f"the machine was busy: load {machine['load_max']:.0f} on {machine['cpus']} CPUs; "
        "latencies and throttles may be its"
    ]


def scope(checks: Mapping[str, CheckResult], left_out: Sequence[str]) -> list[str]:
    """What a verdict on a deployed stage rests on, and what it says nothing of."""
    proved = [name for name, check in checks.items() if check.verdict != "not_examined"]
    unseen: dict[str, list[str]] = {}
    for name, check in checks.items():
        if check.verdict == "not_examined":
            unseen.setdefault(check.detail, []).append(name)
    return [
        f"this verdict rests on {', '.join(proved)}",
        *(f"not examined: {', '.join(names)} ({why})" for why, names in unseen.items()),
        *([f"left out: {'; '.join(left_out)}"] if left_out else []),
    ]


def _service_levels(
    scenario: Scenario,
    latency_ms: Mapping[str, Any],
    acknowledged_ratio: float | None,
    convergence_s: float | None,
) -> dict[str, dict[str, Any]]:
    limits = scenario.slo
    levels: dict[str, dict[str, Any]] = {}
    for name, limit, value, at_least in (
        ("acknowledged_ratio", limits.acknowledged_ratio, acknowledged_ratio, True),
        ("p99_ms", limits.p99_ms, latency_ms.get("p99"), False),
        ("convergence_s", limits.convergence_s, convergence_s, False),
    ):
        if limit is None:
            continue
        kept = None if value is None else value >= limit if at_least else value <= limit
        levels[name] = {
            "limit": limit,
            "value": value,
            "verdict": "unknown" if kept is None else "pass" if kept else "fail",
        }
    return levels
