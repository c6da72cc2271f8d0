"""What is read beside the traffic comes over checked TLS, and a kept connection that was closed is opened again."""

import http.server
import ipaddress
import json
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from harness.scenario.api import Api
from harness.scenario.deployed import open_target
from harness.scenario.errors import TargetError
from harness.scenario.target import Target
from harness.services import Stores

ROOT = Path(__file__).resolve().parents[3]


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers with what it was asked for; closes the connection after each answer, and says nothing of it."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path.endswith("/v1/health"):
            value: Any = {"status": "ok"}
        else:
            value = {"path": self.path, "authorization": self.headers.get("authorization")}
        body = b"<html>" if "html" in self.path else json.dumps(value).encode()
        self.send_response(404 if "html" in self.path else 200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Is silent."""


@pytest.fixture
def server() -> Iterator[http.server.ThreadingHTTPServer]:
    """Listens, and serves what `serve_forever` is started for."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        yield server
        server.shutdown()


def serve(server: http.server.ThreadingHTTPServer) -> int:
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return int(server.server_address[1])


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate of its own authority for 127.0.0.1, with its key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(True, None), True)
        .sign(key, hashes.SHA256())
    )
    (tmp_path / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    (tmp_path / "certificate.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    return tmp_path / "certificate.pem"


def test_the_path_of_the_stage_comes_first_and_a_closed_connection_is_opened_again(
    server: http.server.ThreadingHTTPServer,
) -> None:
    api = Api(f"http://127.0.0.1:{serve(server)}/dev")
    for _ in range(3):
        assert api.get("/v1/x?limit=1", "t") == (200, {"path": "/dev/v1/x?limit=1", "authorization": "Bearer t"})
    assert api.get("/html") == (404, None)


def test_an_authority_that_is_trusted_lets_api_and_traffic_in_and_another_does_not(
    server: http.server.ThreadingHTTPServer, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    url = f"https://127.0.0.1:{serve(server)}/dev"
    target = Target.of(url, "mint", Stores())
    # A process of its own, since Locust patches the standard library.
    traffic = [
        sys.executable, "-c",
        "import sys; from harness.traffic.client import Client; "
        "print(Client(sys.argv[1], 5).send('GET', '/v1/health', {}, None))", url,
    ]  # fmt: skip

    def send() -> str:
        return subprocess.run(traffic, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    with pytest.raises(TargetError, match=f"{url} cannot be reached: self-signed certificate"):
        open_target(target, 1)
    assert "CERTIFICATE_VERIFY_FAILED" in send()
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert open_target(target, 1).url == url
    assert "status=200" in send()
