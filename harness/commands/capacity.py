"""`harness capacity`: what a stack carries, what binds, and what it costs."""

import argparse
import math
import time
from dataclasses import replace
from pathlib import Path

from harness.capacity.engine import FAULTS, slo
from harness.capacity.engine import faults as _faults
from harness.capacity.engine.study import Study, study
from harness.capacity.engine.summary import summary
from harness.capacity.executor import executor
from harness.capacity.kernel.estimates import FEWEST
from harness.commands import capacity_files, simulations
from harness.commands.telling import interrupted, tell
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
        help=f"{', '.join(FAULTS)}; times as 20h, 90m or seconds",
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
    tell(f"capacity: {setup.demand.requests_per_day:,.0f} requests a day of {options.profile}, at {options.env}")
    with interrupted("nothing was written"):
        with executor(options.cluster, processes=options.processes) as workers:
            found = study(setup, workers, replications=options.replications, slos=slos, progress=_Progress())
        value = {**simulations.given(options, options.users), **found.as_json()}
        folder = capacity_files.write(options.out, f"{options.env}-{options.users}-{Path(options.profile).stem}", value)
    print(capacity_files.dumps(value) if options.json else _told(found))
    tell(f"result: {folder / capacity_files.RESULT}")
    tell(f"report: {folder / capacity_files.REPORT}")
    return Exit.PASS if found.holds else Exit.FAIL


def _told(found: Study) -> str:
    return "\n".join((summary(found), "to know:", *(f"  - {line}" for line in found.day.findings)))


class _Progress:
    """A line every few seconds, and at each end."""

    def __init__(self) -> None:
        self._told_s = time.monotonic()

    def __call__(self, what: str, share: float) -> None:
        now = time.monotonic()
        if now - self._told_s >= _EVERY_S or math.isclose(share, 1):
            self._told_s = now
            tell(f"capacity: {what}, {share:.0%}")
