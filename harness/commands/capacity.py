"""`harness capacity`: what a stack carries, what binds, and what it costs."""

import argparse
import dataclasses
import datetime
import json
import math
import time
from pathlib import Path

from harness.capacity.calibration import Calibration
from harness.capacity.calibration.model import DEFAULT
from harness.capacity.demand import read
from harness.capacity.engine import FAULTS, Assumptions, Setup, slo
from harness.capacity.engine import faults as _faults
from harness.capacity.engine.study import Study, study
from harness.capacity.engine.summary import summary
from harness.capacity.executor import executor
from harness.capacity.kernel.estimates import FEWEST
from harness.capacity.settings import changed
from harness.commands import capacity_files, places
from harness.commands.telling import interrupted, tell
from harness.delivery import working_copy
from harness.scenario.exit import Exit
from harness.stack import load

_EVERY_S = 5.0


def add(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.description = (
        "Simulates a day of a stack, request by request with every controller's timing, and its busiest hour again "
        "for intervals. Writes OUT/RUN/result.json and report.html, and prints what came of it."
    )
    parser.epilog = "Exits with 1 where a service level is not kept."
    parser.add_argument("--env", default="prod", help="terraform/stack.ENV.json (default: %(default)s)")
    parser.add_argument("--users", type=_users, default=10_000_000, help="people (default: %(default)s)")
    parser.add_argument("--profile", default="day", help="day, flash, campaign, or a file (default: %(default)s)")
    parser.add_argument(
        "--set", dest="settings", action="append", default=[], metavar="PATH=VALUE", help="a change of the stack"
    )
    parser.add_argument(
        "--fault",
        dest="faults",
        action="append",
        default=[],
        metavar="NAME@TIME[:DURATION]",
        help=f"{', '.join(FAULTS)}; times as 20h, 90m or seconds",
    )
    parser.add_argument(
        "--assume",
        action="append",
        default=[],
        metavar="NAME=NUMBER",
        help=f"another figure than is assumed: {', '.join(field.name for field in dataclasses.fields(Assumptions))}",
    )
    parser.add_argument(
        "--slo",
        dest="slos",
        action="append",
        default=[],
        metavar="FIGURE=LIMIT",
        help=f"another limit: {', '.join(f'{each.figure}={each.limit:g}' for each in slo.DEFAULT)}",
    )
    parser.add_argument("--seed", type=int, default=1, help="decides demand and chance (default: %(default)s)")
    parser.add_argument(
        "--replications",
        type=_replications,
        default=FEWEST,
        help=f"of the busiest hour, {FEWEST} or more, or 0 (default: %(default)s)",
    )
    parser.add_argument("--calibration", type=Path, default=DEFAULT, help="service times (default: the committed ones)")
    parser.add_argument("--cluster", metavar="ADDRESS", help="a Dask scheduler that runs the replications")
    parser.add_argument("--json", action="store_true", help="one JSON object, the same as in the file")
    parser.add_argument("--out", type=Path, default=places.OUT / "capacity", help="default: %(default)s")


def _users(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"a number of 1 or more, not {text!r}")
    return int(text)


def _replications(text: str) -> int:
    if not text.isdecimal() or 0 < int(text) < FEWEST:
        raise argparse.ArgumentTypeError(f"0, or {FEWEST} and more, not {text!r}")
    return int(text)


def run(options: argparse.Namespace) -> int:
    """Writes the result and prints its summary, or JSON."""
    working_copy.values_file(places.TERRAFORM, options.env)  # says which environments there are
    file = places.description(options.env)
    load(file)
    demand = read(options.profile, options.users)
    setup = Setup(
        document=changed(json.loads(file.read_text("utf-8")), options.settings),
        calibration=Calibration.load(options.calibration),
        demand=demand,
        seed=options.seed,
        faults=_faults.read(options.faults, demand.curve.duration_s),
        assumptions=Assumptions().changed(options.assume),
    )
    slos = slo.changed(options.slos)
    tell(f"capacity: {demand.requests_per_day:,.0f} requests a day of {options.profile}, at {options.env}")
    with interrupted("nothing was written"):
        with executor(options.cluster) as workers:
            found = study(setup, workers, replications=options.replications, slos=slos, progress=_Progress())
        value = {
            "env": options.env,
            "users": options.users,
            "profile": options.profile,
            "settings": options.settings,
            "simulated_utc": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            **found.as_json(),
        }
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
