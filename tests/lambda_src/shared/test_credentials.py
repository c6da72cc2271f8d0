import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from shared.credentials import Credentials, CredentialSource
from shared.errors import ConfigError, Unavailable

ARN = "arn:aws:secretsmanager:eu-central-1:000000000000:secret:broker-AbCdEf"


@pytest.fixture(autouse=True)
def _account(monkeypatch: pytest.MonkeyPatch, closed_port: int) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{closed_port}")


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Sets the secret that Secrets Manager, a server on a real socket, gives for ARN."""
    current = [""]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            text = json.dumps({"ARN": asked["SecretId"], "Name": "broker", "SecretString": current[0]}).encode()
            self.send_response(200 if asked["SecretId"] == ARN else 400)
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")

    def put(value: str) -> None:
        current[0] = value

    yield put
    server.shutdown()
    server.server_close()


def test_a_literal_stays() -> None:
    source = CredentialSource("BROKER_CREDENTIALS", '{"username": "app", "password": "p"}')
    assert source.get() == Credentials("app", "p")
    source.forget()
    assert source.get() is source.get()


def test_a_password_is_not_shown() -> None:
    assert "secret" not in repr(Credentials("app", "secret"))


def test_a_secret_that_cannot_be_fetched() -> None:
    with pytest.raises(Unavailable, match="Secrets Manager"):
        CredentialSource("BROKER_CREDENTIALS", ARN).get()


def test_a_secret_that_is_not_there(secret: Callable[[str], None]) -> None:
    with pytest.raises(Unavailable, match="ClientError"):
        CredentialSource("BROKER_CREDENTIALS", ARN + "x").get()


def test_a_secret_is_kept_until_it_is_refused(secret: Callable[[str], None]) -> None:
    source = CredentialSource("BROKER_CREDENTIALS", ARN)
    passwords: list[Any] = []
    for password, forget in (("old", False), ("new", False), ("new", True)):
        secret(json.dumps({"username": "app", "password": password}))
        if forget:
            source.forget()
        passwords.append(source.get().password)
    assert passwords == ["old", "old", "new"]


def test_a_secret_of_another_form_is_not_shown(secret: Callable[[str], None]) -> None:
    secret("no JSON")
    with pytest.raises(ConfigError) as error:
        CredentialSource("BROKER_CREDENTIALS", ARN).get()
    assert "no JSON" not in str(error.value)
