"""Each answer of STS, from a server that gives it, as one line."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import boto3
import pytest

from harness.delivery import credentials
from harness.delivery.errors import CredentialsError

_IDENTITY = """<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>arn:aws:iam::222222222222:user/me</Arn><UserId>A</UserId><Account>222222222222</Account>
</GetCallerIdentityResult></GetCallerIdentityResponse>"""


@pytest.fixture
def sts(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An STS that always answers with the test's status and body."""
    status, body = request.param

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", f"http://127.0.0.1:{server.server_address[1]}")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        yield
        server.shutdown()


def _error(code: str) -> str:
    return f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>no</Message></Error></ErrorResponse>"


@pytest.mark.parametrize("sts", [(200, _IDENTITY)], indirect=True)
def test_the_account_is_told(sts: None) -> None:
    assert credentials.account("eu-central-1", session=boto3.Session) == "222222222222"


@pytest.mark.parametrize("sts", [(403, _error("ExpiredToken"))], indirect=True)
def test_expired_ones(sts: None) -> None:
    with pytest.raises(CredentialsError, match=r"^AWS credentials: expired; sign in again"):
        credentials.account("eu-central-1")


@pytest.mark.parametrize("sts", [(403, _error("InvalidClientTokenId"))], indirect=True)
def test_wrong_ones(sts: None) -> None:
    with pytest.raises(CredentialsError, match=r"^AWS credentials: AWS refuses them \(InvalidClientTokenId: no\)$"):
        credentials.account("eu-central-1")


def test_none(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", f"{tmp_path}/config")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", f"{tmp_path}/credentials")
    with pytest.raises(CredentialsError, match=r"^AWS credentials: there are none; sign in"):
        credentials.account("eu-central-1")


def test_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with pytest.raises(CredentialsError, match=r"^AWS credentials: cannot be checked: Could not connect"):
        credentials.account("eu-central-1")
