"""`harness capacity`: what a stack carries, what binds, and what it costs."""

import argparse
import datetime
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from harness.capacity.demand import Streams, day_factor
from harness.capacity.engine import FAULTS, Setup, slo
from harness.capacity.engine import faults as _faults
from harness.capacity.engine.study import Study, study
from harness.capacity.engine.summary import summary
from harness.capacity.executor import executor
from harness.capacity.kernel.estimates import FEWEST
from harness.commands import capacity_files, simulations
from harness.commands.telling import interrupted, steps, tell
from harness.scenario.exit import Exit

_EVERY_S = 5.0


def add(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.description = (
        "Simulates a day of a stack, request by request with every controller's timing, and its busiest hour again "
        "for intervals. Writes OUT/RUN/result.json and report.html, and prints what came of it."
    )
    parser.epilog = "Exits with 1 where a service level is not kept."
    parser.add_argument("--users", type=simulations.number, default=10_000_000, help="people (default: %(default)s)")
    simulations.add(parser)
    parser.add_argument(
        "--fault",
        dest="faults",
        action="append",
        default=[],
        metavar="NAME@TIME[:DURATION]",
        help=f"{', '.join(FAULTS)}; times as 20h, 90m, 20h30m or seconds",
    )
    parser.add_argument(
        "--replications",
        type=_replications,
        default=FEWEST,
        help=f"of the busiest hour, {FEWEST} or more, or 0 (default: %(default)s)",
    )


def _replications(text: str) -> int:
    if not text.isdecimal() or 0 < int(text) < FEWEST:
        raise argparse.ArgumentTypeError(f"0, or {FEWEST} and more, not {text!r}")
    return int(text)


def run(options: argparse.Namespace) -> int:
    """Writes the result and prints its summary, or JSON."""
    setup = simulations.setup(options, options.users)
    setup = replace(setup, faults=_faults.read(options.faults, setup.demand.curve.duration_s))
    slos = slo.changed(options.slos)
    with interrupted("nothing was written"), steps("capacity") as step:
        for line in _announced(setup, options.profile, options.env):
            step(line)
        simulations.announced(step)
        simulations.tried(replace(setup, faults=()), options.settings)
        with executor(options.cluster, processes=options.processes) as workers:
            found = study(setup, workers, replications=options.replications, slos=slos, progress=_Progress(step))
        value = {**simulations.given(options, options.users), **found.as_json()}
        folder = capacity_files.write(options.out, f"{options.env}-{options.users}-{Path(options.profile).stem}", value)
    print(capacity_files.dumps(value) if options.json else _told(found))
    tell(f"result: {folder / capacity_files.RESULT}")
    tell(f"report: {folder / capacity_files.REPORT}")
    return Exit.PASS if found.holds else Exit.FAIL


def _announced(setup: Setup, profile: str, env: str) -> Iterator[str]:
    """What is simulated: how this day differs from the mean one, and each fault with its time."""
    demand = setup.demand
    expected = float(demand.expected(np.array([0.0, demand.curve.duration_s])).sum())
    factor = day_factor(demand, Streams.of(setup.seed, setup.replication, demand.shares).day)
    mean = f"{env}, profile {profile}: {expected:,.0f} requests on a mean day"
    yield f"{mean}; that of seed {setup.seed} has {factor:.0%} of them"
    for fault in setup.faults:
        yield f"{fault.name} at {datetime.timedelta(seconds=round(fault.at_s))}, for {fault.lasts_s:g} s"


def _told(found: Study) -> str:
    return "\n".join((summary(found), "to know:", *(f"  - {line}" for line in found.day.findings)))


class _Progress:
    """A line every few seconds, and at each end."""

    def __init__(self, step: Callable[[str], None]) -> None:
        self._step = step
        self._told_s = time.monotonic()

    def __call__(self, what: str, share: float) -> None:
        now = time.monotonic()
        if now - self._told_s >= _EVERY_S or math.isclose(share, 1):
            self._told_s = now
            self._step(f"{what}, {share:.0%}")
