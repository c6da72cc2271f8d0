import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.doctor import machine


@pytest.fixture
def few_files() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_this_machine_runs_rehearsals() -> None:
    assert machine.kernel().ready
    assert machine.loopback().ready
    assert machine.processors().ready


def test_too_few_files(few_files: None) -> None:
    found = machine.files()
    assert found.lacks == "1024 open files to a process"
    assert found.run == "ulimit -n 1024"


def test_too_little_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "meminfo"
    file.write_text("MemTotal:        4096000 kB\nMemAvailable:    1024000 kB\n")
    monkeypatch.setattr(machine, "_MEMORY", file)
    assert machine.memory().detail == "1,000 MB available of 4,000"
    assert machine.memory().lacks == "2,048 MB of available memory"
    file.write_text("MemTotal:        4096000 kB\nMemAvailable:    3072000 kB\n")
    assert machine.memory().ready


def test_too_little_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_TMP", str(tmp_path / "not" / "there"))
    assert machine.disk().detail.endswith(f"free at {tmp_path}")
    monkeypatch.setattr(machine, "DISK_MB", 2**40)
    assert "HARNESS_TMP" in (machine.disk().run or "")


def test_the_folder_is_looked_at_and_not_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = tmp_path / "runs"
    monkeypatch.setenv("HARNESS_TMP", str(base))
    assert machine.folder().detail == f"{base} will be made"
    assert not base.exists()
    base.mkdir(mode=0o700)
    assert machine.folder().ready
    base.chmod(0o777)
    assert machine.folder().lacks == f"{base}: not a folder that only you can write"
    monkeypatch.setenv("HARNESS_TMP", "/dev/null/runs")
    assert not machine.folder().ready
