"""The model of this machine: the simulator's stages, with one set of processors for all of them.

Times are measured on a machine that was busy with the very run, so they have the wait for its processors in them. What
they are with other requests is told in two ways:

- by queueing (the model): times are deflated by the wait that the runs' share of work means as in M/M/c, and inflated
  by the wait that comes with the requests of the simulation;
- weighed (to compare with): a time weighs as much as requests like it will be there, by how many others they meet.

Workers are as many as a scenario says; no controller changes anything. Arrivals are those that scenario and seed have
planned: what a replay will send is known before it begins.
"""

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from harness.capacity import calibration as calibrating
from harness.capacity.calibration import Calibration, Distribution, FunctionTimes, Measured
from harness.capacity.demand import OPERATIONS, Demand, Retries, Stated, recorded
from harness.capacity.engine import Assumptions, Fault, Processors, Setup
from harness.capacity.engine.load import stretch
from harness.capacity.errors import ValidationError
from harness.capacity.kernel.compiled import Floats, Integers
from harness.capacity.settings import changed
from harness.capacity.validation.crowds import Crowds, met
from harness.capacity.validation.observed import Observed
from harness.scenario.spec import Scenario
from harness.traffic import Plan, build

TICK_S = 0.5
"""As often as a replay looks at its backlog."""

_FAULTS = {"broker_door": "broker_away"}
# Nothing but the processors is shared, and a function has a whole one whatever its memory.
_ASSUMPTIONS = Assumptions(vcpu_at_mb=0.0, database_busy=0.0, reads_from_mysql=0.0, broker_per_vcpu_s=1e9)


@dataclass(frozen=True)
class LocalTimes:
    """All samples of identical runs, and what the processors were asked for.

    `stretch` is by how much longer everything took in them than on an idle machine, by queueing theory. `met` are, of
    each operation that was answered, how many others it met.
    """

    measured: Measured
    met: Integers
    processors: Processors
    stretch: float

    @property
    def at_rest(self) -> Calibration:
        """Times as on a machine that has nothing else to do, by queueing theory."""
        return _whole(self.measured, np.ones(self.met.size)).scaled(1 / self.stretch)

    def crowded(self, met: Integers) -> Calibration:
        """Times where requests meet so many others."""
        return _whole(self.measured, Crowds.of(self.met).weights(self.met, met))


def calibrate(runs: Sequence[Observed]) -> LocalTimes:
    """From all samples of identical `runs` together; what other programs took of the processors is left out.

    Raises CalibrationError where something is missing in them.
    """
    measured = _pooled([run.measured for run in runs])
    processors = Processors(
        count=runs[0].processors,
        idle_s_per_s=statistics.fmean(run.idle_s_per_s for run in runs),
        request_s=statistics.fmean((run.used_s_per_s - run.idle_s_per_s) / run.requests_per_s for run in runs),
    )
    share = processors.share(statistics.fmean(run.requests_per_s for run in runs))
    slower = stretch(share, processors.count)
    return LocalTimes(measured, np.concatenate([run.met for run in runs]), processors, slower)


def _pooled(runs: Sequence[Measured]) -> Measured:
    """The samples of all of them; what is known of the first stands for the others."""
    pooled = replace(
        runs[0],
        invocations=defaultdict(lambda: defaultdict(list)),
        first=defaultdict(list),
        init=defaultdict(list),
        publish=[each for run in runs for each in run.publish],
        overflow=[each for run in runs for each in run.overflow],
        gateway=[each for run in runs for each in run.gateway],
        client=defaultdict(list),
        calls=defaultdict(list),
        batches=defaultdict(list),
        failed=sum((run.failed for run in runs), Counter()),
        answered=[each for run in runs for each in run.answered],
        busy_s_per_s=statistics.fmean(run.busy_s_per_s for run in runs),
    )
    for run in runs:
        for function, operations in run.invocations.items():
            for operation, samples in operations.items():
                pooled.invocations[function][operation] += samples
        for name in ("first", "init", "client", "calls", "batches"):
            for key, values in getattr(run, name).items():
                getattr(pooled, name)[key] += values
    return pooled


def _whole(measured: Measured, weights: Floats) -> Calibration:
    """A calibration of whole operations, as clients wait for them: a list is one, however many pages it has.

    What the gateway adds is part of an operation's time, since both are long when the processors are busy: drawn by
    themselves they would make a tail that is too short. A function is so held for as long as its client waits, which no
    limit of concurrency notices at a replay's rates.
    """
    times: dict[str, dict[str, list[tuple[float, float]]]] = defaultdict(lambda: defaultdict(list))
    for each, weight in zip(measured.answered, weights.tolist(), strict=True):
        times[each.function][each.action].append((each.latency_ms, weight))
    found = calibrating.calibrate(measured)
    return replace(
        found,
        functions={
            function: {
                operation: FunctionTimes(Distribution.weighted(*zip(*samples, strict=True)), 1.0)
                for operation, samples in sorted(operations.items())
            }
            for function, operations in sorted(times.items())
        },
        gateway_ms=Distribution.of([0.0]),
    )


def setup(
    document: Mapping[str, Any],
    times: LocalTimes,
    scenario: Scenario,
    seed: int,
    *,
    replication: int = 0,
    weighed: bool = False,
) -> Setup:
    """A simulation of the replay of `scenario` with that seed, on the stack that `document` describes.

    Raises ValidationError for a fault that the simulator does not know, SettingError where a role has no scaling rule.
    """
    plan = build(scenario.traffic, seed)
    arriving = _arrivals(plan)
    calibration = times.crowded(planned_to_meet(plan)) if weighed else times.at_rest
    return Setup(
        document=changed(document, _fixed(document, scenario)),
        calibration=calibration,
        demand=_demand(scenario, plan, arriving),
        seed=seed,
        replication=replication,
        end_s=scenario.duration_s,
        tick_s=TICK_S,
        faults=tuple(sorted(_faults(scenario, seed), key=lambda fault: fault.at_s)),
        assumptions=_ASSUMPTIONS,
        plan=arriving,
        host=replace(times.processors, stretches=not weighed),
    )


def planned_to_meet(plan: Plan) -> Integers:
    """Of each operation that counts, how many others it will meet."""
    due_s: Floats = np.array([arrival.at_ns / 1e9 for arrival in plan.arrivals])
    counts = np.array([arrival.action in OPERATIONS for arrival in plan.arrivals])
    found: Integers = met(due_s)[counts]
    return found


def _fixed(document: Mapping[str, Any], scenario: Scenario) -> Iterator[str]:
    """Settings that leave no controller anything to change."""
    for name, rule in document["scaling"].items():
        count = scenario.workers.get(rule["target"].removeprefix("workers."), rule["minimum"])
        yield f"scaling.{name}.maximum={count}"
        yield f"scaling.{name}.minimum={count}"


def _arrivals(plan: Plan) -> dict[str, Floats]:
    """When each operation is due, in seconds after the beginning."""
    times: dict[str, list[float]] = defaultdict(list)
    for arrival in plan.arrivals:
        if arrival.action in OPERATIONS:
            times[arrival.action].append(arrival.at_ns / 1e9)
    return {name: np.array(each) for name, each in sorted(times.items())}


def _demand(scenario: Scenario, plan: Plan, arriving: Mapping[str, Floats]) -> Demand:
    source = Stated(0.0, f"planned by {scenario.reference} with seed {plan.seed}")
    counts = np.bincount(np.concatenate(list(arriving.values())).astype(np.int64), minlength=int(scenario.duration_s))
    return Demand(
        profile=scenario.name,
        users=scenario.traffic.users,
        daily_share=source,
        sessions_per_day=source,
        requests_per_session=source,
        mix={name: float(len(times)) for name, times in arriving.items()},
        mix_source=source,
        curve=recorded(counts.tolist(), 1.0),
        curve_source=source,
        dispersion=Stated(1.0, source.source),
        day_variation=source,
        retries=Retries(limit=scenario.traffic.retries),
        recorded_per_s=float(counts.mean()),
    )


def _faults(scenario: Scenario, seed: int) -> Iterator[Fault]:
    for number, fault in enumerate(scenario.faults):
        if fault.kind not in _FAULTS:
            raise ValidationError(
                f"{scenario.reference}: the simulator has no fault like {fault.kind}; it knows {', '.join(_FAULTS)}"
            )
        yield Fault(_FAULTS[fault.kind], fault.start_s(seed, number), fault.duration_s)
