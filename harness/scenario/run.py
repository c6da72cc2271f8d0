"""Carries a rehearsal out: starts everything, sends the traffic, breaks things, waits for rest, checks, stops."""

import errno
import itertools
import math
import os
import platform
import shlex
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from harness import checks, history, report
from harness.checks import Backlog, CheckResult, Facts
from harness.history import Operation, Outcome
from harness.process import Guard
from harness.process.proc import busy_s
from harness.report.figures import service_level
from harness.scenario import evidence, timeline
from harness.scenario.deployed import open_target
from harness.scenario.display import Display, Progress
from harness.scenario.errors import RunError
from harness.scenario.injection import Injector
from harness.scenario.local import Local
from harness.scenario.spec import Scenario
from harness.scenario.stage import prepare
from harness.scenario.subject import Subject, Watch
from harness.scenario.target import Target, peak_per_s
from harness.scenario.verdict import FaultRecord, Verdict, judge, remarks, scope
from harness.stack import Stack, load
from harness.traffic import Traffic, build, longest_s, stats

_TICK_S = 0.1
# What starting, draining and checking take on a machine that is not busy.
_AROUND_S = 30.0
_SAMPLE_S = 0.5
# Functions go without the broker for 5 s after a failure, and look again then.
_RECOVERY_S = 6.0
_LIBRARIES = ("awslambdaric", "boto3", "locust", "pika", "pymongo", "pymysql")


@dataclass(frozen=True)
class Run:
    """A finished rehearsal: where its results are, and what it is worth."""

    folder: Path
    verdict: Verdict

    def summary(self) -> str:
        """What a person wants to know in a few lines; the last two say where the rest is."""
        verdict, counts, latency = self.verdict, self.verdict.traffic, self.verdict.latency_ms
        figures = ", ".join(
            f"{name} {'–' if latency[name] is None else format(latency[name], '.0f') + ' ms'}"
            for name in ("p50", "p95", "p99", "max")
        )
        passed = [name for name, check in verdict.checks.items() if check["verdict"] == "pass"]
        examined = [name for name, check in verdict.checks.items() if check["verdict"] != "not_examined"]
        place = f"services {verdict.services}" if verdict.target is None else f"target {verdict.target['url']}"
        kept = [name for name, level in verdict.slo.items() if level["verdict"] == "pass"]
        levels = [(name, *service_level(name, level)) for name, level in verdict.slo.items()]
        slo = ", ".join(f"{name} {value} (limit {limit})" for name, value, limit in levels)
        lines = [
            f"{verdict.scenario}: {verdict.verdict.upper()} (seed {verdict.seed}, {place})",
            *(f"  - {reason}" for reason in verdict.reasons),
            f"  traffic  {counts['attempted']} attempted, {counts['acknowledged']} acknowledged, "
            f"{counts['indeterminate']} indeterminate, {counts['dropped']} dropped,",
            f"           {counts['refused']} refused ({counts['refused_on_purpose']} of them on purpose)",
            f"  latency  {figures}",
            *([f"  slo      {len(kept)} of {len(levels)} kept: {slo}"] if levels else []),
            f"  checks   {len(passed)} of {len(examined)} passed",
            *(f"  note     {remark}" for remark in verdict.remarks),
            f"  report   {self.folder / 'report.html'}",
            f"  verdict  {self.folder / 'verdict.json'}",
        ]
        return "\n".join(lines) + "\n"


@dataclass
class _Observed:
    """What a run has seen so far; times are CLOCK_MONOTONIC."""

    start_ns: int = 0
    healed_s: float = 0.0
    calm_s: float | None = None
    left: Sequence[str] = ()
    saturated: str | None = None
    faults: Sequence[FaultRecord] = ()
    load_max: float = 0.0

    def look_at_machine(self) -> None:
        """Takes note of the load average of the last minute."""
        self.load_max = max(self.load_max, os.getloadavg()[0])


def rehearse(
    scenario: Scenario,
    *,
    seed: int,
    services: str,
    stack_path: Path,
    out: Path,
    display: Display,
    target: Target | None = None,
    left_out: Sequence[str] = (),
) -> Run:
    """Runs `scenario` and writes its results into a new folder below `out`, to which `latest` then leads.

    With a `target` nothing but the traffic is started here; the scenario must fit it, and `left_out` says what was
    taken out of it for that. Whatever happens, everything that was started is ended before it returns or raises. Raises
    RunError, or the error of the part that failed, where the rehearsal could not be carried out; the folder stays only
    if it has logs.
    """
    stack = load(stack_path)
    folder = _new_folder(out, scenario.name, seed)
    minutes = math.ceil((scenario.duration_s + _AROUND_S) / 60)
    display.note(
        f"scenario {scenario.name}, seed {seed}: {scenario.duration_s:g} s of traffic, about {minutes} min in all"
    )
    try:
        guard = Guard(progress=display.note)
        with _told_of_a_full_disk(folder, guard.folder.parent), guard:
            with history.Writer(folder / "history.jsonl") as records:
                rehearsal = _Rehearsal(
                    scenario, stack, stack_path, seed, folder, display, records, guard, target, left_out
                )
                run = rehearsal.carry_out(services)
            display.phase("stopping")
    except BaseException:
        _leave(folder, display)
        raise
    return run


class _Rehearsal:
    """One run; its methods are the phases, in order."""

    def __init__(
        self,
        scenario: Scenario,
        stack: Stack,
        stack_path: Path,
        seed: int,
        folder: Path,
        display: Display,
        records: history.Writer,
        guard: Guard,
        target: Target | None = None,
        left_out: Sequence[str] = (),
    ) -> None:
        self._scenario, self._stack, self._stack_path, self._seed = scenario, stack, stack_path, seed
        self._folder, self._display, self._records, self._guard = folder, display, records, guard
        self._target, self._left_out = target, left_out
        self._seen = _Observed()

    def carry_out(self, services: str) -> Run:
        """All of it. Servers, functions and workers end as soon as the facts are read."""
        started_utc = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self._records.write("meta", scenario=self._scenario.name, seed=self._seed, utc=started_utc)
        with self._prepare(services) as subject:
            self._records.write("services", kind=subject.kind)
            with subject.watching(self._folder / "history.jsonl") as watch:
                self._send(subject, watch)
                self._drain(subject, watch)
            counted = self._count(subject)
            workers = subject.workers()
            self._phase("reading the facts")
            facts = subject.facts()
            versions = {**subject.versions, **_versions()}
            kind = subject.kind
        self._phase("checking")
        verdict = self._judge(facts, counted, workers, versions, kind, started_utc)
        self._lead_latest_here()
        return Run(self._folder, verdict)

    @contextmanager
    def _prepare(self, services: str) -> Iterator[Subject]:
        if self._target is not None:
            self._phase(f"asking {self._target.url}")
            yield open_target(self._target, peak_per_s(self._scenario.traffic))
            return
        with prepare(
            self._stack,
            self._stack_path,
            kind=services,
            workers=self._scenario.workers,
            guard=self._guard,
            logs=self._folder / "logs",
            phase=self._phase,
            note=self._display.note,
        ) as stage:
            yield Local(stage)

    def _phase(self, name: str, lasts_s: float | None = None, *, limit_s: float | None = None) -> None:
        self._display.phase(name, lasts_s, limit_s=limit_s)
        self._records.write("phase", name=name, cpu_s=self._guard.cpu_s())

    def _lead_latest_here(self) -> None:
        link = self._folder.parent / f".latest-{os.getpid()}"
        try:
            link.symlink_to(self._folder.name)
            link.replace(self._folder.parent / "latest")
        except OSError as error:
            link.unlink(missing_ok=True)
            self._display.note(f"{self._folder.parent / 'latest'} does not lead to this run: {error.strerror}")

    def _send(self, subject: Subject, watch: Watch) -> None:
        """The traffic, with the faults on their way. Every fault is healed when this ends, also by an error."""
        self._phase("planning the traffic")
        plan = build(self._scenario.traffic, self._seed, subject.run)
        traffic = Traffic.start(
            self._guard,
            plan,
            target=subject.url,
            tokens=subject.tokens(plan),
            history=self._folder / "history.jsonl",
            folder=self._guard.folder / "traffic",
        )
        # Only now: a stage that refuses us, or does not come up, leaves none.
        self._display.note(f"results in {self._folder}")
        injector = subject.injector(self._scenario.faults, self._seed, self._records)
        self._seen.start_ns = traffic.start_ns
        self._phase("traffic", plan.duration_s)
        self._watch(subject, watch, traffic, injector)
        self._seen.faults = injector.done
        last = traffic.latest()
        if last.saturated:
            self._seen.saturated = f"99 % of the requests went out up to {last.send_delay_p99_ms:.0f} ms late"

    def _count(self, subject: Subject) -> Mapping[str, Any]:
        """The platform's counters, which go on record too: what failed when is for the checks to say."""
        counted = subject.counted()
        if counted is None:
            return {"functions": {}, "event_sources": {}}
        self._records.write("platform", parts=evidence.parts(counted))
        return counted

    def _watch(self, subject: Subject, watch: Watch, traffic: Traffic, injector: Injector) -> None:
        """Until the traffic is over. Samples have a thread of their own: a store that hangs must hold up no fault."""
        next_sample_ns = 0
        told, all_sent_ns = False, traffic.start_ns + round(self._scenario.duration_s * 1e9)
        with ThreadPoolExecutor(1, thread_name_prefix="sample") as pool:
            sample = pool.submit(self._sample, subject, watch, traffic)
            try:
                while not traffic.done():
                    subject.check()
                    if tokens := subject.renewed():
                        traffic.renew(tokens)
                    waiting = traffic.latest().in_flight
                    if waiting and not told and time.monotonic_ns() > all_sent_ns:
                        told = True
                        answers = "answer" if waiting == 1 else f"{waiting} answers"
                        self._phase(f"waiting for the last {answers}", limit_s=longest_s(self._scenario.traffic))
                    now_ns = time.monotonic_ns()
                    for line in injector.tick((now_ns - traffic.start_ns) / 1e9):
                        self._display.note(line)
                    if now_ns >= next_sample_ns and sample.done():
                        next_sample_ns = now_ns + int(_SAMPLE_S * 1e9)
                        self._display.show(sample.result())
                        sample = pool.submit(self._sample, subject, watch, traffic)
                    time.sleep(_TICK_S)
            finally:
                injector.heal((time.monotonic_ns() - traffic.start_ns) / 1e9)
                self._seen.healed_s = time.monotonic()  # before the last sample is waited for

    def _sample(self, subject: Subject, watch: Watch, traffic: Traffic) -> Progress:
        self._seen.look_at_machine()
        now, waiting = traffic.latest(), dict(watch.sample().counts)
        self._records.write("sample", backlog=waiting, busy_s=busy_s())
        # A cloud that is too busy to tell is no reason to end: the next look tells more.
        with suppress(RunError):
            self._count(subject)
        return Progress(
            sent=now.sent,
            in_flight=now.in_flight,
            acknowledged=now.acknowledged,
            refused=now.refused,
            indeterminate=now.indeterminate,
            dropped=now.dropped,
            p50_ms=now.p50_ms,
            p99_ms=now.p99_ms,
            backlog=waiting,
        )

    def _drain(self, subject: Subject, watch: Watch) -> None:
        """Waits until everything has come to rest, or the scenario's patience is over."""
        self._phase("waiting for quiescence", limit_s=self._scenario.quiescence_s)

        def show(backlog: Backlog) -> None:
            subject.check()
            self._seen.look_at_machine()
            waiting = dict(backlog.counts)
            self._records.write("sample", backlog=waiting, busy_s=busy_s())
            with suppress(RunError):
                self._count(subject)
            self._display.show(Progress(backlog=waiting))

        rest = watch.wait(self._scenario.quiescence_s, progress=show)
        self._seen.left = rest.backlog.left
        self._seen.calm_s = rest.empty_since_s

    def _judge(
        self,
        facts: Facts,
        counted: Mapping[str, Any],
        workers: Mapping[str, Mapping[str, Any]],
        versions: Mapping[str, str],
        kind: str,
        started_utc: str,
    ) -> Verdict:
        records = list(history.read(self._folder / "history.jsonl"))
        operations = history.fold(records)
        dropped = stats.dropped(records)
        results: Mapping[str, CheckResult] = checks.run_all(
            operations,
            replace(facts, served=None if self._target else evidence.served(records)),
            self._scenario.budgets,
            outages=[outage(fault, self._seen.start_ns) for fault in self._seen.faults],
            at_rest=self._seen.calm_s is not None,
        )
        counts = asdict(stats.counts(operations, dropped))
        latencies = {route: asdict(latency) for route, latency in stats.latency_ms(operations).items()}
        latency_ms = {**latencies.pop(stats.ALL), "routes": latencies}
        answered = {operation.route for operation in operations if operation.outcome is Outcome.ACKNOWLEDGED}
        seen = self._seen
        convergence_s = None if seen.calm_s is None else round(max(seen.calm_s - seen.healed_s, 0.0), 3)
        judgement, slo = judge(
            self._scenario,
            checks=results,
            traffic=counts,
            latency_ms=latency_ms,
            acknowledged_ratio=acknowledged_ratio(operations),
            convergence_s=convergence_s,
            left=seen.left,
            faults=seen.faults,
            unanswered_routes=[route for route in self._stack.api.routes if route not in answered],
            event_sources=counted["event_sources"],
            client_saturated=seen.saturated,
            unread=facts.unread,
        )
        target = self._target
        machine = {"cpus": os.cpu_count() or 1, "load_max": round(seen.load_max, 2)}
        verdict = Verdict(
            scenario=self._scenario.name,
            seed=self._seed,
            verdict=judgement.word,
            reasons=[*judgement.failures, *judgement.unknowns],
            services=kind,
            started_utc=started_utc,
            traffic=counts,
            latency_ms=latency_ms,
            checks={name: result.as_json() for name, result in results.items()},
            convergence_s=convergence_s,
            slo=slo,
            faults=[asdict(fault) for fault in seen.faults],
            functions=counted["functions"],
            event_sources=counted["event_sources"],
            workers=workers,
            versions=versions,
            repeat=shlex.join(["harness", "replay", self._scenario.reference, *self._place(kind)]),
            machine=machine,
            remarks=[*remarks(machine), *(scope(results, self._left_out) if target else [])],
            target={"url": target.url, "run": target.run, "left_out": list(self._left_out)} if target else None,
        )
        verdict.write(self._folder / "verdict.json")
        shown = timeline.build(records, stats.series(operations, dropped, seen.start_ns), seen.faults, seen.start_ns)
        (self._folder / "report.html").write_text(report.render(asdict(verdict), shown), encoding="utf-8")
        return verdict

    def _place(self, kind: str) -> list[str]:
        """The arguments that lead to the same place, with the same seed."""
        seed = ["--seed", str(self._seed)]
        if self._target is None:
            return ["--services", kind, *seed]
        return ["--target", self._target.url, "--without-faults", *seed]


def outage(fault: FaultRecord, start_ns: int) -> tuple[int, int]:
    """From when to when a fault explains failures, CLOCK_MONOTONIC in ns; it began `start_s` after `start_ns`."""
    return start_ns + round(fault.start_s * 1e9), start_ns + round((fault.end_s + _RECOVERY_S) * 1e9)


def acknowledged_ratio(operations: Sequence[Operation]) -> float | None:
    """The share of the operations that the system should have accepted and did; None where there were none.

    A refusal for the request's own sake (4xx) is a right answer and counts on neither side; throttling and 503 do.
    """
    accepted = sum(operation.outcome is Outcome.ACKNOWLEDGED for operation in operations)
    denied = sum(
        operation.outcome is Outcome.INDETERMINATE
        or (operation.outcome is Outcome.REFUSED and operation.status in (429, 503))
        for operation in operations
    )
    return accepted / (accepted + denied) if accepted + denied else None


def _new_folder(out: Path, name: str, seed: int) -> Path:
    """A new folder for results. RunError where it cannot be written."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    folder = out / f"{stamp}-{name}-{seed}"
    try:
        out.mkdir(parents=True, exist_ok=True)
        for number in itertools.count(2):
            try:
                folder.mkdir()
                break
            except FileExistsError:  # of a run that began in the same second
                folder = out / f"{stamp}-{name}-{seed}-{number}"
    except OSError as error:
        raise RunError(f"{folder}: results cannot be written: {error.strerror}; choose a folder with --out") from None
    return folder


def _leave(folder: Path, display: Display) -> None:
    """What a run without a verdict leaves: its logs, or nothing where there are none."""
    if (folder / "verdict.json").exists():
        return
    if any(log.is_file() and log.stat().st_size for log in folder.glob("logs/**/*")):
        display.note(f"no verdict; the logs are in {folder / 'logs'}")
    else:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _told_of_a_full_disk(*folders: Path) -> Iterator[None]:
    """RunError instead of an OSError that says only that some disk is full."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        # A write that fails does not know its file: then it is the folder with the least space left.
        place = error.filename2 or error.filename or min(folders, key=lambda each: shutil.disk_usage(each).free)
        raise RunError(
            f"{place}: {error.strerror}; make room, or choose another folder with --out or HARNESS_TMP"
        ) from error


def _versions() -> dict[str, str]:
    return {"Python": platform.python_version(), **{name: metadata.version(name) for name in _LIBRARIES}}
