from pathlib import Path

import pytest

from harness.process import ChildEnded, Guard, GuardLost, NotReady, wait_until


def test_returns_what_the_probe_returns_first() -> None:
    answers = iter([None, 0, "", "ready"])
    assert wait_until(lambda: next(answers), timeout_s=5, what="x", interval_s=0) == "ready"


def test_an_error_of_the_probe_means_not_yet_and_is_told() -> None:
    def probe() -> bool:
        raise ConnectionRefusedError(111, "Connection refused")

    with pytest.raises(NotReady) as told:
        wait_until(probe, timeout_s=0.05, what="the broker answers", hint="start it")
    assert str(told.value) == (
        "the broker answers: not within 0.05 s (ConnectionRefusedError: [Errno 111] Connection refused)\n"
        "  hint: start it"
    )


def test_a_lost_guard_is_no_reason_to_wait() -> None:
    def probe() -> bool:
        raise GuardLost("gone")

    with pytest.raises(GuardLost):
        wait_until(probe, timeout_s=5, what="x")


def test_a_child_that_has_ended_is_not_waited_for(tmp_path: Path) -> None:
    with Guard(base=tmp_path / "base") as guard:
        child = guard.start("server", ["sh", "-c", "echo one; echo bind: in use; exit 3"], log=guard.folder / "log")
        with pytest.raises(ChildEnded) as told:
            wait_until(
                lambda: False,
                timeout_s=60,
                what="the server answers",
                child=child,
                hint=lambda tail: "take another port" if "in use" in tail else None,
            )
    assert str(told.value) == (
        "the server answers: given up (not yet)\n"
        "  server: exited with code 3\n"
        "  | one\n"
        "  | bind: in use\n"
        "  hint: take another port"
    )


def test_what_is_said_of_a_child_that_is_too_slow(tmp_path: Path) -> None:
    with Guard(base=tmp_path / "base") as guard:
        child = guard.start("server", ["sleep", "300"], log=guard.folder / "log")
        with pytest.raises(NotReady, match=rf"server: running \(pid {child.pid}, state S\)\n  \| \(its log is empty\)"):
            wait_until(lambda: False, timeout_s=0.2, what="the server answers", child=child)
