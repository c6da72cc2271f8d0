import shutil
from pathlib import Path

import pytest

from harness.delivery import vendor
from harness.delivery.packages import unvendored
from harness.doctor import tools
from harness.stack import Stack

ROOT = Path(__file__).resolve().parents[3]


def program(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def test_a_program(bare: Path) -> None:
    assert tools.program("helm", "version", "--short").lacks == "helm"
    assert (tools.program("helm", "version", "--short").run or "").startswith("install it from https://helm.sh")
    program(bare / "helm", "echo v3.16.2+g13654a5")
    assert tools.program("helm", "version", "--short").detail == "helm 3.16.2+g13654a5"


def test_descriptions(tmp_path: Path) -> None:
    assert tools.descriptions(tmp_path).run == "make stack"
    shutil.copy(ROOT / "terraform" / "stack.local.json", tmp_path)
    assert tools.descriptions(tmp_path).ready
    (tmp_path / "stack.dev.json").write_text("{}")
    assert tools.descriptions(tmp_path).lacks == "a stack description that can be read"


def test_dependencies_that_are_kept(tmp_path: Path, stack: Stack) -> None:
    functions = {name: stack.functions[name] for name in ("database_scaler", "quotes", "users")}
    folder = tmp_path / "local"
    # database_scaler has none: botocore comes with Lambda.
    assert unvendored(functions, root=ROOT, folder=folder) == ["quotes", "users"]
    found = tools.dependencies(ROOT, tmp_path)
    assert found.ready
    assert "package index" in found.detail


def test_uv(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert tools.uv().ready
    monkeypatch.setattr(vendor.sys, "executable", str(bare / "python"))
    assert tools.uv().run == "make venv"
