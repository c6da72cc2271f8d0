"""`harness bench`: how fast the simulator is."""

import argparse
import json
import sys

from harness.capacity.bench import bench
from harness.scenario.exit import Exit

_MOST = 100_000_000


def add(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.description = "Measures the capacity simulator against SimPy, and by itself, in less than a minute."
    parser.epilog = "Exits with 1 where the simulator is too slow against SimPy, or tells another wait than SimPy."
    parser.add_argument(
        "--requests", type=_count, default=100_000, help="in the comparison with SimPy (default: %(default)s)"
    )
    parser.add_argument(
        "--pipeline-requests", type=_count, default=4_000_000, help="through all stages (default: %(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object, with what it ran on")


def _count(text: str) -> int:
    if not text.isdecimal() or not 1000 <= int(text) <= _MOST:
        raise argparse.ArgumentTypeError(f"a number from 1000 to {_MOST}, not {text!r}")
    return int(text)


def run(options: argparse.Namespace) -> int:
    """Prints a table, or JSON."""
    measured = bench(
        requests=options.requests,
        pipeline_requests=options.pipeline_requests,
        progress=lambda line: print(f"bench: {line}", file=sys.stderr),
    )
    print(json.dumps(measured.as_json(), indent=2) if options.json else measured.table())
    return Exit.PASS if measured.holds else Exit.FAIL
