"""A stage that a person keeps up: it answers, and a Ctrl-C leaves nothing of it."""

import json
import os
import re
import signal
import subprocess
import urllib.request
from pathlib import Path

import pytest

from harness.services import readable
from tests.harness.test_cli import Command


@pytest.mark.servers
def test_it_answers_until_it_is_interrupted(tmp_path: Path) -> None:
    command = Command(tmp_path, "stage", "--services", "native", "--json")
    try:
        assert command.process.stdout is not None
        line = command.process.stdout.readline()
        assert line, command.errors.read_text()
        told = json.loads(line)
        token = subprocess.run(
            ["/bin/sh", "-c", told["environment"]["TOKEN_COMMAND"]],
            env={**os.environ, "TOKEN_USER": "0f8fad5b-d9cb-469f-a165-70867728950e"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        request = urllib.request.Request(f"{told['url']}/v1/products", headers={"Authorization": f"Bearer {token}"})
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
            assert json.load(answer)["products"]
        assert readable(told["environment"]).reach().keys() == {"MySQL", "MongoDB", "RabbitMQ"}
    finally:
        command.process.send_signal(signal.SIGINT)
        code, output, errors = command.wait()
    assert (code, output) == (130, ""), errors
    assert re.search(r"\] up, until Ctrl-C; logs in \S+/logs\n", errors)
    assert errors.endswith("harness: interrupted; everything that was started has been stopped\n")
    assert command.left() == []


@pytest.mark.servers
def test_a_part_that_ends_ends_it_and_is_named(tmp_path: Path) -> None:
    command = Command(tmp_path, "stage", "--services", "native")
    try:
        command.reach("] up, until Ctrl-C")
        [cloud] = [pid for pid, line in command.processes() if "-m harness.cloud" in line]
        os.kill(cloud, signal.SIGKILL)
        code, output, errors = command.wait()
    finally:
        if command.process.poll() is None:
            command.process.send_signal(signal.SIGINT)
            command.process.wait(120)
    assert code == 3, errors
    assert "harness: the harness's own cloud is gone in the middle of the run: ended by SIGKILL" in errors
    assert [line.partition("=")[0] for line in output.splitlines()] == [
        "export TOKEN_COMMAND",
        "export HARNESS_BROKER_URL",
        "export HARNESS_MYSQL_URL",
        "export HARNESS_DOCUMENTS_URL",
        "make replay TARGET",
    ]
    assert command.left() == []
