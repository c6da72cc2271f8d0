"""The phases of a run that need no server."""

import time
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from harness import history
from harness.checks import Backlog
from harness.scenario import parse
from harness.scenario.errors import RunError
from harness.scenario.run import _Rehearsal, outage
from harness.scenario.verdict import FaultRecord


class Traffic:
    """Traffic that lasts `lasts_s` seconds."""

    def __init__(self, lasts_s: float) -> None:
        self.start_ns = time.monotonic_ns()
        self._until_s = time.monotonic() + lasts_s

    def done(self) -> bool:
        return time.monotonic() >= self._until_s

    def latest(self) -> Mock:
        return Mock()


class Slow:
    """A probe whose samples take their time."""

    def sample(self) -> Backlog:
        time.sleep(0.8)
        return Backlog({"orders ready": 1})


class Ticks:
    """An injector that notes when it is asked, in seconds."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self.healed = False

    def tick(self, now_s: float) -> list[str]:
        self.asked.append(now_s)
        return []

    def heal(self, now_s: float) -> None:
        self.healed = True


@pytest.fixture
def rehearsal(tmp_path: Path) -> Any:
    with history.Writer(tmp_path / "history.jsonl") as records:
        scenario = parse.read(parse.find("smoke"))
        yield _Rehearsal(scenario, Mock(), tmp_path, 1, tmp_path, Mock(), records, Mock())


def test_faults_come_in_time_while_a_store_hangs(rehearsal: Any, tmp_path: Path) -> None:
    ticks = Ticks()
    stage = Mock()
    stage.cloud.stats.side_effect = RunError("too busy")
    rehearsal._watch(stage, Slow(), Traffic(1.4), ticks)
    gaps = [later - earlier for earlier, later in zip(ticks.asked, ticks.asked[1:], strict=False)]
    assert max(gaps) < 0.5
    assert ticks.healed
    assert time.monotonic() - rehearsal._seen.healed_s >= 0.05, "convergence does not count from the last sample"
    samples = [record["backlog"] for record in history.read(tmp_path / "history.jsonl")]
    assert samples == [{"orders ready": 1}] * 2


def test_a_fault_explains_failures_until_functions_have_looked_again() -> None:
    assert outage(FaultRecord("broker_door", 7.0, 10.0, {}), 1_000) == (7_000_001_000, 16_000_001_000)


def test_what_ends_the_run_heals_the_faults(rehearsal: Any) -> None:
    ticks, stage = Ticks(), Mock()
    stage.check.side_effect = RuntimeError("gone")
    with pytest.raises(RuntimeError, match="gone"):
        rehearsal._watch(stage, Slow(), Traffic(60.0), ticks)
    assert ticks.healed
