"""`harness destroy`: an environment, removed."""

import argparse
import time
from functools import partial

from harness import emulator
from harness.commands import environments
from harness.commands.telling import interrupted, tell
from harness.delivery import environment
from harness.scenario.exit import Exit


def add(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.description = "Plans the removal of everything, asks, and removes it; for ENV local the emulator too."
    parser.epilog = (
        "Exit code: 0 destroyed, or nothing there; 1 something is left in the emulator; 3 it failed or was not "
        "confirmed; 130 interrupted. What is left is in the state: the same command goes on from there."
    )
    environments.arguments(parser)
    parser.add_argument("--yes", action="store_true", help="do not ask (also: YES=1)")
    parser.add_argument("--keep-emulator", action="store_true", help="leave the emulator running, empty, for ENV local")


def run(options: argparse.Namespace) -> int:
    """Plans, asks, destroys."""
    began = time.monotonic()
    local = options.env == environments.LOCAL
    folder = environments.working_folder(options.env)
    if local and not environment.resources_in(folder):
        print(f"{options.env}: nothing to destroy")
    else:
        ready = partial(environments.answerable, yes=options.yes)
        with interrupted("nothing was changed"):
            opened = environments.opened(options.env, options.source, options.var, ready=ready)
            plan = opened.environment.plan(opened.packages, destroy=True)
        environments.confirm(f"{options.env}: {plan.summary()}. Destroy it all?", yes=options.yes)
        with interrupted("what is left is in the state, and `make destroy` goes on from there"):
            opened.environment.apply()
        print(f"{options.env}: {plan.summary()}: done in {time.monotonic() - began:.0f} s")
    if not local:
        return Exit.PASS
    running = emulator.running(environments.EMULATOR)
    left = emulator.inventory(running) if running else []
    for line in left:
        print(f"left in the emulator: {line}")
    if running and not left:
        print("nothing is left in the emulator")
    if not options.keep_emulator and emulator.stop(environments.EMULATOR):
        tell("the emulator has ended")
    return Exit.FAIL if left else Exit.PASS
