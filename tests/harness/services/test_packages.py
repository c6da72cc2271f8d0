import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.process import Guard, sweep
from harness.services import InstallFailed, ProgramMissing
from harness.services.packages import install, services_kept_still

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def guard(tmp_path: Path) -> Iterator[Guard]:
    with Guard(base=tmp_path / "base") as running:
        yield running


def program(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_where_there_is_no_apt(guard: Guard, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        ProgramMissing, match=r"package manager .*apt-get install --no-install-recommends rabbitmq-server"
    ):
        install(["rabbitmq-server"], guard=guard, folder=tmp_path, progress=print)


def test_for_a_user_who_is_not_root(guard: Guard, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program(tmp_path / "bin" / "apt-get", "exit 1")
    program(tmp_path / "bin" / "dpkg", "exit 1")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(ProgramMissing, match=r"Run: sudo apt-get install --no-install-recommends a b "):
        install(["a", "b"], guard=guard, folder=tmp_path, progress=print)


@pytest.mark.skipif(os.geteuid() != 0, reason="installs as root only")
def test_progress_lists_that_are_too_old_and_failure(
    guard: Guard, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # An apt-get that writes down how it is called, and finds the packages only after an update.
    calls = tmp_path / "calls"
    program(
        tmp_path / "bin" / "apt-get",
        f"""
        echo "$1 $2" >>{calls}
        case "$1 $2" in
            "install -y") [ -e {tmp_path}/updated ] || {{ echo E: 404 not found >&2; exit 100; }}
                for n in 0 4 12 25 100; do echo "pmstatus:p:$n.5:at $n" >&3; done
                [ ! -e {tmp_path}/broken ] || {{ echo E: broken; exit 100; }} ;;
            update*) touch {tmp_path}/updated ;;
        esac""",
    )
    program(tmp_path / "bin" / "dpkg", "exit 0")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setattr("harness.services.packages._POLICY", tmp_path / "policy-rc.d")
    lines: list[str] = []
    install(["p"], guard=guard, folder=tmp_path, progress=lines.append)
    assert lines == [
        "installing p",
        "  installing: 0 %",
        "  installing: 12 %",
        "  installing: 26 %",
        "  installing: 100 %",
        "installed p",
    ]
    assert [line.split()[0] for line in calls.read_text().splitlines()] == ["install", "install", "update", "install"]
    assert "E: 404" in (tmp_path / "install.log").read_text()
    (tmp_path / "broken").touch()
    with pytest.raises(InstallFailed, match=r"(?s)apt-get ended with 100.*\| E: broken.*by hand"):
        install(["p"], guard=guard, folder=tmp_path, progress=print)
    assert not (tmp_path / "policy-rc.d").exists()


def test_services_are_kept_still_and_the_policy_goes_again(guard: Guard, tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"
    with services_kept_still(guard, policy):
        assert subprocess.run([policy, "mysql", "start"]).returncode == 101
    assert not policy.exists()
    with pytest.raises(RuntimeError), services_kept_still(guard, policy):
        raise RuntimeError
    assert list(tmp_path.glob("policy*")) == []


def test_a_policy_that_says_no_is_left_alone(guard: Guard, tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"
    program(policy, "exit 101")
    text = policy.read_text()
    with services_kept_still(guard, policy):
        assert policy.read_text() == text
    assert policy.read_text() == text


def test_a_policy_that_says_yes_comes_back(guard: Guard, tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"
    program(policy, "exit 0")
    text = policy.read_text()
    with services_kept_still(guard, policy):
        assert subprocess.run([policy]).returncode == 101
    assert policy.read_text() == text
    assert os.access(policy, os.X_OK)
    assert len(list(tmp_path.glob("policy*"))) == 1


@pytest.mark.parametrize("existing", [None, "exit 0"])
def test_the_policy_goes_even_when_the_harness_is_killed(tmp_path: Path, existing: str | None) -> None:
    policy = tmp_path / "policy-rc.d"
    if existing:
        program(policy, existing)
    script = f"""
import time
from pathlib import Path
from harness.process import Guard
from harness.services.packages import services_kept_still
with Guard(base=Path({str(tmp_path / "base")!r})) as guard, services_kept_still(guard, Path({str(policy)!r})):
    print("still", flush=True)
    time.sleep(300)
"""
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}
    ) as harness:
        assert harness.stdout is not None
        harness.stdout.readline()
        assert "exit 101" in policy.read_text()
        harness.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while policy.exists() and "exit 101" in policy.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    sweep(tmp_path / "base")
    assert policy.exists() == (existing is not None)
    assert existing is None or policy.read_text() == f"#!/bin/sh\n{existing}\n"
