from pathlib import Path

import pytest

from harness.delivery import providers
from harness.doctor import provisioning


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Nothing on the PATH, no mirror, no configuration."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in (providers.VARIABLE, providers.CONFIGURATION):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_no_terraform(bare: Path) -> None:
    found = provisioning.terraform()
    assert found.lacks == "Terraform 1.11 or newer"
    assert (found.run or "").startswith("install 1.11 or newer")


@pytest.mark.parametrize(("version", "ready"), [("1.9.8", False), ("1.11.0", True), ("1.15.1", True)])
def test_the_version_of_terraform(bare: Path, version: str, ready: bool) -> None:
    program = bare / "terraform"
    program.write_text(f'#!/bin/sh\necho \'{{"terraform_version": "{version}"}}\'\n')
    program.chmod(0o755)
    found = provisioning.terraform()
    assert found.ready is ready
    assert version in found.detail


def test_a_mirror_that_is_none(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(providers.VARIABLE, str(bare))
    found = provisioning.provider()
    assert found.lacks == "the provider's mirror"
    assert found.run == "name the folder above it"


def test_a_mirror(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (bare / "registry.terraform.io/hashicorp/aws/5.100.0").mkdir(parents=True)
    monkeypatch.setenv(providers.VARIABLE, str(bare))
    assert provisioning.provider().detail == f"mirror in {bare}"


def test_neither_mirror_nor_registry(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(providers, "find_mirror", lambda environment: None)
    monkeypatch.setattr(provisioning, "_REGISTRY", "http://127.0.0.1:1/")
    found = provisioning.provider()
    assert found.lacks == "the AWS provider"
    assert providers.VARIABLE in (found.run or "")


def test_a_configuration_that_is_not_there(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert provisioning.configuration().detail == "none of your own"
    monkeypatch.setenv(providers.CONFIGURATION, str(bare / "none.rc"))
    found = provisioning.configuration()
    assert found.ready
    assert found.detail.startswith(f"TF_CLI_CONFIG_FILE names {bare / 'none.rc'}, which is not there")
    (bare / "none.rc").touch()
    assert provisioning.configuration().detail == str(bare / "none.rc")
    assert provisioning.provider().detail == f"as {bare / 'none.rc'} says"


def test_checkov(tmp_path: Path) -> None:
    assert provisioning.checkov(tmp_path / "checkov").lacks == "checkov"
    (tmp_path / "checkov").touch()
    assert provisioning.checkov(tmp_path / "checkov").ready
