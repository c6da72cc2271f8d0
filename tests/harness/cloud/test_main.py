"""The child process, from its one line on stdout to its end."""

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.harness.cloud.workbench import ROOT, Workbench, process_state

HANDLER = "import os, time\ndef handler(event, context):\n    return os.getpid()"


@pytest.fixture
def value(bench: Workbench) -> dict[str, Any]:
    bench.function("f", HANDLER)
    bench.route("GET /pid", "f")
    (bench.folder / "stack.json").write_text(json.dumps(bench.description))
    (bench.folder / "jwks.json").write_text(json.dumps(bench.issuer.jwks()))
    return {
        "stack": str(bench.folder / "stack.json"),
        "lambda_src": str(bench.folder / "src"),
        "root": str(ROOT),
        "log_folder": str(bench.logs),
        "jwt": {"jwks": str(bench.folder / "jwks.json")},
    }


@contextmanager
def started(folder: Path, value: dict[str, Any]) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """The process and what it said when it was ready."""
    (folder / "cloud.json").write_text(json.dumps(value))
    process = subprocess.Popen(
        [sys.executable, "-m", "harness.cloud", str(folder / "cloud.json")], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield process, json.loads(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


def get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


def gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists() or process_state(pid) == "Z"


def test_serves_and_counts(tmp_path: Path, value: dict[str, Any]) -> None:
    with started(tmp_path, value) as (process, ready):
        assert ready["pid"] == process.pid
        assert get(ready["gateway_url"] + "/pid") == get(ready["gateway_url"] + "/pid")
        assert get(ready["admin_url"] + "/health") == {"status": "ok"}
        stats = get(ready["admin_url"] + "/stats")
        assert stats["gateway"]["classes"] == {"2xx": 2}
        assert stats["functions"]["f"]["invocations"] == 2
        assert stats["functions"]["f"]["environments"] == 1
        assert stats["event_sources"] == {}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_takes_its_environments_along(tmp_path: Path, value: dict[str, Any], number: signal.Signals) -> None:
    with started(tmp_path, value) as (process, ready):
        pid = get(ready["gateway_url"] + "/pid")
        process.send_signal(number)
        started_at = time.monotonic()
        assert process.wait(5) == (-9 if number is signal.SIGKILL else 0)
        while not gone(pid):
            assert time.monotonic() - started_at < 5
            time.sleep(0.01)


@pytest.mark.parametrize(
    ("change", "message"),
    [({"stack": "/nowhere.json"}, "/nowhere.json"), ({"colour": 1}, "colour: unknown"), ({}, "cannot start: ")],
)
def test_one_line_for_what_is_wrong(
    tmp_path: Path, value: dict[str, Any], change: dict[str, Any], message: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        value["gateway"] = {"port": taken.getsockname()[1]}
        (tmp_path / "cloud.json").write_text(json.dumps({**value, **change}))
        command = [sys.executable, "-m", "harness.cloud", str(tmp_path / "cloud.json")]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20)
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr.startswith("harness.cloud: ")
    assert message in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
