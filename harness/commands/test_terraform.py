"""`harness test-terraform`: everything that can be said of the Terraform configuration without AWS."""

import argparse
from pathlib import Path

from harness.commands import places
from harness.commands.telling import tell
from harness.delivery import verification
from harness.scenario.exit import Exit


def add(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.description = "Checks the format, validity and policies of the Terraform configuration, and runs its tests."
    parser.epilog = "Exit code: 0 all holds, 1 something does not, 3 Terraform or its provider cannot be had."
    parser.add_argument("--filter", action="append", default=[], help="a test file, such as tests/api.tftest.hcl")
    parser.add_argument(
        "--checkov", type=Path, default=places.CHECKOV, help="its program (default: .venv-checkov/bin/checkov)"
    )


def run(options: argparse.Namespace) -> int:
    """Checks all, and names what failed."""
    folder = places.BUILD / "terraform" / "test"
    failed = verification.verify(places.TERRAFORM, folder, options.checkov, filters=options.filter, progress=tell)
    tell(f"failed: {', '.join(failed)}" if failed else "all holds")
    return Exit.FAIL if failed else Exit.PASS
