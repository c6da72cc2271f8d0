import json
from pathlib import Path

import pytest

from harness.capacity.calibration import model
from harness.doctor import simulator

VERDICT = {"functions": {}, "machine": {}, "scenario": "calibration", "versions": {}}


def test_a_replay(tmp_path: Path) -> None:
    missing = simulator.replay(tmp_path / "latest")
    assert missing.run == "make replay SCENARIO=calibration"
    assert "there is no finished run" in missing.detail
    (tmp_path / "verdict.json").write_text(json.dumps(VERDICT))
    assert "no logs of functions" in simulator.replay(tmp_path).detail
    log = tmp_path / "logs" / "functions" / "function-users-1.log"
    log.parent.mkdir(parents=True)
    log.touch()
    found = simulator.replay(tmp_path)
    assert found.ready
    assert found.detail == f"calibration in {tmp_path}"


def test_the_committed_calibration() -> None:
    found = simulator.calibration()
    assert found.ready
    assert found.detail.startswith("of calibration, ")


def test_a_calibration_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(model.Calibration.load, "__defaults__", (tmp_path / "none.json",))
    found = simulator.calibration()
    assert found.lacks == "a calibration that can be read"
    assert "make calibrate" in (found.run or "")
