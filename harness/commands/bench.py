"""`harness bench`: how fast the simulator is."""

import argparse
import json
import sys

from harness.capacity.bench import bench
from harness.capacity.bench_day import bench_day
from harness.commands import places
from harness.scenario.exit import Exit

_MOST = 100_000_000
_LONGEST_MINUTES = 600


def add(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.description = "Measures the capacity simulator against SimPy, and by itself, in about a minute."
    parser.epilog = "Exits with 1 where the simulator is too slow, or tells another wait than SimPy."
    parser.add_argument(
        "--requests", type=_count, default=100_000, help="in the comparison with SimPy (default: %(default)s)"
    )
    parser.add_argument(
        "--pipeline-requests", type=_count, default=4_000_000, help="through all stages (default: %(default)s)"
    )
    parser.add_argument(
        "--day-minutes", dest="minutes", type=_minutes, default=30, help="of the day's slice (default: %(default)s)"
    )
    parser.add_argument("--full", action="store_true", help="simulate all of the day, which takes minutes")
    parser.add_argument("--json", action="store_true", help="one JSON object, with what it ran on")


def _count(text: str) -> int:
    if not text.isdecimal() or not 1000 <= int(text) <= _MOST:
        raise argparse.ArgumentTypeError(f"a number from 1000 to {_MOST}, not {text!r}")
    return int(text)


def _minutes(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= _LONGEST_MINUTES:
        raise argparse.ArgumentTypeError(f"a number from 1 to {_LONGEST_MINUTES}, not {text!r}")
    return int(text)


def run(options: argparse.Namespace) -> int:
    """Prints a table, or JSON."""
    measured = bench(
        requests=options.requests,
        pipeline_requests=options.pipeline_requests,
        progress=lambda line: print(f"bench: {line}", file=sys.stderr),
    )
    document = json.loads(places.description("prod").read_text("utf-8"))
    day = bench_day(
        document,
        minutes=None if options.full else options.minutes,
        progress=lambda line: print(f"bench: {line}", file=sys.stderr),
    )
    holds = measured.holds and day.holds
    if options.json:
        print(json.dumps({**measured.as_json(), **day.as_json(), "holds": holds}, indent=2))
    else:
        print(measured.table(), day.table(), sep="\n")
    return Exit.PASS if holds else Exit.FAIL
