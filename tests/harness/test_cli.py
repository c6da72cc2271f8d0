"""The command line: wrong input is one clear line, and an end by force leaves nothing behind."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts import topology
from harness.cli import main
from harness.commands import COMMANDS
from tests.harness.conftest import ParkingLot

ROOT = Path(__file__).resolve().parents[2]

TINY = """\
name: tiny
description: a few seconds over the whole path
traffic:
  users: 5
  stages:
    - {duration_s: 5, rate_per_s: 25}
  mix: {create_user: 1, place_order: 4, cancel_order: 1, read_order: 3, list_orders: 2, bad_body: 1}
"""


class Command:
    """`harness …` as a process, in a world of its own: HARNESS_TMP marks everything that it starts."""

    def __init__(self, tmp_path: Path, *arguments: str, **environment: str) -> None:
        self.tmp = tmp_path / "tmp"
        self.errors = tmp_path / "stderr"
        self._marks = {f"HARNESS_TMP={self.tmp}".encode()}
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "harness.cli", *arguments],
                cwd=ROOT,
                env={**os.environ, "HARNESS_TMP": str(self.tmp), **environment},
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def wait(self, timeout_s: float = 240) -> tuple[int, str, str]:
        """(exit code, stdout, stderr)."""
        output, _ = self.process.communicate(timeout=timeout_s)
        return self.process.returncode, output, self.errors.read_text()

    def reach(self, phase: str) -> None:
        """Waits until this phase has begun."""
        deadline = time.monotonic() + 150
        while phase not in self.errors.read_text():
            assert self.process.poll() is None, self.errors.read_text()
            assert time.monotonic() < deadline, self.errors.read_text()
            time.sleep(0.02)
        self.processes()

    def processes(self) -> list[tuple[int, str]]:
        """(pid, command line) of the processes that belong to it and live, zombies aside.

        Workers and functions have an environment of their own: the id of a run, once it was seen, tells whose they are.
        """
        found = []
        for folder in Path("/proc").iterdir():
            try:
                if folder.name.isdigit():
                    variables = set((folder / "environ").read_bytes().split(b"\0"))
                    state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
                    if state not in "ZX":
                        found.append((int(folder.name), (folder / "cmdline").read_text().replace("\0", " "), variables))
            except OSError:
                continue
        for _, _, variables in found:
            if self._marks & variables:
                self._marks |= {each for each in variables if each.startswith(b"HARNESS_RUN=")}
        return [(pid, line) for pid, line, variables in found if self._marks & variables]

    def left(self) -> list[str]:
        """The command lines of its processes, and the folders of its runs."""
        runs = (
            [path.name for path in self.tmp.iterdir() if path.is_dir() and path.name != "runs"]
            if self.tmp.exists()
            else []
        )
        return [line for _, line in self.processes()] + runs

    def gone(self, timeout_s: float = 25) -> bool:
        """Whether everything is gone in time."""
        deadline = time.monotonic() + timeout_s
        while self.left():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.1)
        return True


@pytest.fixture
def tiny(tmp_path: Path) -> str:
    path = tmp_path / "tiny.yaml"
    path.write_text(TINY)
    return str(path)


@pytest.fixture
def started(tmp_path: Path) -> Iterator[list[Command]]:
    """Commands to be ended with the test, whatever becomes of it."""
    commands: list[Command] = []
    yield commands
    for command in commands:
        if command.process.poll() is None:
            command.process.send_signal(signal.SIGTERM)
            command.process.communicate(timeout=150)


@pytest.mark.parametrize(
    ("arguments", "code", "expected"),
    [
        (["replay", "smok"], 3, "no scenario 'smok'; there are calibration, smoke, steady"),
        (["replay", "nothing.yaml"], 3, "nothing.yaml: there is no such file"),
        (["replay", "--services", "cloud"], 3, "invalid choice: 'cloud'"),
        (["replay", "--seed", "-1"], 3, "write a whole number from 0 to 4294967295"),
        (["replay", "scenarios/"], 3, "scenarios: this is a folder; name a file in it"),
        (["replay", "--out", "/proc/no"], 3, "results cannot be written"),
        (["replay", "--stack", "/no/stack.json"], 3, "/no/stack.json: cannot be read"),
        (["rehearse"], 3, "invalid choice: 'rehearse'"),
    ],
)
def test_wrong_input_is_one_line_that_says_what_to_do(
    tmp_path: Path, arguments: list[str], code: int, expected: str
) -> None:
    command = Command(tmp_path, *arguments)
    assert command.wait()[0] == code
    errors = command.errors.read_text()
    assert expected in errors
    assert "Traceback" not in errors
    assert not command.left()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_what_it_does(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main([name, "--help"])
    assert left.value.code == 0
    usage, description, *_ = re.sub(r"\n +", " ", capsys.readouterr().out).split("\n\n")
    assert usage.startswith(f"usage: harness {name} ")
    assert description.endswith(".")


def catches(process: "subprocess.Popen[str]", number: signal.Signals) -> bool:
    """Whether a process has a handler for the signal."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return bool(int(re.findall(r"SigCgt:\s+(\w+)", status)[0], 16) >> number - 1 & 1)


def test_ctrl_c_while_libraries_are_loaded_is_one_line(tmp_path: Path) -> None:
    command = Command(tmp_path, "replay")
    while not catches(command.process, signal.SIGHUP):  # SIGINT has Python's own from the start
        assert command.process.poll() is None
        time.sleep(0.001)
    command.process.send_signal(signal.SIGINT)
    assert command.wait() == (130, "", "harness: interrupted\n")
    assert not command.left()


def test_a_wrong_scenario_is_answered_with_its_line(tmp_path: Path, tiny: str) -> None:
    Path(tiny).write_text(TINY.replace("place_order", "plaice_order"))
    command = Command(tmp_path, "replay", tiny)
    code, output, errors = command.wait()
    assert (code, output) == (3, "")
    assert errors.startswith(f"harness: {tiny}:7: traffic.mix.plaice_order is unknown (did you mean place_order?)")
    assert len(errors.splitlines()) == 1


@pytest.mark.servers
def test_a_replay_passes_and_says_so_to_people_and_scripts(tmp_path: Path, tiny: str) -> None:
    command = Command(
        tmp_path, "replay", tiny, "--services", "native", "--json", "--seed", "5", "--out", str(tmp_path / "out")
    )
    code, output, errors = command.wait()
    assert code == 0, errors
    verdict = json.loads(output)
    assert (verdict["verdict"], verdict["seed"], verdict["services"]) == ("pass", 5, "native")
    assert verdict["traffic"]["acknowledged"] > 0
    latest = tmp_path / "out" / "latest"
    assert json.loads((latest / "verdict.json").read_text()) == verdict
    page = (latest / "report.html").read_text()
    assert "<svg" in page
    assert not re.search(r'(src|href)="http', page)
    assert not command.left()


@pytest.mark.containers
def test_a_replay_passes_on_containers(tmp_path: Path, tiny: str) -> None:
    command = Command(tmp_path, "replay", tiny, "--services", "containers", "--json", "--out", str(tmp_path / "out"))
    code, output, errors = command.wait(180)
    assert code == 0, errors
    verdict = json.loads(output)
    assert (verdict["verdict"], verdict["services"]) == ("pass", "containers")
    assert verdict["versions"]["RabbitMQ"].startswith("4.")
    assert not command.left()


@pytest.mark.servers
@pytest.mark.parametrize(
    "phase",
    [
        "starting servers",
        "preparing schema and topology",
        "starting functions and workers",
        "traffic (",
        "waiting for quiescence",
    ],
)
def test_ctrl_c_leaves_nothing(tmp_path: Path, tiny: str, started: list[Command], phase: str) -> None:
    command = Command(tmp_path, "replay", tiny, "--services", "native", "--out", str(tmp_path / "out"))
    started.append(command)
    held = []
    if phase == "waiting for quiescence":
        # Else it might be over before the signal comes: what is waited for has to wait.
        command.reach("traffic (")
        held = [pid for pid, line in command.processes() if "-m worker read_model" in line]
        assert held
    for pid in held:
        os.kill(pid, signal.SIGSTOP)
    command.reach(phase)
    time.sleep(0.3)
    command.process.send_signal(signal.SIGINT)
    for pid in held:
        os.kill(pid, signal.SIGCONT)
    code, _, errors = command.wait()
    assert code == 130, errors
    assert "interrupted; everything that was started has been stopped" in errors
    assert "] stopping what was started\n" in errors
    assert "Traceback" not in errors
    assert not (tmp_path / "out" / "latest").is_symlink()
    assert command.left() == []


def kill(command: Command, program: str) -> None:
    """Kills the command's process whose command line has `program` in it."""
    [found] = [pid for pid, line in command.processes() if program in line]
    os.kill(found, signal.SIGKILL)


@pytest.mark.servers
def test_a_part_of_the_harness_that_dies_ends_the_run_and_is_named(
    tmp_path: Path, tiny: str, started: list[Command]
) -> None:
    command = Command(tmp_path, "replay", tiny, "--services", "native", "--out", str(tmp_path / "out"))
    started.append(command)
    command.reach("traffic (")
    kill(command, "-m harness.cloud")
    code, _, errors = command.wait()
    assert code == 3, errors
    assert "harness: the harness's own cloud is gone in the middle of the run: ended by SIGKILL" in errors
    assert "defect" not in errors
    assert command.left() == []


@pytest.mark.servers
def test_a_store_that_dies_leaves_a_verdict_that_knows_nothing(
    tmp_path: Path, tiny: str, started: list[Command]
) -> None:
    Path(tiny).write_text(TINY + "quiescence_s: 5\nslo: {acknowledged_ratio: 0.9}\n")
    command = Command(tmp_path, "replay", tiny, "--services", "native", "--out", str(tmp_path / "out"))
    started.append(command)
    command.reach("traffic (")
    kill(command, "mariadbd")
    code, _, errors = command.wait()
    assert code == 2, errors
    verdict = json.loads((tmp_path / "out" / "latest" / "verdict.json").read_text())
    assert verdict["verdict"] == "unknown"
    assert any(reason.startswith("MySQL could not be read: OperationalError") for reason in verdict["reasons"])
    assert command.left() == []


@pytest.mark.servers
def test_kill_9_of_the_harness_leaves_nothing(tmp_path: Path, tiny: str, started: list[Command]) -> None:
    command = Command(tmp_path, "replay", tiny, "--services", "native", "--out", str(tmp_path / "out"))
    started.append(command)
    command.reach("traffic (")
    command.process.kill()
    command.process.wait()
    assert command.gone(), command.left()


@pytest.mark.servers
def test_kill_9_of_harness_and_guard_leaves_nothing_after_the_next_start(
    tmp_path: Path, tiny: str, started: list[Command]
) -> None:
    command = Command(tmp_path, "replay", tiny, "--services", "native", "--out", str(tmp_path / "out"))
    started.append(command)
    command.reach("traffic (")
    [record] = (command.tmp / "runs").glob("*.json")
    guard = json.loads(record.read_text())["guard"]["pid"]
    os.kill(guard, signal.SIGSTOP)  # so that it cannot act before it dies too
    command.process.kill()
    command.process.wait()
    os.kill(guard, signal.SIGKILL)
    assert command.left()
    again = Command(tmp_path, "clean", "--out", str(tmp_path / "out"))
    assert again.wait()[0] == 0
    assert "removed what the dead run" in again.errors.read_text()
    assert command.left() == []


@pytest.mark.parametrize(
    ("arguments", "code", "expected"),
    [
        (["--broker-url", "rabbit.example"], 3, "write for example HARNESS_BROKER_URL=amqps://"),
        (["--broker-url", "amqp://a:s3cret@127.0.0.1:9"], 3, "RabbitMQ at 127.0.0.1:9: cannot be reached"),
        (["--sqs-queue-url", "overflow"], 3, "'overflow' is no URL of an SQS queue; write for example https://"),
        (["--queue", "dead-letters"], 3, "invalid choice: 'dead-letters'"),
        (["--limit", "0"], 3, "write a whole number from 1 on"),
    ],
)
def test_wrong_input_of_redrive_is_one_line_that_says_what_to_do(
    arguments: list[str], code: int, expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        result = main(["redrive", *arguments])
    except SystemExit as usage:
        result = int(usage.code or 0)
    output, errors = capsys.readouterr()
    assert (result, output) == (code, "")
    assert expected in errors.splitlines()[-1]
    assert "s3cret" not in errors
    assert "usage:" in errors or len(errors.splitlines()) == 1


@pytest.mark.servers
def test_redrive_lists_brings_back_and_says_what_it_could_not(
    parking_lot: ParkingLot, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def redrive(*arguments: str) -> tuple[int, list[str], str]:
        code = main(["redrive", *arguments])
        output, errors = capsys.readouterr()
        return code, output.splitlines(), errors

    monkeypatch.setenv("HARNESS_BROKER_URL", parking_lot.url)
    parking_lot.park("a")
    parking_lot.park("b", **{topology.PARKED_QUEUE_HEADER: "elsewhere"})
    code, output, errors = redrive("--dry-run")
    assert (code, errors) == (1, "1 can be brought back, 1 cannot be brought back; looked at 2 of 2 parked messages\n")
    assert [line.split()[:3] for line in output] == [
        ["OUTCOME", "ORIGIN", "MESSAGE_ID"],
        ["parked", "order-commands", "a"],
        ["stays", "elsewhere", "b"],
    ]
    assert parking_lot.holds(topology.DEAD_LETTERS, 2)
    code, [line], errors = redrive("--json", "--message-id", "a", "--message-id", "c")
    assert (code, errors) == (0, "1 brought back; looked at 2 of 2 parked messages\n")
    assert json.loads(line)["outcome"] == "brought-back"
    assert parking_lot.ids(topology.ORDER_COMMANDS) == ["a"]
    assert parking_lot.holds(topology.DEAD_LETTERS, 1)
    code, [line], errors = redrive("--json")
    assert (code, errors) == (1, "1 cannot be brought back; looked at 1 of 1 parked messages\n")
    assert json.loads(line)["problem"].startswith("its origin is unknown")
    assert parking_lot.holds(topology.DEAD_LETTERS, 1)


@pytest.mark.servers
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_redrive_loses_nothing_however_it_ends(
    tmp_path: Path, parking_lot: ParkingLot, started: list[Command], number: signal.Signals
) -> None:
    ids = [f"m-{number:04}" for number in range(1500)]
    parking_lot.fill(ids)
    command = Command(tmp_path, "redrive", "--json", HARNESS_BROKER_URL=parking_lot.url)
    started.append(command)
    assert command.process.stdout is not None
    command.process.stdout.readline()
    command.process.send_signal(number)
    code, _, errors = command.wait()
    assert code == (-signal.SIGKILL if number == signal.SIGKILL else 130), errors
    assert "Traceback" not in errors
    if number != signal.SIGKILL:
        assert errors.splitlines()[-1].endswith("of 1500 parked messages; interrupted, the rest stays parked")
    came = parking_lot.ids(topology.ORDER_COMMANDS)
    assert 0 < len(came) < len(ids)
    deadline = time.monotonic() + 10
    left: list[str] = []
    while not set(ids) <= {*came, *left}:
        assert time.monotonic() < deadline
        left += parking_lot.ids(topology.DEAD_LETTERS) + parking_lot.ids(topology.ORDER_COMMANDS)


@pytest.mark.servers
def test_redrive_ends_quietly_when_nobody_reads_on(tmp_path: Path, parking_lot: ParkingLot) -> None:
    parking_lot.fill([f"m-{number:04}" for number in range(50)])
    command = Command(tmp_path, "redrive", "--dry-run", HARNESS_BROKER_URL=parking_lot.url)
    assert command.process.stdout is not None
    command.process.stdout.close()
    assert command.process.wait(60) == 1
    assert command.errors.read_text() == ""
    assert parking_lot.holds(topology.DEAD_LETTERS, 50)
