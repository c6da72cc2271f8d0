"""What `plan`, `apply` and `destroy` say of a machine that lacks what they need."""

import json
from pathlib import Path

import pytest

from harness.cli import main
from harness.commands import environments, places


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A build folder of the test's own, in which local has a state to destroy."""
    monkeypatch.setattr(places, "BUILD", tmp_path)
    monkeypatch.setattr(environments, "EMULATOR", tmp_path / "emulator")
    monkeypatch.setattr(environments, "_WORKING", tmp_path / "environments")
    state = tmp_path / "environments" / "local" / "terraform.tfstate"
    state.parent.mkdir(parents=True)
    state.write_text(json.dumps({"resources": [{"mode": "managed", "instances": [{}]}]}))
    return tmp_path


def terraform_of(version: str, build: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program on the PATH, alone there, that says it is Terraform of this version."""
    program = build / "bin" / "terraform"
    program.parent.mkdir()
    program.write_text(f"""#!/bin/sh\necho '{{"terraform_version": "{version}"}}'\n""")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    return program


@pytest.mark.parametrize(
    "arguments",
    [["plan"], ["apply"], ["destroy", "--yes"], ["plan", "--env", "dev"], ["apply", "--env", "dev", "--yes"]],
)
def test_without_terraform_nothing_is_begun(
    build: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    monkeypatch.setenv("PATH", str(build / "bin"))
    assert main(arguments) == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("harness: terraform is not on the PATH; install 1.11 or newer from https://")
    assert [path.name for path in build.iterdir()] == ["environments"]


def test_a_terraform_that_is_too_old_is_told_before_anything_is_packaged(
    build: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    program = terraform_of("1.5.7", build, monkeypatch)
    assert main(["plan"]) == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert line == f"harness: {program} is Terraform 1.5.7; 1.11 or newer is needed"
    assert not (build / "packages").exists()


@pytest.mark.parametrize("command", ["apply", "destroy"])
def test_missing_credentials_are_told_before_it_is_said_that_nobody_can_answer(
    build: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    terraform_of("1.11.0", build, monkeypatch)
    monkeypatch.delenv("YES", raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    assert main([command, "--env", "dev"]) == 3
    assert capsys.readouterr().err.startswith("harness: AWS credentials: there are none; sign in")
    monkeypatch.setattr(environments, "own_account", lambda *_: None)
    assert main([command, "--env", "dev"]) == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("harness: this asks, and nobody is there to answer")
    assert not (build / "packages").exists()
