"""Terraform, through python-terraform: the one place where it is called.

python-terraform writes the command line. It is not asked to run it: it keeps the output until the end, reads a state
file after every call, and its `destroy` passes a flag that Terraform no longer knows.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import python_terraform

from harness.delivery.errors import TerraformError
from harness.delivery.providers import configure

OLDEST = (1, 11)
FLAG = python_terraform.IsFlagged
_LOOK_S = 0.2
_CANCEL_S = 2.0
"""How long the platform is held after an interruption: Terraform has let go of its calls by then."""
_PATIENCE_S = 10.0
"""How long Terraform may take to end where what it works on is lost."""
_UNREACHABLE = ("could not connect to registry", "failed to query available provider packages", "failed to retrieve")


@dataclass(frozen=True)
class Platform:
    """What Terraform works on, as far as it matters while it works.

    `lost` says what of it has gone in the meantime. Within `held` no call of its API is under way.
    """

    lost: Callable[[], str | None] = lambda: None
    held: Callable[[], AbstractContextManager[None]] = nullcontext


class Terraform:
    """Calls Terraform in `folder`, whose `.terraform` and CLI configuration stay there.

    Raises TerraformError where there is no Terraform, or one that is too old.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        given = os.environ if environment is None else environment
        binary = shutil.which("terraform", path=given.get("PATH"))
        if binary is None:
            raise TerraformError(
                "terraform is not on the PATH; install 1.11 or newer from https://developer.hashicorp.com/terraform/install"
            )
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._environment = {**configure(given, folder), "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}
        self._commands = python_terraform.Terraform(str(folder), terraform_bin_path=binary)
        self.version: str = json.loads(self.run("version", json=FLAG))["terraform_version"]
        if tuple(int(part) for part in self.version.split("-")[0].split(".")[:2]) < OLDEST:
            raise TerraformError(
                f"{binary} is Terraform {self.version}; {'.'.join(map(str, OLDEST))} or newer is needed"
            )

    def run(self, command: str, *arguments: str, **options: Any) -> str:
        """What `command` prints. Raises TerraformError with what it said is wrong.

        Options are written as python-terraform does: `var_file=[…]` repeats, `json=FLAG` has no value.
        """
        done = subprocess.run(
            self._commands.generate_cmd_string(command, *arguments, **options),
            cwd=self.folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise TerraformError("\n".join(_explain(command, done.stdout, done.stderr)))
        return done.stdout

    def stream(self, command: str, *arguments: str, **options: Any) -> bool:
        """Runs `command` with its output going to ours. False where it failed."""
        line = self._commands.generate_cmd_string(command, *arguments, **options)
        done = subprocess.run(line, cwd=self.folder, env=self._environment, stdin=subprocess.DEVNULL, check=False)
        return done.returncode == 0

    def watch(self, command: str, *arguments: str, platform: Platform, **options: Any) -> None:
        """Runs `command` with its output going to ours, for as long as nothing of `platform` is lost.

        Terraform has a session of its own, so that a Ctrl-C reaches it once: it ends what it has begun, saves the state
        and unlocks it, and only then is Interrupted raised again. The platform is held before: Terraform forgets what a
        call makes that it no longer waits for. Raises TerraformError with what it said is wrong, in
        one line where the cause is known, or with what is lost.
        """
        colour = {} if sys.stdout.isatty() else {"no_color": FLAG}
        process = subprocess.Popen(
            self._commands.generate_cmd_string(command, *arguments, **colour, **options),
            cwd=self.folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
            text=True,
            errors="replace",
        )
        assert process.stderr is not None
        with process, ThreadPoolExecutor(1) as reader:
            said = reader.submit(process.stderr.read)
            gone: str | None = None
            try:
                while process.poll() is None and not gone:
                    time.sleep(_LOOK_S)
                    gone = platform.lost()
                if gone:
                    process.send_signal(signal.SIGINT)
                    _await(process, _PATIENCE_S)
            except KeyboardInterrupt:
                with platform.held():
                    process.send_signal(signal.SIGINT)
                    _await(process, _CANCEL_S)
                process.wait()
                raise
            finally:
                # Its providers are in its group; one of them has been seen to stay behind.
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
            if gone:
                raise TerraformError(gone)
            if process.returncode:
                known = _known(said.result(), self.folder)
                raise TerraformError(known or f"terraform {command} failed\n{said.result().strip()}")
            sys.stderr.write(said.result())

    def init(self, backend_config: str | None = None) -> None:
        """Installs providers as locked and modules, with the backend as the folder and `backend_config` set it."""
        backend = {"backend_config": backend_config, "reconfigure": FLAG} if backend_config else {}
        self.run("init", input=False, lockfile="readonly", json=FLAG, **backend)


def _explain(command: str, stdout: str, stderr: str) -> Iterator[str]:
    """One line for each error that Terraform reports, with its place."""
    errors = list(_diagnostics(stdout))
    if not errors:
        yield f"terraform {command}: {_plain(command, stdout, stderr)}"
    for error in errors:
        summary = error["summary"].rstrip(".")
        detail = " ".join(error.get("detail", "").split())
        if any(sign in (summary + detail).lower() for sign in _UNREACHABLE):
            yield (
                "terraform: the AWS provider cannot be had: no registry answers, and no filesystem mirror was found; "
                "set HARNESS_TERRAFORM_MIRROR to the folder that contains registry.terraform.io"
            )
            return
        place = error.get("range", {})
        where = f"{place['filename']}:{place['start']['line']}: " if place else ""
        yield f"terraform: {where}{summary}: {detail}" if detail else f"terraform: {where}{summary}"


def _plain(command: str, stdout: str, stderr: str) -> str:
    """What a command said that was not called with -json: in one line, but for the report of its tests."""
    if command == "test":
        return f"\n{stdout.strip()}\n{stderr.strip()}"
    return " ".join((stderr.strip() or stdout.strip()).split())[:500] or "failed without a word"


def _await(process: "subprocess.Popen[str]", limit_s: float) -> None:
    """Waits for the end of a process, `limit_s` at most."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(limit_s)


def _known(stderr: str, folder: Path) -> str | None:
    """One line that says what to do, where Terraform's page of text has a known cause; it was called in `folder`."""
    plain = " ".join(re.sub(r"[│╷╵]|\x1b\[[0-9;]*m", " ", stderr).split())
    if "Error acquiring the state lock" in plain:
        who, since, key = (
            found[1] if (found := re.search(rf"{name}: +(\S+(?: \S+)?)", plain)) else "somebody"
            for name in ("Who", "Created", "ID")
        )
        return (
            f"terraform: the state is locked by {who.split()[0]} since {since}; wait until that run has ended, or, if "
            f"it is dead, run `terraform force-unlock {key.split()[0]}` in {folder}"
        )
    if any(sign in plain for sign in ("ExpiredToken", "security token included in the request is expired")):
        return "AWS credentials: they expired while Terraform ran; sign in again and repeat the command"
    return None


def undeclared(stdout: str) -> list[str]:
    """The values that a plan, called with -json, was given for variables that do not exist: Terraform only warns."""
    return [
        " ".join(warning["detail"].split())
        for warning in _diagnostics(stdout, "warning")
        if warning["summary"].startswith("Value for undeclared variable")
    ]


def _diagnostics(stdout: str, severity: str = "error") -> Iterator[dict[str, Any]]:
    """What is of this severity among the JSON lines of a command that was called with -json."""
    for line in stdout.splitlines():
        try:
            value = json.loads(line)
        except ValueError:
            continue
        diagnostic = value.get("diagnostic") if isinstance(value, dict) else None
        if diagnostic and diagnostic.get("severity") == severity:
            yield diagnostic
