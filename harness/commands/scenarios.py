"""`harness scenarios`: what can be rehearsed."""

import argparse

from harness.scenario import parse
from harness.scenario.exit import Exit


def add(parser: argparse.ArgumentParser) -> None:
    """It has no arguments."""
    parser.description = "Lists the scenarios that the project carries."


def run(options: argparse.Namespace) -> int:
    """Prints a line for each: name, tab, description."""
    for name in parse.names():
        print(f"{name}\t{parse.read(parse.find(name)).description}")
    return Exit.PASS
