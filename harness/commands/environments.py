"""What `plan`, `apply` and `destroy` share: an environment, and the AWS that it lives in."""

import argparse
import fcntl
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from harness import emulator
from harness.commands import places
from harness.commands.telling import tell
from harness.delivery import MANIFEST, build, credentials, environment, working_copy
from harness.delivery.environment import Environment
from harness.delivery.errors import CredentialsError, NotConfirmed, TerraformError
from harness.delivery.terraform import Platform, Terraform
from harness.emulator import EmulatorError
from harness.stack import Stack, load

LOCAL = "local"
"""The environment that lives in the emulator; every other one is on AWS."""

EMULATOR = places.BUILD / "emulator"
# The provider mostly sleeps, also where the emulator is ready at once. AWS would throttle so many calls.
_PARALLELISM = 40
_FORGET = "`make emulator-stop` forgets them, then `make apply` builds anew"
_WORKING = places.BUILD / "environments"


@dataclass(frozen=True)
class Opened:
    """An environment that Terraform can work on, and the file of its packages. `lock` keeps others from it."""

    environment: Environment
    packages: Path
    lock: TextIO


def working_folder(name: str) -> Path:
    """Where Terraform works on an environment, and keeps the state of a local one."""
    return _WORKING / name


def arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that all three have."""
    parser.add_argument("--env", default=LOCAL, help="an environment of terraform/envs (default: %(default)s)")
    parser.add_argument(
        "--var", action="append", default=[], metavar="NAME=VALUE", help="a variable's value, before that of the file"
    )
    parser.add_argument(
        "--source", type=Path, default=places.TERRAFORM, help="Terraform configuration (default: terraform)"
    )


def opened(name: str, source: Path, variables: list[str], *, ready: Callable[[], None] = lambda: None) -> Opened:
    """The environment, with its AWS reachable, its functions packaged and Terraform ready.

    `ready` is called once AWS is reached, before what takes minutes. Raises one clear line where Terraform,
    credentials, emulator, provider or state are missing.
    """
    working_copy.values_file(source, name)
    stack = load(places.description(name))
    folder = working_folder(name)
    lock = alone(name)
    Terraform(folder)  # none, or one that is too old, is told before what takes minutes
    aws, platform = _emulated(stack, folder) if name == LOCAL else _real(name, source, stack.region)
    ready()
    packages = places.BUILD / "packages" / name
    tell(f"packaging the functions of {name}")
    build(stack.functions, root=places.ROOT, folder=packages, progress=_quiet)
    tell(f"preparing Terraform for {name}")
    found = Environment(
        source.resolve(),
        name,
        folder,
        local_state=name == LOCAL,
        variables=aws,
        values=variables,
        platform=platform,
        parallelism=_PARALLELISM if name == LOCAL else None,
    )
    found.init()
    return Opened(found, packages / MANIFEST, lock)


def alone(name: str) -> TextIO:
    """A lock on an environment, which goes with the object. Raises TerraformError where another command has it."""
    _WORKING.mkdir(parents=True, exist_ok=True)
    file = (_WORKING / f"{name}.lock").open("a+", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        raise TerraformError(
            f"another command works on {name} (pid {file.read().strip() or 'unknown'}); wait until it has ended"
        ) from None
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def variables(name: str) -> Mapping[str, str]:
    """What leads boto3 to where an environment lives, as environment variables. The emulator of LOCAL must run."""
    if name != LOCAL:
        return {}
    running = emulator.running(EMULATOR)
    if running is None:
        raise EmulatorError(_gone(working_folder(name)) or "no emulator runs; `make apply` starts one")
    return running.environment()


def answerable(*, yes: bool) -> None:
    """Raises NotConfirmed where a question would find nobody: before the plan that it is about, which takes a while."""
    if not _confirmed(yes) and not sys.stdin.isatty():
        raise NotConfirmed("this asks, and nobody is there to answer: confirm with --yes, or with YES=1")


def confirm(question: str, *, yes: bool) -> None:
    """Asks before what costs or destroys. Raises NotConfirmed without a yes."""
    if _confirmed(yes):
        return
    answerable(yes=yes)
    sys.stderr.write(f"{question} Only `yes` goes on: ")
    sys.stderr.flush()
    if sys.stdin.readline().strip() != "yes":
        raise NotConfirmed("not confirmed; nothing was changed")


def _confirmed(yes: bool) -> bool:
    return yes or os.environ.get("YES") == "1"


def own_account(name: str, source: Path, region: str) -> None:
    """Raises CredentialsError where the AWS credentials are missing, or of another account than the environment's."""
    account, wanted = credentials.account(region), working_copy.value(source, name, "account_id")
    if account != wanted:
        raise CredentialsError(
            f"AWS credentials: they are of account {account}, and {name} belongs to {wanted} "
            f"(account_id in envs/{name}.tfvars)"
        )


def _emulated(stack: Stack, folder: Path) -> tuple[Mapping[str, str], Platform]:
    if emulator.running(EMULATOR) is None and (gone := _gone(folder)):
        raise EmulatorError(gone)
    running = emulator.start(EMULATOR, stack.region, progress=tell)
    platform = Platform(
        # The state is not looked at: Terraform may be writing it.
        lost=lambda: None if running.alive else f"the emulator has ended, and its resources with it; {_FORGET}",
        held=running.held,
    )
    # Nothing of the person's AWS may come along: a profile, a session's token, the endpoint of one service.
    own = {variable: value for variable, value in os.environ.items() if not variable.startswith("AWS_")}
    return own | running.environment(), platform


def _gone(folder: Path) -> str | None:
    """What to say where the state in `folder` has resources of an emulator that is no more."""
    count = environment.resources_in(folder)
    if not count:
        return None
    return (
        f"the emulator has ended, and with it the {count} resources that {folder / 'terraform.tfstate'} lists; "
        f"{_FORGET}"
    )


def _real(name: str, source: Path, region: str) -> tuple[Mapping[str, str], Platform]:
    own_account(name, source, region)
    return os.environ, Platform()


def _quiet(line: str) -> None:
    pass
