"""Starting, finding and ending the emulator, by a record in its folder."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.request import Request, urlopen

from harness.emulator.errors import EmulatorError
from harness.emulator.front import HOLD, OPEN
from harness.emulator.gate import LIMIT_S
from harness.emulator.session import KEY
from harness.process.proc import Identity, alive, machine, send

_RECORD = "emulator.json"
_LOG = "emulator.log"
_SETTLE_S = 0.5
_HOLD_LIMIT_S = LIMIT_S + 5.0
_START_LIMIT_S = 120.0
_STOP_LIMIT_S = 60.0
_ROOT = Path(__file__).resolve().parents[2]
_TAIL_LINES = 8


@dataclass(frozen=True)
class Emulator:
    """A running emulator: the address of its front, its process, and the region that it answers for."""

    url: str
    region: str
    process: Identity
    boot: str

    @property
    def alive(self) -> bool:
        """Whether that very process still lives."""
        return self.boot == machine()[0] and alive(self.process)

    def environment(self) -> dict[str, str]:
        """What makes Terraform and boto3 talk to it, and to nothing else."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": KEY,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            # No file of the person's may add a profile, a role or an endpoint to these.
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    @contextmanager
    def held(self) -> Iterator[None]:
        """Within it no call is under way; those that come wait. One that is lost cannot be held, and needs not."""
        with suppress(OSError), urlopen(Request(self.url + HOLD, method="POST"), timeout=_HOLD_LIMIT_S):
            # What was answered last has reached its client, which notes it in the meantime.
            time.sleep(_SETTLE_S)
        try:
            yield
        finally:
            with suppress(OSError), urlopen(Request(self.url + OPEN, method="POST"), timeout=_HOLD_LIMIT_S):
                pass


def running(folder: Path) -> Emulator | None:
    """The emulator that was started in `folder`, if it lives."""
    try:
        raw = json.loads((folder / _RECORD).read_text("utf-8"))
        found = Emulator(raw["url"], raw["region"], Identity(**raw["process"]), raw["boot"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if found.alive else None


def start(folder: Path, region: str, *, progress: Callable[[str], None]) -> Emulator:
    """The emulator of `folder`: the one that runs, or a new one. Raises EmulatorError where it does not come up."""
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder):
        found = running(folder)
        if found:
            return found
        progress("starting the emulator")
        (folder / _RECORD).unlink(missing_ok=True)
        log = folder / _LOG
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "harness.emulator", str(folder / _RECORD), region],
                cwd="/",
                env={**os.environ, "PYTHONPATH": str(_ROOT)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        try:
            return _ready(folder, process, log)
        except BaseException:
            process.terminate()
            process.wait(_STOP_LIMIT_S)
            raise


def stop(folder: Path) -> bool:
    """Ends the emulator of `folder`, with all it holds. False where none runs. Raises EmulatorError where it stays."""
    if not folder.is_dir():
        return False
    with _locked(folder):
        found = running(folder)
        if found:
            send(found.process, signal.SIGTERM)
            deadline = time.monotonic() + _STOP_LIMIT_S
            while found.alive:
                if time.monotonic() > deadline:
                    raise EmulatorError(f"the emulator (pid {found.process.pid}) does not end; end it by hand")
                time.sleep(0.05)
        (folder / _RECORD).unlink(missing_ok=True)
        return found is not None


def write(record: Path, emulator: Emulator) -> None:
    """Stores the record of an emulator that answers, in one step."""
    draft = record.with_suffix(".draft")
    draft.write_text(json.dumps(asdict(emulator)), "utf-8")
    draft.replace(record)


def _ready(folder: Path, process: "subprocess.Popen[bytes]", log: Path) -> Emulator:
    deadline = time.monotonic() + _START_LIMIT_S
    while time.monotonic() < deadline:
        found = running(folder)
        if found:
            return found
        if process.poll() is not None:
            raise EmulatorError(f"the emulator ended at its start (code {process.returncode}):\n{_tail(log)}")
        time.sleep(0.1)
    raise EmulatorError(f"the emulator did not answer within {_START_LIMIT_S:.0f} s; the end of {log}:\n{_tail(log)}")


def _tail(log: Path) -> str:
    lines = log.read_text("utf-8", "replace").splitlines()[-_TAIL_LINES:]
    return "\n".join(f"  | {line}" for line in lines)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Two commands at once start one emulator."""
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
