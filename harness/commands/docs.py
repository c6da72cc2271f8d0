"""`harness docs`: the tables in the READMEs of the Terraform configuration."""

import argparse

from harness.commands import places
from harness.commands.telling import tell
from harness.delivery import readme
from harness.scenario.exit import Exit


def add(parser: argparse.ArgumentParser) -> None:
    """It has no arguments."""
    parser.description = "Renews the tables of inputs and outputs in the README files of the Terraform configuration."


def run(options: argparse.Namespace) -> int:
    """Renews them, and names those that changed."""
    for folder in (places.TERRAFORM, *sorted(places.TERRAFORM.glob("modules/*/"))):
        if readme.write(folder):
            tell(f"{folder.relative_to(places.ROOT)}/README.md: renewed")
    return Exit.PASS
