"""`harness doctor`: what this machine has and lacks for each command."""

import argparse
import json

from rich.console import Console

from harness.commands import environments, places
from harness.doctor import examine
from harness.scenario.exit import Exit


def add(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.description = (
        "Looks at programs, servers, ports, disk, memory, Terraform's provider and AWS credentials, by the checks that "
        "the commands themselves make. Changes nothing, and takes a few seconds."
    )
    parser.epilog = "Exit code: 0 replay and test have all they need, with native servers; 1 they do not."
    parser.add_argument("--json", action="store_true", help="one JSON object instead of tables")


def run(options: argparse.Namespace) -> int:
    """Prints what was found and what each command lacks."""
    found = examine(
        root=places.ROOT,
        packages=places.BUILD / "packages",
        checkov=places.CHECKOV,
        emulator=environments.EMULATOR,
        run=places.OUT / "latest",
    )
    if options.json:
        print(json.dumps(found.as_json(), indent=2))
    else:
        found.show(Console())
    return Exit.PASS if found.ready else Exit.FAIL
