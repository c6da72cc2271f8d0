"""`harness plan`: what an apply would change."""

import argparse

from harness.commands import environments
from harness.commands.telling import interrupted
from harness.scenario.exit import Exit


def add(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.description = (
        "Shows what Terraform would change. ENV local lives in an emulator on this machine, which is started where "
        "none runs; others are on AWS, with your credentials."
    )
    parser.epilog = "Exit code: 0 planned; 1 --check found something to change; 3 the plan failed; 130 interrupted."
    environments.arguments(parser)
    parser.add_argument("--check", action="store_true", help="exit with 1 where the plan is not empty")


def run(options: argparse.Namespace) -> int:
    """Plans, and prints how much would change."""
    with interrupted("nothing was changed"):
        opened = environments.opened(options.env, options.source, options.var)
        plan = opened.environment.plan(opened.packages)
    print(f"{options.env}: {plan.summary()}")
    return Exit.FAIL if options.check and not plan.empty else Exit.PASS
