"""The emulator's life, as a real process with real children."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from harness.emulator import Emulator, EmulatorError, running, start, stop
from harness.process.proc import Identity, alive, descendants, send

REGION = "eu-central-1"
LISTENING = "0A"  # the state in /proc/net/tcp


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder whose emulator ends with the test."""
    yield tmp_path / "emulator"
    stop(tmp_path / "emulator")


def comes(true: Callable[[], bool]) -> bool:
    """Whether something comes to be so."""
    deadline = time.monotonic() + 60
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def tree(emulator: Emulator) -> list[Identity]:
    """The emulator's process and all below it."""
    return [emulator.process, *descendants(emulator.process.pid)]


def listeners(pids: list[int]) -> set[str]:
    """The addresses that processes listen on, as the kernel writes them: hexadecimal, with the port."""
    sockets = set()
    for pid in pids:
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            target = os.readlink(descriptor)
            if target.startswith("socket:["):
                sockets.add(target[len("socket:[") : -1])
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/self/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == LISTENING and fields[9] in sockets:
                found.add(fields[1])
    return found


def test_it_lives_from_start_to_stop(folder: Path) -> None:
    told: list[str] = []
    assert running(folder) is None
    emulator = start(folder, REGION, progress=told.append)
    assert told == ["starting the emulator"]
    assert (emulator.alive, emulator.region) == (True, REGION)
    with urlopen(f"{emulator.url}/_ministack/health", timeout=20) as answer:
        assert answer.status == 200
    assert start(folder, REGION, progress=told.append) == running(folder) == emulator
    assert told == ["starting the emulator"]

    processes = tree(emulator)
    addresses = listeners([process.pid for process in processes])
    assert len(addresses) >= 3  # the front's and the emulators'
    assert {address.partition(":")[0] for address in addresses} == {"0100007F"}  # 127.0.0.1

    assert stop(folder)
    assert not any(map(alive, processes))
    assert running(folder) is None
    assert not stop(folder)
    with pytest.raises(URLError):
        urlopen(emulator.url, timeout=20)


def test_two_starts_at_once_are_one_and_a_killed_one_leaves_nothing(folder: Path) -> None:
    with ThreadPoolExecutor() as pool:
        first, second = pool.map(lambda _: start(folder, REGION, progress=print), range(2))
    assert first == second == running(folder)
    processes = tree(first)
    assert len(processes) >= 3
    assert send(first.process, signal.SIGKILL)
    assert comes(lambda: not any(map(alive, processes)))
    assert running(folder) is None
    assert not stop(folder)


def test_a_start_that_fails_shows_the_end_of_its_log(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = folder.parent / "a-file"
    blocked.write_text("")
    monkeypatch.setenv("HARNESS_TMP", str(blocked))
    with pytest.raises(EmulatorError) as caught:
        start(folder, REGION, progress=print)
    assert "the emulator ended at its start (code 1)" in str(caught.value)
    lines = str(caught.value).splitlines()
    assert len(lines) == 2
    assert str(blocked) in lines[1]
    assert running(folder) is None


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"url": "x", "region": "y", "process": {"pid": 1}, "boot": ""}'])
def test_a_record_that_says_nothing_is_no_emulator(tmp_path: Path, text: str) -> None:
    (tmp_path / "emulator.json").write_text(text)
    assert running(tmp_path) is None
    assert not stop(tmp_path)


def test_where_there_is_no_folder_nothing_runs(tmp_path: Path) -> None:
    assert running(tmp_path / "none") is None
    assert not stop(tmp_path / "none")
    assert not (tmp_path / "none").exists()
