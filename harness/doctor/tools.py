"""Programs and files that single commands need."""

import json
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from harness.delivery import DeliveryError, vendor
from harness.delivery.packages import unvendored
from harness.doctor.probes import Finding
from harness.rollout import RolloutError, image
from harness.rollout import tools as rollout_tools
from harness.stack import StackError, load

_LIMIT_S = 3


def uv() -> Finding:
    """uv, which fetches the functions' dependencies."""
    try:
        return Finding(_version([vendor.uv(), "--version"]))
    except DeliveryError as error:
        return Finding(str(error), lacks="uv", run="make venv")


def dependencies(root: Path, packages: Path) -> Finding:
    """The dependencies of the local functions: kept from an earlier time, or still to be fetched from an index."""
    try:
        stack = load(root / "terraform" / "stack.local.json")
        missing = unvendored(stack.functions, root=root, folder=packages / stack.environment)
    except (DeliveryError, StackError) as error:
        return Finding(str(error), lacks="packages that can be built", run="see the file that is named")
    if missing:
        return Finding(f"to be fetched from a package index for Python: those of {', '.join(missing)}")
    return Finding("kept from an earlier time; no package index is needed")


def descriptions(terraform: Path) -> Finding:
    """The stack descriptions, which replays, packages and simulations run from."""
    files = sorted(terraform.glob("stack.*.json"))
    try:
        for file in files:
            load(file)
    except StackError as error:
        return Finding(str(error), lacks="a stack description that can be read", run="make stack")
    if not files:
        return Finding(f"none in {terraform}", lacks="stack descriptions", run="make stack")
    return Finding(", ".join(file.name for file in files))


def builder() -> Finding:
    """A Docker engine, and a client that can build the workers' image with it."""
    try:
        image.engine()
    except RolloutError as error:
        return Finding(str(error), lacks="a Docker engine that builds images", run="start one, with its plugin buildx")
    return Finding("builds")


def program(name: str, *arguments: str) -> Finding:
    """A program that a rollout calls, with what it answers to `arguments` about its version."""
    try:
        path = rollout_tools.find(name)
    except RolloutError as error:
        what, _, advice = str(error).partition("; ")
        return Finding(what, lacks=name, run=advice)
    return Finding(_version([path, *arguments]))


def _version(argv: Sequence[str]) -> str:
    """What a program says of its version: the first thing in its answer that looks like one."""
    done = subprocess.run(argv, capture_output=True, text=True, timeout=_LIMIT_S, check=False)
    name = Path(argv[0]).name
    try:
        said = json.dumps(json.loads(done.stdout))
    except ValueError:
        said = done.stdout
    match = re.search(r"\d+\.\d+[\w.+-]*", said)
    return f"{name} {match[0]}" if match else f"{name} at {argv[0]}"
