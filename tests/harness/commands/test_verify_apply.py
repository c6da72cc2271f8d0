"""The command: what it compares, what it says where something is missing, and its exit code."""

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from harness import emulator
from harness.cli import main
from harness.commands import environments, places
from harness.inspection import Clients, Subject
from harness.stack import Stack
from tests.harness.inspection import estate as makers
from tests.harness.inspection.estate import Estate


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, stack: Stack) -> Iterator[Path]:
    """Of an emulator that runs."""
    folder = tmp_path_factory.mktemp("emulator")
    emulator.start(folder, stack.region, progress=print)
    yield folder
    emulator.stop(folder)


@pytest.fixture(scope="module")
def estate(folder: Path, stack: Stack) -> Estate:
    """The stack in it."""
    running = emulator.running(folder)
    assert running is not None
    session = boto3.Session("test", "test", region_name=stack.region)
    return Estate(Subject(stack, makers.hashes(stack)), Clients(session, running.url))


@pytest.fixture
def build(tmp_path: Path, stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for builds, with the manifest of the packages."""
    packages = tmp_path / "packages" / "local"
    packages.mkdir(parents=True)
    manifest = {name: {"path": "", "sha256": sha256} for name, sha256 in makers.hashes(stack).items()}
    (packages / "packages.tfvars.json").write_text(json.dumps({"packages": manifest}))
    monkeypatch.setattr(places, "BUILD", tmp_path)
    return tmp_path


@pytest.fixture
def applied(build: Path, folder: Path, estate: Estate, monkeypatch: pytest.MonkeyPatch) -> Estate:
    monkeypatch.setattr(environments, "EMULATOR", folder)
    return estate


def test_equal(applied: Estate, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify-apply", "--no-drive", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["readback"]["compared"] > 1000
    assert [part["differences"] for part in found["readback"]["parts"].values() if part["differences"]] == []
    assert found["drive"] == []
    assert "workers.orders.prefetch" in found["readback"]["hidden"]


def test_what_differs_is_named(applied: Estate, capsys: pytest.CaptureFixture[str]) -> None:
    described = applied.stack.alarms["api_5xx"]
    applied.alarm("api_5xx", dataclasses.replace(described, threshold=6.0))
    try:
        assert main(["verify-apply", "--no-drive"]) == 1
    finally:
        applied.alarm("api_5xx", described)
    assert "alarms.api_5xx.threshold: described 5.0, found 6.0" in capsys.readouterr().out


def test_no_emulator(build: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(environments, "EMULATOR", build / "emulator")
    monkeypatch.setattr(environments, "_WORKING", build / "environments")
    assert main(["verify-apply"]) == 3
    assert capsys.readouterr().err == "harness: no emulator runs; `make apply` starts one\n"


def test_no_packages(applied: Estate, build: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (build / "packages" / "local" / "packages.tfvars.json").unlink()
    assert main(["verify-apply"]) == 3
    assert "no manifest of packages" in capsys.readouterr().err


def test_another_environment_needs_credentials(
    build: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    assert main(["verify-apply", "--env", "dev"]) == 3
    assert capsys.readouterr().err.startswith("harness: AWS credentials: there are none; sign in")


def test_an_environment_that_does_not_exist(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify-apply", "--env", "stage"]) == 3
    assert "there is no environment 'stage'" in capsys.readouterr().err
