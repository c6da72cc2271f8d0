"""`harness emulator-stop`: the emulator ended, and what it held forgotten."""

import argparse

from harness import emulator
from harness.commands import environments
from harness.delivery import environment
from harness.scenario.exit import Exit


def add(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.description = (
        "Ends the emulator that `plan`, `apply` and `destroy` started for ENV local. Its resources end with it, so the "
        "state that lists them is removed too."
    )


def run(options: argparse.Namespace) -> int:
    """Ends it, where it runs."""
    lock = environments.alone(environments.LOCAL)
    stopped = emulator.stop(environments.EMULATOR)
    folder = environments.working_folder(environments.LOCAL)
    count = environment.resources_in(folder)
    environment.forget(folder)
    print("the emulator has ended" if stopped else "no emulator runs")
    if count:
        print(f"{count} resources were forgotten")
    lock.close()
    return Exit.PASS
