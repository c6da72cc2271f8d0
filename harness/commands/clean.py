"""`harness clean`: what is left of earlier runs, removed."""

import argparse
import shutil
from pathlib import Path

from harness.commands import places
from harness.commands.telling import tell
from harness.process import sweep
from harness.scenario.exit import Exit


def add(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.description = "Ends and removes what dead runs have left, and removes results."
    parser.add_argument("--out", type=Path, default=places.OUT, help="folder of results (default: out)")


def run(options: argparse.Namespace) -> int:
    """Sweeps, and removes the results."""
    for line in sweep():
        tell(line)
    shutil.rmtree(options.out, ignore_errors=True)
    return Exit.PASS
