import json
import signal
from pathlib import Path

import pytest

from harness.capacity.errors import CapacityError
from harness.commands import capacity_files
from harness.process import Interrupted
from tests.harness.report.conftest import RESULT


def test_a_folder_has_a_result_and_its_report(tmp_path):
    folder = capacity_files.write(tmp_path / "out", "prod-5-day", RESULT)
    assert folder.name.endswith("Z-prod-5-day")
    assert sorted(path.name for path in folder.iterdir()) == ["report.html", "result.json"]
    assert json.loads((folder / "result.json").read_text()) == RESULT
    assert (folder / "report.html").read_text().startswith("<!doctype html>")
    assert list((tmp_path / "out").iterdir()) == [folder]


def test_an_interruption_leaves_nothing(tmp_path, monkeypatch):
    def interrupted(draft, folder):
        assert len(list(draft.iterdir())) == 2
        raise Interrupted(signal.SIGINT)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(Interrupted):
        capacity_files.write(tmp_path, "prod-5-day", RESULT)
    assert list(tmp_path.iterdir()) == []


def test_where_nothing_can_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CapacityError, match=r"file/.*-prod-5-day: cannot be written: Not a directory"):
        capacity_files.write(tmp_path / "file", "prod-5-day", RESULT)
