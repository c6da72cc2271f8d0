import json

import pytest

from harness.cli import main
from tests.harness.capacity.calibration.conftest import leave_run


@pytest.fixture
def run(tmp_path):
    return leave_run(tmp_path / "run")


def test_a_folder_without_a_run_is_one_line(tmp_path, capsys):
    assert main(["calibrate", "--run", str(tmp_path), "--out", str(tmp_path / "new.json")]) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"harness: {tmp_path}: there is no finished run")
    assert not (tmp_path / "new.json").exists()


def test_a_calibration_is_written_and_shown(run, tmp_path, capsys):
    path = tmp_path / "new.json"
    assert main(["calibrate", "--run", str(run), "--out", str(path)]) == 0
    out, err = capsys.readouterr()
    assert "commands place_order" in out
    assert "init of commands" in out
    assert "note: few samples" in err
    assert f"written: {path}" in err
    assert json.loads(path.read_text())["origin"]["seed"] == 7
