"""The record of every run on this machine, from which a later start removes what a dead run has left."""

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from harness.process.ending import end
from harness.process.errors import FolderError
from harness.process.proc import Identity, alive, carriers, descendants, machine, send

BASE_VARIABLE = "HARNESS_TMP"
"""Environment variable that moves the folder of records and private folders."""

_HINT = f"set {BASE_VARIABLE} to a folder of your own"
_GUARD_PATIENCE_S = 20.0
_COMMAND_LIMIT_S = 60.0
_GRACE_S = 2.0


@dataclass(frozen=True)
class Command:
    """A command that undoes something outside the process tree (a container, a file elsewhere), and its folder."""

    argv: tuple[str, ...]
    cwd: str


@dataclass(frozen=True)
class Record:
    """What a later start has to know of a run to end it."""

    run: str
    boot: str
    namespace: str
    harness: Identity
    guard: Identity | None
    folder: str
    at_end: tuple[Command, ...] = ()


class Registry:
    """Records in `<base>/runs/<run>.json`, private folders in `<base>/<run>`; all for this user's eyes only.

    `base` is $HARNESS_TMP, else `harness-<uid>` in the folder for temporary files: a short path, since the path of a
    Unix socket has at most 107 characters.
    """

    def __init__(self, base: Path | None = None) -> None:
        if base is None:
            named = os.environ.get(BASE_VARIABLE)
            base = Path(named) if named else Path(tempfile.gettempdir()) / f"harness-{os.getuid()}"
        self.base = base.absolute()
        self._runs = self.base / "runs"

    def prepare(self) -> None:
        """Makes the folders. FolderError where that fails, or where others could have put commands into them."""
        for folder in (self.base, self._runs):
            try:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                verify(folder)
            except OSError as error:
                raise FolderError(f"{folder}: cannot be made: {error.strerror}; {_HINT}") from error

    def new_run(self) -> tuple[str, Path]:
        """A fresh run id, and the private folder that it is to have (not made yet: its record comes first)."""
        run = f"{time.strftime('%m%d-%H%M%S', time.gmtime())}-{secrets.token_hex(3)}"
        return run, self.base / run

    def path(self, run: str) -> Path:
        """The file of a run's record."""
        return self._runs / f"{run}.json"

    def write(self, record: Record) -> None:
        """Stores a record, at once or not at all."""
        path = self.path(record.run)
        draft = path.with_suffix(".draft")
        try:
            draft.write_text(json.dumps(asdict(record)), encoding="utf-8")
            draft.replace(path)
        except OSError as error:
            hint = f"set {BASE_VARIABLE} to another folder"
            raise FolderError(f"{path}: cannot be written: {error.strerror}; {hint}") from error

    def records(self) -> list[Record]:
        """The records of all runs; one that cannot be read belongs to no run and is removed."""
        found = []
        for path in sorted(self._runs.glob("*.json")):
            try:
                found.append(read(path))
            except FileNotFoundError:
                continue
            except (ValueError, KeyError, TypeError):
                path.unlink(missing_ok=True)
        return found

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Only one sweep at a time."""
        with (self.base / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def verify(folder: Path) -> None:
    """That only this user can write `folder`, and can. FolderError where not; OSError where it is not there."""
    info = folder.lstat()
    if not stat.S_ISDIR(info.st_mode) or info.st_uid != os.getuid() or info.st_mode & 0o022:
        raise FolderError(f"{folder}: not a folder that only you can write; {_HINT}")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise FolderError(f"{folder}: cannot be written; {_HINT}")


def read(path: Path) -> Record:
    """Reads one record."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    return Record(
        run=raw["run"],
        boot=raw["boot"],
        namespace=raw["namespace"],
        harness=Identity(**raw["harness"]),
        guard=Identity(**raw["guard"]) if raw["guard"] else None,
        folder=raw["folder"],
        at_end=tuple(Command(tuple(command["argv"]), command["cwd"]) for command in raw["at_end"]),
    )


def remove_traces(record: Record, path: Path, survivors: Sequence[Identity]) -> list[str]:
    """Runs the record's commands, removes its private folder, and at last the record itself.

    The record stays where something could not be removed, so that the next start tries again. Returns what that is.
    """
    problems = [f"process {identity.pid} does not end" for identity in survivors]
    for command in reversed(record.at_end):
        if shutil.which(command.argv[0]) is None or not Path(command.cwd).is_dir():
            continue  # the checkout or the environment that it belonged to is no more; keeping it would help nobody
        try:
            done = subprocess.run(
                command.argv,
                cwd=command.cwd,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_COMMAND_LIMIT_S,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            problems.append(f"`{' '.join(command.argv)}` failed: {error}")
            continue
        if done.returncode:
            last = (done.stderr.strip() or done.stdout.strip()).rpartition("\n")[2]
            problems.append(f"`{' '.join(command.argv)}` ended with {done.returncode}: {last}")
    try:
        shutil.rmtree(record.folder)
    except FileNotFoundError:
        pass
    except OSError as error:
        problems.append(f"{record.folder} cannot be removed: {error}")
    if not problems:
        path.unlink(missing_ok=True)
    return problems


def sweep(base: Path | None = None) -> list[str]:
    """Ends and removes everything that runs whose harness is dead have left. Returns one line per run and problem.

    A guard that is still at it, or was stopped, is given 20 s to finish, then ended. Runs that live are not touched.
    Several harnesses may sweep at once: they take turns.
    """
    registry = Registry(base)
    registry.prepare()
    lines: list[str] = []
    with registry.locked():
        boot, namespace = machine()
        for record in registry.records():
            rebooted = record.boot != boot
            if not rebooted and (record.namespace != namespace or alive(record.harness)):
                continue
            survivors: list[Identity] = []
            if not rebooted:
                _await_guard(record)
                if not registry.path(record.run).exists():
                    continue  # its guard has done it all
                survivors = end(partial(carriers, record.run), grace_s=_GRACE_S)
            problems = remove_traces(record, registry.path(record.run), survivors)
            lines.append(f"removed what the dead run {record.run} had left")
            lines += [f"run {record.run}: {problem}" for problem in problems]
    return lines


def _await_guard(record: Record) -> None:
    """Lets a guard that is still at it finish; one that does not is ended, with everything below it."""
    guard = record.guard
    if guard is None or not alive(guard):
        return
    send(guard, signal.SIGCONT)
    deadline = time.monotonic() + _GUARD_PATIENCE_S
    while alive(guard) and time.monotonic() < deadline:
        time.sleep(0.05)
    below = descendants(guard.pid) if alive(guard) else []
    end(partial(filter, alive, [guard, *below]), grace_s=0)
