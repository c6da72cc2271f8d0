"""The phases of a run that need no server."""

import errno
import io
import time
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from harness import history
from harness.checks import Backlog
from harness.scenario import parse
from harness.scenario.display import PlainDisplay
from harness.scenario.errors import RunError
from harness.scenario.run import Run, _leave, _new_folder, _Rehearsal, _told_of_a_full_disk, outage, rehearse
from harness.scenario.verdict import FaultRecord
from harness.services import AddressUnusable
from harness.traffic import Stage
from tests.harness.scenario.test_verdict import VERDICT

STACK = Path(__file__).resolve().parents[3] / "terraform" / "stack.local.json"


class Traffic:
    """Traffic that lasts `lasts_s` seconds."""

    def __init__(self, lasts_s: float) -> None:
        self.start_ns = time.monotonic_ns()
        self._until_s = time.monotonic() + lasts_s

    def done(self) -> bool:
        return time.monotonic() >= self._until_s

    def latest(self) -> Mock:
        return Mock(in_flight=7)


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
        guard = Mock(cpu_s=dict)
        yield _Rehearsal(scenario, Mock(), tmp_path, 1, tmp_path, Mock(), records, guard)


def test_faults_come_in_time_while_a_store_hangs(rehearsal: Any, tmp_path: Path) -> None:
    ticks = Ticks()
    stage = Mock(renewed=Mock(return_value=None))
    stage.counted.side_effect = RunError("too busy")
    rehearsal._watch(stage, Slow(), Traffic(1.4), ticks)
    gaps = [later - earlier for earlier, later in zip(ticks.asked, ticks.asked[1:], strict=False)]
    assert max(gaps) < 0.5
    assert ticks.healed
    assert time.monotonic() - rehearsal._seen.healed_s >= 0.05, "convergence does not count from the last sample"
    samples = [record["backlog"] for record in history.read(tmp_path / "history.jsonl")]
    assert samples == [{"orders ready": 1}] * 2


def test_a_fault_explains_failures_until_functions_have_looked_again() -> None:
    assert outage(FaultRecord("broker_door", 7.0, 10.0, {}), 1_000) == (7_000_001_000, 16_000_001_000)


def test_after_the_last_request_the_display_counts_what_is_waited_for(rehearsal: Any) -> None:
    rehearsal._scenario = replace(
        rehearsal._scenario,
        traffic=replace(rehearsal._scenario.traffic, stages=(Stage(0.3, 1, 1),), request_timeout_s=5.0, retries=1),
    )
    rehearsal._watch(Mock(renewed=Mock(return_value=None)), Slow(), Traffic(0.8), Ticks())
    rehearsal._display.phase.assert_called_once_with("waiting for the last 7 answers", None, limit_s=20.0)


def test_a_run_that_cannot_begin_leaves_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_TMP", str(tmp_path / "tmp"))
    monkeypatch.delenv("HARNESS_BROKER_URL", raising=False)
    out, said = tmp_path / "out", io.StringIO()
    with pytest.raises(AddressUnusable):
        rehearse(
            parse.read(parse.find("smoke")),
            seed=1, services="external", stack_path=STACK, out=out, display=PlainDisplay(said),
        )  # fmt: skip
    assert list(out.iterdir()) == []
    assert "20 s of traffic, about 1 min in all" in said.getvalue()


def test_a_run_without_a_verdict_leaves_the_logs_that_it_has(tmp_path: Path) -> None:
    display = Mock()
    for logs, verdict, kept, told in ((b"", False, False, 0), (b"why", False, True, 1), (b"why", True, True, 0)):
        folder = _new_folder(tmp_path, "smoke", 1)
        (folder / "logs" / "servers").mkdir(parents=True)
        (folder / "logs" / "servers" / "mysql.log").write_bytes(logs)
        if verdict:
            (folder / "verdict.json").touch()
        display.reset_mock()
        _leave(folder, display)
        assert folder.exists() == kept
        assert display.note.call_count == told


def test_runs_of_the_same_second_have_folders_of_their_own(tmp_path: Path) -> None:
    folders = {_new_folder(tmp_path / "new" / "out", "smoke", 1) for _ in range(3)}
    assert len(folders) == 3
    assert all(folder.is_dir() for folder in folders)


def test_a_results_folder_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere" / "at" / "all")
    (tmp_path / "file").touch()
    for name in ("dangling", "file"):
        with pytest.raises(RunError, match="results cannot be written"):
            _new_folder(tmp_path / name, "smoke", 1)


def test_latest_leads_to_the_run_that_has_a_verdict(rehearsal: Any, tmp_path: Path) -> None:
    rehearsal._folder = _new_folder(tmp_path / "out", "smoke", 1)
    rehearsal._lead_latest_here()
    assert (tmp_path / "out" / "latest").resolve() == rehearsal._folder
    (tmp_path / "out" / "latest").unlink()
    (tmp_path / "out" / "latest").mkdir()
    rehearsal._lead_latest_here()
    assert "does not lead to this run" in rehearsal._display.note.call_args.args[0]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [rehearsal._folder.name, "latest"]


def test_a_full_disk_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=f"{tmp_path}: No space left on device; make room"):
        with _told_of_a_full_disk(tmp_path):
            raise OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(RunError, match="/some/file: No space left"):
        with _told_of_a_full_disk(tmp_path):
            raise OSError(errno.ENOSPC, "No space left on device", "/some/file")
    with pytest.raises(FileNotFoundError):
        with _told_of_a_full_disk(tmp_path):
            (tmp_path / "nothing").read_text()


def test_the_summary_tells_of_service_levels_and_deliberate_refusals(tmp_path: Path) -> None:
    verdict = replace(
        VERDICT,
        slo={
            "acknowledged_ratio": {"limit": 0.9, "value": 0.4822485207100592, "verdict": "fail"},
            "p99_ms": {"limit": 200, "value": 134.344392, "verdict": "pass"},
        },
        remarks=["the machine was busy"],
    )
    summary = Run(tmp_path, verdict).summary()
    assert "  slo      1 of 2 kept: acknowledged_ratio 0.482 (limit 0.9), p99_ms 134 ms (limit 200 ms)\n" in summary
    assert "87 refused (85 of them on purpose)" in summary
    assert "  note     the machine was busy\n" in summary
    assert "slo" not in Run(tmp_path, VERDICT).summary()


def test_what_ends_the_run_heals_the_faults(rehearsal: Any) -> None:
    ticks, stage = Ticks(), Mock()
    stage.check.side_effect = RuntimeError("gone")
    with pytest.raises(RuntimeError, match="gone"):
        rehearsal._watch(stage, Slow(), Traffic(60.0), ticks)
    assert ticks.healed
