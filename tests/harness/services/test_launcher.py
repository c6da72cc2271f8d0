import os
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from harness.process import Guard, Ports
from harness.services import ServerFailed
from harness.services.launcher import Launcher, clean_environment, hint


@pytest.fixture
def launcher(tmp_path: Path) -> Iterator[Launcher]:
    with Guard(base=tmp_path / "base") as guard, Ports() as ports:
        running = Launcher(guard, tmp_path / "servers", ports)
        yield running
        running.stop()


def test_a_server_that_dies_at_its_start_is_told_with_state_log_and_hint(launcher: Launcher, tmp_path: Path) -> None:
    child = launcher.start(
        "db", ["sh", "-c", "echo bind: Address already in use; exit 1"], env=os.environ, cwd=tmp_path
    )
    with pytest.raises(ServerFailed) as told:
        launcher.wait(lambda: None, "the database answers", child)
    assert str(told.value) == (
        "the database answers: given up (not yet)\n"
        "  db: exited with code 1\n"
        "  | bind: Address already in use\n"
        "  hint: another process has the port: end it, or try again, and another port is taken"
    )


def test_a_command_that_fails(launcher: Launcher, tmp_path: Path) -> None:
    with pytest.raises(
        ServerFailed, match=r"install: exited with code 2\n  \| No space left on device\n  hint: the disk"
    ):
        launcher.run("install", ["sh", "-c", "echo No space left on device; exit 2"], env=os.environ, cwd=tmp_path)
    launcher.run("install", ["true"], env=os.environ, cwd=tmp_path)


def test_one_failure_ends_all_servers_at_once(launcher: Launcher, tmp_path: Path) -> None:
    def slow() -> None:
        child = launcher.start("slow", ["sleep", "300"], env=os.environ, cwd=tmp_path)
        launcher.wait(lambda: None, "slow answers", child)

    def late() -> None:
        time.sleep(1)
        launcher.start("late", ["sleep", "300"], env=os.environ, cwd=tmp_path)

    def failing() -> None:
        launcher.run("failing", ["false"], env=os.environ, cwd=tmp_path)

    before = time.monotonic()
    with pytest.raises(ServerFailed, match="failing: exited with code 1"):
        launcher.side_by_side(slow, late, failing, partial(int, 1))
    assert time.monotonic() - before < 30
    with pytest.raises(ServerFailed, match="next: not started"):
        launcher.start("next", ["true"], env=os.environ, cwd=tmp_path)


def test_a_server_elsewhere_is_not_waited_for_any_longer(launcher: Launcher, tmp_path: Path) -> None:
    class Elsewhere:
        name = "container"

        def alive(self) -> bool:
            return True

        def describe(self) -> str:
            return "running"

        def tail(self, n: int) -> str:
            return ""

    def failing() -> None:
        launcher.run("failing", ["false"], env=os.environ, cwd=tmp_path)

    before = time.monotonic()
    wait = partial(launcher.wait, lambda: None, "the container answers", Elsewhere())
    with pytest.raises(ServerFailed, match="failing: exited with code 1"):
        launcher.side_by_side(wait, failing, int, int)
    assert time.monotonic() - before < 30


def test_results_come_in_order(launcher: Launcher) -> None:
    def slow() -> str:
        time.sleep(0.1)
        return "a"

    assert launcher.side_by_side(slow, lambda: 2, lambda: None, lambda: [4]) == ("a", 2, None, [4])


def test_hints() -> None:
    assert hint("all is well") is None
    assert "HARNESS_TMP" in str(hint("InnoDB: Permission denied"))


def test_an_environment_without_the_users_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RABBITMQ_NODENAME", "mine")
    environment = clean_environment(home=tmp_path, without=("RABBITMQ_",))
    assert "RABBITMQ_NODENAME" not in environment
    assert environment["HOME"] == environment["TMPDIR"] == str(tmp_path)
    assert environment["PATH"] == os.environ["PATH"]
