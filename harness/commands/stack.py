"""`harness stack`: the stack descriptions, from the Terraform plan."""

import argparse
from pathlib import Path

from harness.commands import places
from harness.commands.telling import tell
from harness.delivery import stack_files, working_copy
from harness.scenario.exit import Exit


def add(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.description = "Plans without AWS, and writes the stack descriptions that replays and simulations run from."
    parser.epilog = "Exit code: 0 written, or up to date; 1 --check found a stale file; 3 the plan failed."
    parser.add_argument("--env", action="append", help="an environment (default: every one in terraform/envs)")
    parser.add_argument("--check", action="store_true", help="write nothing; show what is stale")
    parser.add_argument(
        "--source", type=Path, default=places.TERRAFORM, help="Terraform configuration (default: terraform)"
    )


def run(options: argparse.Namespace) -> int:
    """Writes what is stale, or shows it."""
    source = options.source.resolve()
    stale = False
    for environment in options.env or working_copy.environments(source):
        file = stack_files.plan(source, environment, places.BUILD / "terraform", progress=tell)
        if not file.stale:
            print(f"{file.path.name}: up to date")
        elif options.check:
            stale = True
            print(f"{file.path.name}: stale; `make stack` writes it anew\n{file.difference()}")
        else:
            difference = file.difference()
            file.write()
            print(f"{file.path.name}: written\n{difference}")
    return Exit.FAIL if stale else Exit.PASS
