"""Installing missing server programs from Debian's or Ubuntu's packages, without starting their system services."""

import os
import shutil
import stat
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from harness.process import PIPE, Guard
from harness.services.errors import InstallFailed, ProgramMissing

_POLICY = Path("/usr/sbin/policy-rc.d")
_MARK = "made by the rehearsal harness for the time of an installation"
_DENIED = 101
_OPTIONS = ("-o", "DPkg::Lock::Timeout=300", "-o", "APT::Status-Fd=3", "-o", "Dpkg::Use-Pty=0")
_ENVIRONMENT = {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}


def command(packages: Sequence[str]) -> str:
    """The command that a person would give."""
    return f"sudo apt-get install --no-install-recommends {' '.join(packages)}"


def obstacle(packages: Sequence[str]) -> str | None:
    """Why `install` refuses here, and what to do instead; None where it would try."""
    if shutil.which("apt-get") is None or shutil.which("dpkg") is None:
        return (
            f"Install these servers with your system's package manager (on Debian or Ubuntu: {command(packages)}), "
            "or use SERVICES=containers"
        )
    if os.geteuid() != 0:
        return f"Run: {command(packages)} (the services need not run), or use SERVICES=containers"
    return None


def install(packages: Sequence[str], *, guard: Guard, folder: Path, progress: Callable[[str], None]) -> None:
    """Installs the packages by apt-get. ProgramMissing, with the command to give, where this user or machine cannot."""
    if advice := obstacle(packages):
        raise ProgramMissing(f"not installed: {', '.join(packages)}. {advice}")
    progress(f"installing {', '.join(packages)}")
    with services_kept_still(guard):
        # Finishes an installation that was interrupted, and does nothing where there is none.
        _run(["dpkg", "--configure", "-a", "--force-confold"], guard=guard, folder=folder, progress=progress)
        install_command = ["apt-get", "install", "-y", "--no-install-recommends", *_OPTIONS, *packages]
        # Lists that are missing or too old show only by a failure.
        if not _known(packages) or _run(install_command, guard=guard, folder=folder, progress=progress):
            _run(["apt-get", "update", *_OPTIONS], guard=guard, folder=folder, progress=progress)
            code = _run(install_command, guard=guard, folder=folder, progress=progress)
            if code:
                tail = "\n".join(f"  | {line}" for line in (folder / "install.log").read_text().splitlines()[-12:])
                raise InstallFailed(f"apt-get ended with {code}\n{tail}\n  hint: try `{command(packages)}` by hand")
    progress(f"installed {', '.join(packages)}")


def _known(packages: Sequence[str]) -> bool:
    done = subprocess.run(
        ["apt-get", "install", "--simulate", "--no-install-recommends", *packages],
        env={**os.environ, **_ENVIRONMENT},
        stdin=subprocess.DEVNULL,
        capture_output=True,
    )
    return done.returncode == 0


def _run(argv: Sequence[str], *, guard: Guard, folder: Path, progress: Callable[[str], None]) -> int:
    # Descriptor 3 is the pipe to us, and everything else goes to the log. (apt closes its status descriptor in the
    # programs that it calls, so it must not be their standard output.)
    child = guard.start(
        argv[0],
        ["sh", "-c", 'exec "$@" 3>&1 >&2', "sh", *argv],
        log=folder / "install.log",
        env={**os.environ, **_ENVIRONMENT},
        stdout=PIPE,
    )
    assert child.stdout is not None
    told = -10.0
    for line in child.stdout:
        status = line.decode(errors="replace").split(":", 3)  # e.g. pmstatus:package:52.29:what happens
        if status[0] in ("dlstatus", "pmstatus") and not told <= float(status[2]) < told + 10:
            told = float(status[2])
            progress(f"  {'downloading' if status[0] == 'dlstatus' else 'installing'}: {told:.0f} %")
    code = child.wait()
    assert code is not None
    return code


@contextmanager
def services_kept_still(guard: Guard, policy: Path = _POLICY) -> Iterator[None]:
    """Within it an installation starts no system service: invoke-rc.d(8) asks policy-rc.d, and 101 means no.

    A policy that already says so is left alone; another one is set aside. Both are undone however the harness ends.
    """
    if _denies(policy):
        yield
        return
    aside = policy.with_name(f"{policy.name}.harness-aside")
    undo = (
        "sh",
        "-c",
        'grep -qs "$3" "$1" && rm -f "$1"; [ ! -e "$2" ] || [ -e "$1" ] || mv "$2" "$1"',
        "undo-policy",
        str(policy),
        str(aside),
        _MARK,
    )
    take_back = guard.at_end(undo)
    try:
        if policy.exists():
            policy.rename(aside)
        policy.write_text(f"#!/bin/sh\n# {_MARK}\nexit {_DENIED}\n", encoding="utf-8")
        policy.chmod(policy.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
        yield
    finally:
        subprocess.run(undo, check=True)
        take_back()


def _denies(policy: Path) -> bool:
    if not os.access(policy, os.X_OK):
        return False
    try:
        return subprocess.run([policy, "rabbitmq-server", "start"], capture_output=True).returncode == _DENIED
    except OSError:
        return False
