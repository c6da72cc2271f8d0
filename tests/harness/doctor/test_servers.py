import importlib.metadata
import os
from pathlib import Path

import pytest

from harness.doctor import servers
from harness.process import hold_port
from harness.services import mysql


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A PATH with nothing on it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(mysql, "_PATH", str(tmp_path))
    monkeypatch.setattr("harness.services.rabbitmq._SCRIPTS", ("rabbitmq-server",))
    return tmp_path


def program(path: Path, text: str = "exit 0") -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_no_programs_and_no_apt(bare: Path) -> None:
    found = servers.programs()
    assert found.lacks == "rabbitmq-server, mariadb-server"
    assert "package manager" in (found.run or "")
    assert "SecantusDB" in found.detail


def test_no_programs_where_they_can_be_installed(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("apt-get", "dpkg"):
        program(bare / name)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert (servers.programs().run or "").startswith("make test")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert (servers.programs().run or "").startswith("Run: sudo apt-get install")


def test_programs(bare: Path) -> None:
    library = bare / "rabbitmq_server-4.1.2"
    library.mkdir()
    program(library / "rabbitmq-server")
    (bare / "rabbitmq-server").symlink_to(library / "rabbitmq-server")
    program(bare / "epmd")
    program(bare / "mysqld", "echo 'mysqld  Ver 9.1.0 for Linux on x86_64 (MySQL Community Server - GPL)'")
    program(bare / "mongod", "echo 'db version v8.0.4'")
    found = servers.programs()
    assert found.ready
    assert found.detail == "RabbitMQ 4.1.2, MySQL 9.1.0, MongoDB 8.0.4"


def test_no_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none")
    assert servers.engine().lacks == "a Docker engine that answers"
    assert not servers.images().ready


def test_no_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("HARNESS_")]:
        monkeypatch.delenv(name)
    found = servers.addresses()
    assert found.lacks == "HARNESS_BROKER_URL is not set, which SERVICES=external needs (and 3 more)"
    assert (found.run or "").startswith("write for example HARNESS_BROKER_URL=amqp://")


def test_addresses_where_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    with hold_port() as held:
        place = f"127.0.0.1:{held.port}"
        monkeypatch.setenv("HARNESS_BROKER_URL", f"amqp://a:b@{place}/")
        monkeypatch.setenv("HARNESS_BROKER_MANAGEMENT_URL", f"http://{place}")
        monkeypatch.setenv("HARNESS_MYSQL_URL", f"mysql://a:b@{place}/orders")
        monkeypatch.setenv("HARNESS_DOCUMENTS_URL", f"mongodb://a:b@{place}/orders?serverSelectionTimeoutMS=300")
        found = servers.addresses()
    assert f"HARNESS_BROKER_URL: {place} cannot be used: it refused the connection" in (found.lacks or "")


def test_an_emulator_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        if name == "moto":
            raise importlib.metadata.PackageNotFoundError(name)
        return "1"

    assert servers.emulators().ready
    monkeypatch.setattr(importlib.metadata, "version", version)
    assert servers.emulators().lacks == "moto"
