from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.fleet import replica as module
from harness.fleet.replica import Replica


class Process:
    """What a replica sees of a child."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.running = True

    def alive(self) -> bool:
        return self.running

    def describe(self) -> str:
        return "exited with code 1"


class Clock:
    now = 0.0

    def monotonic(self) -> float:
        return self.now


def test_pauses_between_restarts_double_and_start_over_after_a_steady_time(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    processes: list[Process] = []

    def start(more: Mapping[str, str]) -> Any:
        processes.append(Process(len(processes) + 1))
        return processes[-1]

    replica = Replica("x-1", 1, Path("x.log"), start)
    replica.launch()
    pauses = []

    def crash() -> None:
        processes[-1].running = False
        assert replica.tend() is not None
        began = clock.now
        while replica.tend() is None:
            clock.now += 0.01
        pauses.append(round(clock.now - began, 1))

    for _ in range(7):
        crash()
    assert pauses == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]
    clock.now += module.STEADY_AFTER_S
    crash()
    assert pauses[-1] == 0.2
    assert replica.restarts == 8


def test_there_is_hope_until_it_has_crashed_thrice_without_having_been_ready() -> None:
    process = Process(1)
    replica = Replica("x-1", 1, Path("x.log"), lambda more: process)  # type: ignore[arg-type,return-value]
    replica.launch()
    process.running = False
    assert replica.alive()
    replica.restarts = 3
    assert not replica.alive()
    process.running = True
    assert replica.alive()
