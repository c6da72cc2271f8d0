"""`harness install`: server programs from the distribution."""

import argparse

from harness.commands.telling import tell
from harness.process import Guard
from harness.scenario.exit import Exit
from harness.services import install_native


def add(parser: argparse.ArgumentParser) -> None:
    """It has no arguments."""
    parser.description = "Installs the server programs that are missing, without starting their system services."


def run(options: argparse.Namespace) -> int:
    """Installs what is missing."""
    with Guard(progress=tell) as guard:
        install_native(guard=guard, folder=guard.folder, progress=tell)
    return Exit.PASS
