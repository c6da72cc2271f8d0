"""The promise of the guard, with real processes: however a run ends, nothing of it is left."""

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.process import PIPE, FolderError, Guard, GuardLost, StartFailed, sweep
from harness.process.proc import carriers, identify, state

ROOT = Path(__file__).resolve().parents[3]

# Everything that is hard to find again: a process that ignores SIGTERM, a stopped one, a daemon (two forks, its own
# session, no parent), one whose environment is empty, and one that listens.
BROOD = r"""
import os, signal, socket, subprocess, sys, time
def fork(life):
    pid = os.fork()
    if pid == 0:
        life(); os._exit(0)
    return pid
def deaf():
    signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(300)
def still():
    os.kill(os.getpid(), signal.SIGSTOP); time.sleep(300)
def daemon():
    os.setsid(); fork(lambda: time.sleep(300))
def bare():
    os.execve("/bin/sleep", ["sleep", "300"], {})
for life in (deaf, still, daemon):
    fork(life)
bare_pid = fork(bare)
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
open(sys.argv[2], "w").write(str(bare_pid))
time.sleep(300)
"""


def eventually(probe: Callable[[], object], limit_s: float = 15.0) -> None:
    deadline = time.monotonic() + limit_s
    while not probe():
        assert time.monotonic() < deadline, "did not become so in time"
        time.sleep(0.02)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def is_free(port: int) -> bool:
    try:
        with socket.create_server(("127.0.0.1", port)):
            return True
    except OSError:
        return False


def leftovers(base: Path) -> list[str]:
    return [str(path) for path in base.rglob("*") if path.name not in ("lock", "runs")]


class Rehearsal:
    """A harness in a process of its own, with a brood below it."""

    process: "subprocess.Popen[bytes]"

    def __init__(self, base: Path, port: int) -> None:
        self.base = base
        self.port = port

    def begin(self, body: str = "time.sleep(300)", new_session: bool = False) -> None:
        script = f"""
        import json, os, signal, sys, time
        from pathlib import Path
        from harness.process import Guard, interruptible
        base = Path(sys.argv[1])
        signal.signal(signal.SIGQUIT, signal.SIG_DFL)  # a shell's background jobs ignore it, and so would this one
        with interruptible(), Guard(base=base) as guard:
            guard.at_end(["touch", str(base.with_name("undone"))])
            brood = guard.start("brood", [sys.executable, "-c", {BROOD!r}, sys.argv[2], str(guard.folder / "up")],
                                log=guard.folder / "brood.log",
                                ready=lambda: (guard.folder / "up").exists() and (guard.folder / "up").read_text())
            bare = int((guard.folder / "up").read_text())
            print(json.dumps([guard.run, guard._process.pid, brood.pid, bare]), flush=True)
            {body}
        """
        self.process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(script), str(self.base), str(self.port)],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=new_session,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read().decode() if self.process.stderr else ""
        self.run, self.guard, self.brood, self.bare = json.loads(line)
        # The brood itself and its deaf, its stopped and its daemon child; the bare one is not seen by its environment.
        eventually(lambda: len(carriers(self.run)) == 4 and state(self.bare) == "S")
        self.family = [identity.pid for identity in carriers(self.run)]

    def is_gone(self) -> bool:
        gone = identify(self.guard) is None and identify(self.bare) is None
        return gone and not carriers(self.run) and is_free(self.port)

    def has_cleaned(self) -> bool:
        return leftovers(self.base) == [] and self.base.with_name("undone").exists()

    def finish(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return tmp_path / "base"


@pytest.fixture
def guard(base: Path) -> Iterator[Guard]:
    with Guard(base=base) as running:
        yield running


@pytest.fixture
def rehearse(base: Path) -> Iterator[Callable[..., Rehearsal]]:
    started: list[Rehearsal] = []

    def begin(**how: object) -> Rehearsal:
        rehearsal = Rehearsal(base, free_port())
        started.append(rehearsal)
        rehearsal.begin(**how)  # type: ignore[arg-type]
        return rehearsal

    yield begin
    for rehearsal in started:
        rehearsal.finish()
    sweep(base)


def test_it_tells_what_its_children_have_used(guard: Guard) -> None:
    script = "sum(range(10_000_000)); print(flush=True); input()"
    child = guard.start(
        "child", [sys.executable, "-c", script], log=guard.folder / "child.log", stdin=PIPE, stdout=PIPE
    )
    assert child.stdout is not None
    child.stdout.readline()
    used = guard.cpu_s()
    assert used.keys() == {"harness", "guard", "child"}
    assert used["child"] > 0
    child.stop()
    after = guard.cpu_s()
    assert after.keys() == {"harness", "guard"}
    assert after["guard"] >= round(used["guard"] + used["child"], 2)


def test_a_child_runs_with_its_log_environment_folder_and_exit_code(guard: Guard, tmp_path: Path) -> None:
    log = guard.folder / "logs" / "child.log"
    child = guard.start(
        "child", ["sh", "-c", "echo $HARNESS_RUN $MINE $(pwd); exit 7"], log=log, env={"MINE": "x"}, cwd=tmp_path
    )
    assert child.wait(10) == 7
    assert child.tail() == f"{guard.run} x {tmp_path}"
    assert not child.alive()
    assert child.describe() == "exited with code 7"
    assert child.stop() == 7


def test_the_code_of_a_child_that_a_signal_ends(guard: Guard) -> None:
    child = guard.start("child", ["sleep", "300"], log=guard.folder / "log")
    assert child.alive()
    assert child.exit_code() is None
    assert child.wait(0.05) is None
    assert child.signal(signal.SIGKILL)
    assert child.wait(10) == -signal.SIGKILL
    assert child.describe() == "ended by SIGKILL"
    assert not child.signal(signal.SIGTERM)


def test_pipes_to_and_from_a_child(guard: Guard) -> None:
    child = guard.start("cat", ["cat"], log=guard.folder / "log", stdin=PIPE, stdout=PIPE)
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(b"hello\n")
    assert child.stdout.readline() == b"hello\n"
    child.stdin.close()
    assert child.wait(10) == 0


def test_a_file_as_stdout(guard: Guard, tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb") as file:
        child = guard.start("echo", ["echo", "hello"], log=guard.folder / "log", stdout=file)
    assert child.wait(10) == 0
    assert (tmp_path / "out").read_text() == "hello\n"


def test_a_program_that_is_not_there(guard: Guard) -> None:
    with pytest.raises(StartFailed, match=r"thing: cannot be started: /no/such/program: No such file"):
        guard.start("thing", ["/no/such/program"], log=guard.folder / "log")


def test_a_folder_that_is_not_there(guard: Guard) -> None:
    with pytest.raises(StartFailed, match=r"/no/such/folder: No such file"):
        guard.start("thing", ["true"], log=guard.folder / "log", cwd=Path("/no/such/folder"))


def test_a_log_that_cannot_be_written(guard: Guard) -> None:
    (guard.folder / "file").touch()
    with pytest.raises(FolderError, match="the log of thing cannot be written"):
        guard.start("thing", ["true"], log=guard.folder / "file" / "log")


def test_a_base_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FolderError, match="set HARNESS_TMP"), Guard(base=tmp_path / "file" / "base"):
        pass


def test_a_base_that_others_can_write_is_not_trusted(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    with pytest.raises(FolderError, match="not a folder that only you can write"), Guard(base=tmp_path):
        pass


def test_stopping_ends_the_processes_below_too_and_stopped_ones(guard: Guard) -> None:
    port, up = free_port(), guard.folder / "up"
    child = guard.start(
        "brood", [sys.executable, "-c", BROOD, str(port), str(up)], log=guard.folder / "log", ready=up.exists
    )
    eventually(lambda: len(carriers(guard.run)) == 4)
    child.signal(signal.SIGSTOP)
    eventually(lambda: "state T" in child.describe())
    assert child.stop() == -signal.SIGTERM
    # The daemon had left the family before: it is the guard's now, and ends with the run.
    assert len(carriers(guard.run)) <= 1
    assert is_free(port)


def test_leaving_the_context_ends_and_removes_everything(base: Path) -> None:
    port = free_port()
    with Guard(base=base) as guard:
        up = guard.folder / "up"
        guard.at_end(["touch", str(base.with_name("undone"))])
        taken_back = guard.at_end(["touch", str(base.with_name("not-undone"))])
        taken_back()
        guard.start(
            "brood", [sys.executable, "-c", BROOD, str(port), str(up)], log=guard.folder / "log", ready=up.exists
        )
    assert carriers(guard.run) == []
    assert is_free(port)
    assert leftovers(base) == []
    assert base.with_name("undone").exists()
    assert not base.with_name("not-undone").exists()
    guard.close()


def test_killing_the_harness_leaves_nothing(rehearse: Callable[..., Rehearsal]) -> None:
    rehearsal = rehearse()
    rehearsal.process.kill()
    eventually(lambda: rehearsal.is_gone() and rehearsal.has_cleaned())


def test_a_stopped_guard_is_woken_by_the_next_start(base: Path, rehearse: Callable[..., Rehearsal]) -> None:
    rehearsal = rehearse()
    os.kill(rehearsal.guard, signal.SIGSTOP)
    rehearsal.process.kill()
    rehearsal.process.wait()
    assert not rehearsal.is_gone()
    with Guard(base=base):
        assert rehearsal.is_gone()
    assert rehearsal.has_cleaned()


def test_killing_harness_and_guard_leaves_nothing_after_the_next_start(
    base: Path, rehearse: Callable[..., Rehearsal]
) -> None:
    rehearsal = rehearse()
    os.kill(rehearsal.guard, signal.SIGKILL)
    rehearsal.process.kill()
    rehearsal.process.wait()
    told: list[str] = []
    with Guard(base=base, progress=told.append):
        assert told == [f"removed what the dead run {rehearsal.run} had left"]
        assert carriers(rehearsal.run) == []
        assert is_free(rehearsal.port)
    assert rehearsal.has_cleaned()
    # With its guard dead, nobody can find a process whose environment was emptied on purpose.
    os.kill(rehearsal.bare, signal.SIGKILL)


def test_killing_the_guard_is_noticed_and_ends_every_child(base: Path) -> None:
    with Guard(base=base) as guard:
        child = guard.start("child", ["sleep", "300"], log=guard.folder / "log")
        daemon = guard.start(
            "daemon", ["sh", "-c", "setsid sleep 300 & kill -STOP $$"], log=guard.folder / "daemon.log"
        )
        eventually(lambda: state(daemon.pid) == "T")
        guard._process.kill()
        eventually(lambda: not carriers(guard.run))
        with pytest.raises(GuardLost, match="the guard process"):
            child.alive()
        with pytest.raises(GuardLost):
            child.wait(5)
        with pytest.raises(GuardLost):
            guard.start("another", ["true"], log=guard.folder / "log")
    assert leftovers(base) == []


def test_ctrl_c_reaches_the_harness_alone_and_a_second_one_does_not_skip_the_cleaning(
    rehearse: Callable[..., Rehearsal],
) -> None:
    rehearsal = rehearse(new_session=True)
    own_groups = [os.getpgid(pid) for pid in (*rehearsal.family, rehearsal.guard)]
    assert rehearsal.process.pid not in own_groups
    os.killpg(rehearsal.process.pid, signal.SIGINT)
    for _ in range(20):
        time.sleep(0.02)
        if rehearsal.process.poll() is None:
            os.killpg(rehearsal.process.pid, signal.SIGINT)
    _, stderr = rehearsal.process.communicate(timeout=20)
    assert b"Interrupted: SIGINT" in stderr
    assert rehearsal.is_gone()
    assert rehearsal.has_cleaned()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_other_signals_to_the_harness_leave_nothing(rehearse: Callable[..., Rehearsal], number: int) -> None:
    rehearsal = rehearse()
    rehearsal.process.send_signal(number)
    eventually(lambda: rehearsal.is_gone() and rehearsal.has_cleaned())


def test_a_signal_to_the_guard_ends_the_run_in_order(rehearse: Callable[..., Rehearsal]) -> None:
    rehearsal = rehearse()
    for number in (signal.SIGINT, signal.SIGHUP):
        os.kill(rehearsal.guard, number)
    time.sleep(0.1)
    assert identify(rehearsal.brood) is not None
    os.kill(rehearsal.guard, signal.SIGTERM)
    eventually(lambda: not carriers(rehearsal.run) and rehearsal.has_cleaned())


def test_a_child_of_the_harness_that_keeps_the_socket_open_does_not_fool_the_guard(
    rehearse: Callable[..., Rehearsal],
) -> None:
    # A fork without exec, such as multiprocessing's, holds a copy of the harness's end.
    rehearsal = rehearse(body="os.fork() or os.closerange(0, 3) or time.sleep(15) or os._exit(0); time.sleep(300)")
    rehearsal.process.kill()
    eventually(lambda: rehearsal.is_gone() and rehearsal.has_cleaned(), limit_s=12)


def test_a_guard_inside_a_guarded_run_ends_with_it(base: Path, tmp_path: Path) -> None:
    inner = f"""
import sys, time
from pathlib import Path
from harness.process import Guard
with Guard(base=Path({str(tmp_path / "inner")!r})) as guard:
    guard.start("sleep", ["sleep", "300"], log=guard.folder / "log")
    Path(sys.argv[1]).write_text(guard.run)
    time.sleep(300)
"""
    with Guard(base=base) as guard:
        up = guard.folder / "up"
        guard.start(
            "inner",
            [sys.executable, "-c", inner, up],
            log=guard.folder / "log",
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            ready=lambda: up.exists() and up.read_text(),
        )
        inner_run = up.read_text()
    assert carriers(inner_run) == []
    assert leftovers(tmp_path / "inner") == []
