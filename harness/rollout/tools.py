"""The external programs of a rollout: found, called, and heard out when they fail."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.rollout.errors import ToolFailed, ToolMissing

_HINTS = {
    "kubectl": "install it from https://kubernetes.io/docs/tasks/tools",
    "helm": "install it from https://helm.sh/docs/intro/install",
    "docker": "install a Docker engine or Docker Desktop (https://docs.docker.com/engine/install)",
}


def find(name: str) -> str:
    """The path of a program. Raises ToolMissing with where to get it."""
    path = shutil.which(name)
    if path is None:
        raise ToolMissing(f"{name} is not on the PATH; {_HINTS[name]}")
    return path


def run(name: str, *arguments: str, given: str | None = None, timeout_s: float = 120.0) -> str:
    """What a program prints; `given` is its standard input. Raises ToolMissing and ToolFailed."""
    try:
        done = subprocess.run(
            [find(name), *arguments],
            input=given,
            stdin=subprocess.DEVNULL if given is None else None,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ToolFailed(f"{name} {arguments[0]}: no answer within {timeout_s:g} s") from None
    if done.returncode:
        said = " ".join((done.stderr.strip() or done.stdout.strip()).split())[-600:] or "failed without a word"
        raise ToolFailed(f"{name} {arguments[0]}: {said}")
    return done.stdout


def stream(
    name: str, *arguments: str, folder: Path | None = None, environment: Mapping[str, str] | None = None
) -> None:
    """Runs a program whose progress a person wants to see: all it says goes to stderr. Raises as `run` does."""
    argv: Sequence[str] = [find(name), *arguments]
    done = subprocess.run(
        argv,
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        check=False,
    )
    if done.returncode:
        raise ToolFailed(f"{name} {arguments[0]}: failed with exit code {done.returncode}; what it said stands above")
