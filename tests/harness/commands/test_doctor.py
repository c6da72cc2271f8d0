import json
from pathlib import Path

import pytest

from harness.cli import main


def test_for_scripts(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["doctor", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert code == (0 if found["ready"] else 1)
    assert "replay SERVICES=native" in found["commands"]


def test_a_machine_without_servers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("harness.services.native.missing", lambda: ["rabbitmq-server"])
    assert main(["doctor"]) == 1
    assert "lacks rabbitmq-server" in " ".join(capsys.readouterr().out.split())
