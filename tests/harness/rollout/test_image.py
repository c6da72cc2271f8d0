"""The image: its name follows from its inputs; built and run where an engine answers and a base can be had."""

import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.rollout import image, tools
from harness.rollout.errors import RolloutError, ToolMissing
from harness.rollout.image import BASE, Image
from tests.harness.rollout.conftest import ROOT

_REPOSITORY = "registry.invalid/orders-dev/worker"


def name(root: Path = ROOT, architecture: str = "arm64", base: str = BASE) -> str:
    return image.image(_REPOSITORY, architecture, root=root, base=base).name


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of what goes into the image."""
    for part in ("contracts", "worker_src"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_the_same_code_has_the_same_name_wherever_it_lies(tree: Path):
    assert name(tree) == name()
    assert re.fullmatch(rf"{re.escape(_REPOSITORY)}:[0-9a-f]{{24}}", name())


@pytest.mark.parametrize(
    "file",
    [
        "contracts/topology.py",
        "worker_src/worker/orders/rules.py",
        "worker_src/requirements.lock",
        "worker_src/Dockerfile",
    ],
)
def test_other_code_has_another_name(tree: Path, file: str):
    with (tree / file).open("a") as opened:
        opened.write("\n")
    assert name(tree) != name()


def test_a_file_that_moves_gives_another_name(tree: Path):
    (tree / "contracts" / "topology.py").rename(tree / "contracts" / "topologies.py")
    assert name(tree) != name()


@pytest.mark.parametrize("path", ["worker_src/deploy/base/orders.yaml", "worker_src/worker/__pycache__/a.pyc"])
def test_what_does_not_go_into_it_leaves_its_name(tree: Path, path: str):
    (tree / path).parent.mkdir(exist_ok=True)
    (tree / path).write_text("x")
    assert name(tree) == name()


def test_base_and_architecture_are_part_of_it():
    assert len({name(), name(architecture="amd64"), name(base="python:3.14-slim")}) == 3


def test_a_tag_may_be_given():
    assert image.image(_REPOSITORY, "arm64", root=ROOT, tag="v1").name == f"{_REPOSITORY}:v1"


def test_without_an_engine_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\necho 'Cannot connect to the Docker daemon' >&2; exit 1\n")
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissing, match=r"^no Docker engine answers, .*Cannot connect to the Docker daemon"):
        image.build(Image("worker", "1", "amd64", BASE), root=ROOT, progress=print)


def test_a_client_that_cannot_build_is_told_what_it_lacks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    docker = tmp_path / "docker"
    docker.write_text('#!/bin/sh\n[ "$1" = version ] && echo "28.2.2 28.2.2" || exit 1\n')
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissing, match=r"^docker 28\.2\.2 builds with its plugin buildx, which is not installed"):
        image.build(Image("worker", "1", "amd64", BASE), root=ROOT, progress=print)


def test_the_build_sees_what_goes_into_the_image_and_no_more():
    """.dockerignore lets in the inputs of the name: another file could change the image behind its name."""
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert {rule[1:] for rule in rules if rule.startswith("!")} == set(image._INPUTS)


def test_dependencies_are_those_that_rehearsals_run_with():
    def locked(file: Path) -> dict[str, str]:
        return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", file.read_text("utf-8"), re.MULTILINE))

    own = locked(ROOT / "worker_src" / "requirements.lock")
    names = {
        line for line in (ROOT / "worker_src" / "requirements.in").read_text("utf-8").split("\n") if line[:1].isalpha()
    }
    assert names <= own.keys()
    assert own.items() <= locked(ROOT / "requirements.lock").items()


# --- With an engine: HARNESS_IMAGE_PYTHON names another base than the official one, which has to be had.


@pytest.fixture(scope="module")
def built() -> Iterator[Image]:
    base = os.environ.get("HARNESS_IMAGE_PYTHON", BASE)
    machine = {"x86_64": "amd64", "aarch64": "arm64"}[os.uname().machine]
    made = image.image("workers.invalid/worker", machine, root=ROOT, base=base)
    try:
        tools.run("docker", "image", "inspect", base)
    except RolloutError:
        try:
            tools.run("docker", "pull", "--quiet", base, timeout_s=240)
        except RolloutError as error:
            pytest.skip(f"the base image {base} cannot be had; HARNESS_IMAGE_PYTHON names another ({error})")
    try:
        image.build(made, root=ROOT, progress=print)
    except ToolMissing as error:
        pytest.skip(str(error))
    yield made
    tools.run("docker", "image", "rm", made.name)


@pytest.mark.containers
def test_it_runs_closed_and_is_healthy(built: Image):
    closed = ("--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges")
    started = tools.run(
        "docker", "run", "--detach", *closed, "--env", "WORKER_PORT=8084", built.name, "pricing"
    ).strip()
    try:
        deadline = time.monotonic() + 60
        state: Any = {}
        while state.get("Health", {}).get("Status") != "healthy":
            assert time.monotonic() < deadline, f"{state}\n{tools.run('docker', 'logs', started)}"
            time.sleep(0.5)
            state = json.loads(tools.run("docker", "inspect", "--format", "{{json .State}}", started))
        assert tools.run("docker", "exec", started, "python3", "-c", "import os; print(os.getuid())").strip() == "10001"
        tools.run("docker", "stop", "--time", "20", started)
        assert tools.run("docker", "inspect", "--format", "{{.State.ExitCode}}", started).strip() == "0"
    finally:
        tools.run("docker", "rm", "--force", started)


@pytest.mark.containers
def test_it_has_every_role_and_what_they_need(built: Image):
    code = (
        "import worker.cli, boto3, os; from contracts import addresses; "
        "print(addresses.mysql('mysql://h/d?tls_ca=/app/certificates/rds-global-bundle.pem').tls.context() is not None)"
    )
    said = tools.run("docker", "run", "--rm", "--read-only", "--entrypoint", "python3", built.name, "-c", code)
    assert said.strip() == "True"
