"""`harness image`: the workers' image, built here."""

import argparse

from harness.commands import places
from harness.commands.telling import tell
from harness.delivery import working_copy
from harness.rollout import figures, image
from harness.scenario.exit import Exit
from harness.stack import load


def add(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.description = (
        "Builds the image for the nodes of the stack with the Docker engine that answers. Its tag is a hash of all "
        "that goes into it. A pip configuration that PIP_CONFIG_FILE names is lent to the build."
    )
    parser.epilog = "Exit code: 0 built, 3 no engine answers, or the build failed."
    parser.add_argument("--env", default="local", help="builds for terraform/stack.ENV.json (default: %(default)s)")
    parser.add_argument("--base", default=image.BASE, metavar="IMAGE", help="a Python image (default: %(default)s)")
    parser.add_argument("--tag", help="another tag than the hash")


def run(options: argparse.Namespace) -> int:
    """Builds it, and prints name and size."""
    working_copy.values_file(places.TERRAFORM, options.env)  # says which environments there are
    stack = load(places.description(options.env))
    repository = f"{stack.name}-{stack.environment}/worker"
    architecture = figures.architecture(stack)
    made = image.image(repository, architecture, root=places.ROOT, base=options.base, tag=options.tag)
    size = image.build(made, root=places.ROOT, progress=tell)
    print(f"{made.name} {size:,} bytes")
    return Exit.PASS
