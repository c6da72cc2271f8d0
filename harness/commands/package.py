"""`harness package`: the functions as zips for Lambda."""

import argparse
from pathlib import Path

from harness.commands import places
from harness.commands.telling import tell
from harness.delivery import MANIFEST, build, working_copy
from harness.scenario.exit import Exit
from harness.stack import load


def add(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.description = (
        "Builds one zip per function of the stack, the same bytes each time, and a file of their hashes."
    )
    parser.add_argument("--env", default="local", help="builds for terraform/stack.ENV.json (default: %(default)s)")
    parser.add_argument("--stack", type=Path, help="another stack description instead")
    parser.add_argument(
        "--out", type=Path, default=places.BUILD / "packages", help="a folder is made in it (default: build/packages)"
    )


def run(options: argparse.Namespace) -> int:
    """Builds all, and prints size and hash of each."""
    if options.stack is None:
        working_copy.values_file(places.TERRAFORM, options.env)  # says which environments there are
    stack = load(options.stack or places.description(options.env))
    folder = options.out / stack.environment
    for each in build(stack.functions, root=places.ROOT, folder=folder, progress=tell):
        print(f"{each.function:<16} {each.zipped_bytes:>10,} bytes  sha256 {each.sha256}")
    tell(f"written with their hashes to {folder / MANIFEST}")
    return Exit.PASS
