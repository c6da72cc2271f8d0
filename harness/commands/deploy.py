"""`harness deploy`: the workers, rolled out to the cluster of an applied stack."""

import argparse
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from harness.commands import environments, places
from harness.commands.telling import tell
from harness.delivery import DeliveryError, working_copy
from harness.delivery.environment import Environment, resources_in
from harness.delivery.terraform import Terraform
from harness.rollout import RolloutError, figures, image, outputs, rendering, tools
from harness.rollout import run as rollout
from harness.rollout.errors import Unequipped
from harness.rollout.outputs import Outputs
from harness.scenario.exit import Exit
from harness.stack import Stack, load


def add(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.description = (
        "Renders worker_src/deploy with the figures of terraform/stack.ENV.json and the outputs of the applied stack, "
        "checks it against the schemas, shows what it will do, and does it once that is agreed to."
    )
    parser.epilog = (
        "Exit code: 0 rolled out, or rendered; 3 it failed, is invalid or was not confirmed; 130 interrupted. The same "
        "command goes on from there."
    )
    parser.add_argument("--env", default="local", help="the environment (default: %(default)s)")
    parser.add_argument("--stack", type=Path, help="another stack description instead")
    parser.add_argument("--dry-run", action="store_true", help="render and check; call neither AWS nor the cluster")
    parser.add_argument("--yes", action="store_true", help="do not ask (also: YES=1)")
    parser.add_argument("--server", metavar="URL", help="where the Kubernetes API is reached, such as a forwarded port")
    parser.add_argument("--base", default=image.BASE, metavar="IMAGE", help="a Python image (default: %(default)s)")


def run(options: argparse.Namespace) -> int:
    """Renders, asks, rolls out."""
    if options.stack is None:
        working_copy.values_file(places.TERRAFORM, options.env)  # says which environments there are
    stack = load(options.stack or places.description(options.env))
    if stack.environment == environments.LOCAL and not options.dry_run:
        raise RolloutError(
            "local has no cluster to roll out to: what emulates EKS has no nodes. `make replay` runs the same workers "
            "as processes; `make deploy DRY_RUN=1` renders their manifests; `make deploy ENV=dev` rolls out to AWS"
        )
    if not options.dry_run:
        _check(stack, yes=options.yes)
    found = _outputs(stack, dry_run=options.dry_run)
    made = image.image(found.repository_url, figures.architecture(stack), root=places.ROOT, base=options.base)
    folder = places.BUILD / "deploy" / stack.environment
    rendered = rendering.render(stack, found, made, root=places.ROOT, folder=folder, progress=tell)
    if options.dry_run:
        tell(f"these are the manifests of {stack.environment}; ENV= names another environment")
        print(rendered.file)
        return Exit.PASS
    image.obtainable(made, stack.region)
    planned = rollout.Rollout(stack, found, made, rendered, options.server)
    tell(planned.plan())
    environments.confirm("Roll out?", yes=options.yes)
    rollout.execute(planned, root=places.ROOT, folder=folder, progress=tell)
    return Exit.PASS


def _check(stack: Stack, *, yes: bool) -> None:
    """Raises Unequipped, or the error of the one thing that is missing, before anything is done."""
    name = stack.environment
    lacks = _lacks(
        partial(tools.find, "kubectl"),
        partial(tools.find, "helm"),
        partial(Terraform, environments.working_folder(name)),
        partial(environments.own_account, name, places.TERRAFORM, stack.region),
        partial(environments.answerable, yes=yes),
    )
    if not lacks:
        return
    # An engine alone may be missing: the registry can have the image, and it is asked as soon as it can be.
    lacks += _lacks(image.engine)
    if len(lacks) == 1:
        raise lacks[0]
    raise Unequipped(f"a rollout to {name} lacks {len(lacks)} things:\n" + "\n".join(f"  {lack}" for lack in lacks))


def _lacks(*needs: Callable[[], object]) -> list[Exception]:
    """The error of each need that is not met."""
    found: list[Exception] = []
    for need in needs:
        try:
            need()
        except (RolloutError, DeliveryError) as error:
            found.append(error)
    return found


def _outputs(stack: Stack, *, dry_run: bool) -> Outputs:
    """The outputs of the applied stack. Where it is only rendered, those of a local one, else stand-ins."""
    name = stack.environment
    folder = environments.working_folder(name)
    local = name == environments.LOCAL
    if dry_run and not (local and resources_in(folder)):
        return outputs.stand_ins(stack)
    found = Environment(places.TERRAFORM, name, folder, local_state=local, variables=os.environ)
    found.init()
    values = found.outputs()
    if not values:
        raise RolloutError(
            f"{name} is not applied: `make apply ENV={name}` comes first; DRY_RUN=1 renders and checks without"
        )
    return outputs.read(stack, values)
