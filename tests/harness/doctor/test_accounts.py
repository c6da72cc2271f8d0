"""Credentials, against an STS of moto's, and one that refuses as AWS does."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from harness.doctor import accounts

KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration with an environment `dev`, and no credentials anywhere."""
    (tmp_path / "envs").mkdir()
    (tmp_path / "envs" / "dev.tfvars").write_text(
        'environment = "dev"\naccount_id  = "123456789012"\nregion = "eu-central-1"\n'
    )
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return tmp_path


@pytest.fixture
def present(source: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    return source


@pytest.fixture
def sts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", f"http://{host}:{port}")
    yield
    server.stop()


class Refusing(BaseHTTPRequestHandler):
    """Answers as STS does to a session that is over."""

    def do_POST(self) -> None:
        body = (
            b"<ErrorResponse><Error><Type>Sender</Type><Code>ExpiredToken</Code>"
            b"<Message>The security token included in the request is expired</Message></Error></ErrorResponse>"
        )
        self.send_response(403)
        self.send_header("content-type", "text/xml")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def test_none(source: Path) -> None:
    found = accounts.of(source, "dev")
    assert found.lacks == "AWS credentials of account 123456789012"
    assert found.detail == "AWS credentials: there are none"


def test_of_the_right_account(present: Path, sts: None) -> None:
    assert accounts.of(present, "dev").ready


def test_of_another_account(present: Path, sts: None) -> None:
    (present / "envs" / "dev.tfvars").write_text('account_id = "111111111111"\nregion = "eu-central-1"\n')
    found = accounts.of(present, "dev")
    assert found.detail == "credentials of account 123456789012"
    assert found.lacks == "AWS credentials of account 111111111111"


def test_expired(present: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", f"http://127.0.0.1:{server.server_port}")
    assert accounts.of(present, "dev").detail == "AWS credentials: expired"
    server.shutdown()
    server.server_close()


def test_nobody_answers(present: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1")
    assert "cannot be checked" in accounts.of(present, "dev").detail


def test_a_profile_that_does_not_exist(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    assert "nobody" in accounts.of(source, "dev").detail


def test_an_environment_without_an_account(source: Path) -> None:
    (source / "envs" / "dev.tfvars").write_text('environment = "dev"\n')
    assert accounts.of(source, "dev").lacks == "the account of dev"
    assert "prod" in (accounts.of(source, "prod").run or "")
