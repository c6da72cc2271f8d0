"""`harness capacity-search`: how many users a stack carries, what binds then, and what raising it would buy."""

import argparse
from pathlib import Path

from harness.capacity.engine import slo
from harness.capacity.engine import summary as _study
from harness.capacity.executor import executor, usable
from harness.capacity.kernel.estimates import FEWEST
from harness.capacity.search import Found, search
from harness.capacity.search.search import TOLERANCE
from harness.capacity.search.summary import summary
from harness.capacity.search.trial import REPLICATIONS
from harness.commands import capacity_files, simulations
from harness.commands.telling import interrupted, steps, tell
from harness.scenario.exit import Exit


def add(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.description = (
        "Searches the largest number of users that keeps the service levels in the busiest hour, by replications whose "
        "intervals leave no doubt, and what raising each limit would buy. Writes OUT/RUN/result.json and report.html."
    )
    parser.epilog = "Exits with 1 where not even the smallest number of users holds."
    parser.add_argument(
        "--users", type=simulations.number, default=1_000_000, help="where the search begins (default: %(default)s)"
    )
    simulations.add(parser)
    parser.add_argument(
        "--tolerance",
        type=_tolerance,
        default=TOLERANCE,
        help="how far what holds may be from what does not, as a share (default: %(default)s)",
    )
    parser.add_argument(
        "--replications",
        type=_replications,
        default=REPLICATIONS,
        help=f"of the busiest hour for one number at most, {FEWEST} or more (default: %(default)s)",
    )
    parser.add_argument("--no-sensitivity", action="store_true", help="leave out what raises would buy")


def _tolerance(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.001 <= value <= 1:
        raise argparse.ArgumentTypeError(f"a share from 0.001 to 1, not {text!r}")
    return value


def _replications(text: str) -> int:
    if not text.isdecimal() or int(text) < FEWEST:
        raise argparse.ArgumentTypeError(f"{FEWEST} or more, not {text!r}")
    return int(text)


def run(options: argparse.Namespace) -> int:
    """Writes the result and prints its summary, or JSON."""
    setup = simulations.setup(options, options.users)
    slos = slo.changed(options.slos)
    with (
        interrupted("nothing was written; --users (USERS=) begins a search at the number that it names"),
        steps("capacity-search") as step,
    ):
        step(f"{options.profile} at {options.env}")
        simulations.announced(step)
        simulations.tried(setup, options.settings)
        # Nothing is simulated in this process, so that all processors are for the others.
        with executor(options.cluster, processes=options.processes or usable()) as workers:
            found = search(
                setup,
                workers,
                slos=slos,
                tolerance=options.tolerance,
                replications=options.replications,
                sensitivity=not options.no_sensitivity,
                progress=step,
            )
        value = {**simulations.given(options, found.users), **found.as_json()}
        folder = capacity_files.write(options.out, f"{options.env}-search-{Path(options.profile).stem}", value)
    print(capacity_files.dumps(value) if options.json else _told(found))
    tell(f"result: {folder / capacity_files.RESULT}")
    tell(f"report: {folder / capacity_files.REPORT}")
    return Exit.PASS if found.users else Exit.FAIL


def _told(found: Found) -> str:
    parts = [summary(found)]
    if found.study is not None:
        parts += [f"of {found.users:,} users:", _study.summary(found.study)]
    return "\n".join(parts)
