"""The handle of the local cloud's process."""

import sys
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import Mock

import pytest

from harness.faults.relay import Relay
from harness.process import PIPE, Guard
from harness.scenario.errors import RunError
from harness.scenario.stage import Cloud, Stage

SERVER = """
import http.server, json
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"path": self.path}).encode())
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    """A process that answers like the admin address."""
    with Guard(base=tmp_path / "base") as guard:
        child = guard.start("cloud", [sys.executable, "-c", SERVER], log=tmp_path / "cloud.log", stdout=PIPE)
        assert child.stdout is not None
        url = f"http://127.0.0.1:{int(child.stdout.readline())}"
        yield Cloud(child, url, url)


def test_a_cloud_that_is_gone_is_told_with_its_end(cloud: Cloud) -> None:
    cloud.child.stop(grace_s=0)
    with pytest.raises(RunError, match=r"the local cloud does not answer \(.*refused.*\): ended by SIGKILL"):
        cloud.stats()


def test_the_run_ends_with_the_part_of_the_harness_that_is_gone(cloud: Cloud, tmp_path: Path) -> None:
    with Guard(base=tmp_path / "other") as guard:
        relay = Relay.start(guard, "127.0.0.1", 9, log=tmp_path / "relay.log")
        stage = Stage(*[Mock()] * 5, relay=relay, fleet=Mock(), cloud=cloud)
        stage.check()
        relay.stop()
        with pytest.raises(
            RunError, match="the harness's own relay is gone in the middle of the run: ended by SIGKILL"
        ):
            stage.check()


def test_a_proxy_of_the_environment_is_not_asked(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    assert cloud.stats() == {"path": "/stats"}
