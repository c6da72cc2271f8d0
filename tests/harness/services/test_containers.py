"""The containers. Tests so marked need an engine and images; HARNESS_IMAGE_… name others than the official ones."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import docker
import pytest
from docker.errors import APIError
from requests import ReadTimeout

from harness.process import Guard
from harness.process.proc import Identity, owner
from harness.services import ContainersUnusable, Endpoints, ServerFailed, handshakes, start
from harness.services.containers import IMAGES, OWNER_LABEL, RUN_LABEL, images, prepare, remove_of_dead_runs

ROOT = Path(__file__).resolve().parents[3]


def test_the_official_images_unless_others_are_named() -> None:
    assert images({}) == IMAGES
    assert images({"HARNESS_IMAGE_MYSQL": "mysql:8.4", "HARNESS_IMAGE_MONGO": ""}) == {
        **IMAGES,
        "HARNESS_IMAGE_MYSQL": "mysql:8.4",
    }


def test_no_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no-engine")
    with pytest.raises(ContainersUnusable, match="no Docker engine answers"):
        prepare(progress=print)
    with Guard(base=tmp_path / "base") as guard, pytest.raises(ContainersUnusable):
        with start("containers", guard=guard, folder=guard.folder / "servers", progress=print):
            pass


@pytest.mark.parametrize("error", [APIError("500 Server Error"), ReadTimeout("read timed out")])
def test_an_engine_that_fails_to_look_an_image_up(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    client = Mock()
    client.images.get.side_effect = error
    monkeypatch.setattr("harness.services.containers._engine", lambda: client)
    with pytest.raises(ContainersUnusable, match=r"the image rabbitmq:4-management cannot be looked up or pulled"):
        prepare(progress=print)
    client.close.assert_called_once_with()


@pytest.fixture
def engine() -> Iterator[Any]:
    try:
        prepare(progress=print)
    except ContainersUnusable as error:
        pytest.skip(str(error))
    client = docker.from_env()
    yield client
    client.close()


@pytest.fixture(scope="module")
def containers(own_guard: Guard) -> Iterator[Endpoints]:
    try:
        prepare(progress=print)
    except ContainersUnusable as error:
        pytest.skip(str(error))
    folder = own_guard.folder / "containers"
    with start("containers", guard=own_guard, folder=folder, progress=print) as endpoints:
        yield endpoints


def of_run(client: Any, run: str) -> list[Any]:
    return list(client.containers.list(all=True, filters={"label": f"{RUN_LABEL}={run}"}, ignore_removed=True))


@pytest.mark.containers
def test_every_server_answers_on_the_loopback_address(containers: Endpoints, engine: Any, own_guard: Guard) -> None:
    assert containers.kind == "containers"
    assert handshakes.broker(containers.broker) == containers.versions["RabbitMQ"]
    assert handshakes.management(containers.broker)
    assert handshakes.mysql(containers.mysql) == containers.versions["MySQL"]
    assert handshakes.documents(containers.documents) == containers.versions["MongoDB"]
    assert handshakes.sqs(containers.sqs)
    running = of_run(engine, own_guard.run)
    assert len(running) == 3
    for container in running:
        published = [binding for bindings in container.ports.values() for binding in bindings or ()]
        assert {binding["HostIp"] for binding in published} == {"127.0.0.1"}
    hosts = {containers.broker.host, containers.mysql.host, containers.documents.host}
    assert hosts == {"127.0.0.1"}


@pytest.mark.containers
def test_auto_takes_containers_where_they_can_be_had(engine: Any, tmp_path: Path) -> None:
    lines: list[str] = []
    with Guard(base=tmp_path / "base") as guard:
        with start("auto", guard=guard, folder=guard.folder / "servers", progress=lines.append) as endpoints:
            assert endpoints.kind == "containers"
            assert len(of_run(engine, guard.run)) == 3
        assert of_run(engine, guard.run) == []
    assert "services: containers (a Docker engine answers and has the images)" in lines


@pytest.mark.containers
def test_an_image_that_cannot_be_had(engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_IMAGE_MYSQL", "registry.invalid/no/such:image")
    with pytest.raises(
        ContainersUnusable, match=r"registry.invalid/no/such:image .* HARNESS_IMAGE_MYSQL names another"
    ):
        prepare(progress=print)


@pytest.mark.containers
def test_a_container_that_dies_at_its_start(engine: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("harness.services.containers._MYSQL_SETTINGS", ("--no-such-setting=1",))
    with Guard(base=tmp_path / "base") as guard:
        with pytest.raises(ServerFailed, match=r"(?s)MySQL lets .*given up.*exited, exit code 1.*no-such-setting"):
            with start("containers", guard=guard, folder=guard.folder / "servers", progress=print):
                pass
        assert of_run(engine, guard.run) == []


@pytest.mark.containers
@pytest.mark.parametrize("guard_too", [False, True])
def test_killing_the_harness_removes_the_containers(engine: Any, tmp_path: Path, guard_too: bool) -> None:
    script = f"""
import json, time
from pathlib import Path
from harness.process import Guard
from harness.services import start
with Guard(base=Path({str(tmp_path / "base")!r})) as guard:
    with start("containers", guard=guard, folder=guard.folder / "s", progress=lambda line: None) as endpoints:
        print(json.dumps([guard.run, guard._process.pid]), flush=True)
        time.sleep(300)
"""
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}
    ) as harness:
        assert harness.stdout is not None
        run, guard = json.loads(harness.stdout.readline())
        assert len(of_run(engine, run)) == 3
        if guard_too:
            os.kill(guard, signal.SIGKILL)
        harness.send_signal(signal.SIGKILL)
    if guard_too:
        assert len(of_run(engine, run)) == 3
        with Guard(base=tmp_path / "base"):
            assert of_run(engine, run) == []
        return
    deadline = time.monotonic() + 30
    while of_run(engine, run):
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.containers
def test_containers_are_known_by_their_owner_where_the_record_is_lost(engine: Any) -> None:
    image = images(os.environ)["HARNESS_IMAGE_MYSQL"]
    me = Identity(os.getpid(), 1)
    orphan = engine.containers.create(image, labels={RUN_LABEL: "x", OWNER_LABEL: owner(me)})
    foreign = engine.containers.create(image, labels={RUN_LABEL: "y", OWNER_LABEL: "unknown"})
    try:
        assert remove_of_dead_runs() >= 1
        assert of_run(engine, "x") == []
        assert len(of_run(engine, "y")) == 1
    finally:
        foreign.remove()
        if of_run(engine, "x"):
            orphan.remove()
