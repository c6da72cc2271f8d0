"""`harness cost`: what a stack costs at rest."""

import argparse
import json

from harness.capacity import PriceList, at_rest
from harness.commands import places
from harness.delivery import working_copy
from harness.scenario.exit import Exit
from harness.stack import load


def add(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.description = (
        "Lists what is paid by the hour or month at the stack's minimum size, with each price's source."
    )
    parser.add_argument("--env", default="prod", help="terraform/stack.ENV.json (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="one JSON object, with every price's source and date")


def run(options: argparse.Namespace) -> int:
    """Prints a table, or JSON."""
    working_copy.values_file(places.TERRAFORM, options.env)  # says which environments there are
    found = at_rest(load(places.description(options.env)), PriceList.load())
    print(json.dumps(found.as_json(), indent=2) if options.json else found.table())
    return Exit.PASS
