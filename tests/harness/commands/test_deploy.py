"""`harness deploy` as a person calls it: what it renders from, and what it says where it cannot."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.cli import main
from harness.commands import environments, places
from harness.rollout.rendering import MANIFESTS
from tests.harness.rollout.conftest import applied, stack_of


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A build folder of the test's own, and no AWS."""
    monkeypatch.setattr(places, "BUILD", tmp_path)
    monkeypatch.setattr(environments, "_WORKING", tmp_path / "environments")
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    return tmp_path


def type_of(value: Any) -> Any:
    """A value's type as a state file writes it."""
    return ["object", {key: type_of(each) for key, each in value.items()}] if isinstance(value, dict) else "string"


@pytest.fixture
def state(build: Path, terraform_here: None) -> Callable[[str], None]:
    """Writes a state of an environment as `terraform apply` leaves it: outputs, and a resource."""

    def write(environment: str) -> None:
        values = applied(stack_of(environment))
        bucket = {
            "mode": "managed",
            "type": "terraform_data",
            "name": "this",
            "provider": 'provider["terraform.io/builtin/terraform"]',
            "instances": [{"schema_version": 0, "attributes": {"id": "1"}}],
        }
        folder = build / "environments" / environment
        folder.mkdir(parents=True)
        (folder / "terraform.tfstate").write_text(
            json.dumps({
                "version": 4,
                "terraform_version": "1.11.4",
                "serial": 1,
                "lineage": "0b5e9a5c-1f2d-4c56-9a5e-2f6d3a7b8c9d",
                "outputs": {name: {"value": value, "type": type_of(value)} for name, value in values.items()},
                "resources": [bucket],
            })
        )  # fmt: skip

    return write


def manifests(file: Path) -> dict[str, Any]:
    return {f"{each['kind']}/{each['metadata']['name']}": each for each in yaml.safe_load_all(file.read_text("utf-8"))}


@pytest.mark.parametrize("environment", ["dev", "prod", "local"])
def test_a_dry_run_renders_without_an_applied_stack(
    kubectl: None, build: Path, capsys: pytest.CaptureFixture[str], environment: str
):
    assert main(["deploy", "--env", environment, "--dry-run"]) == 0
    told = capsys.readouterr()
    file = build / "deploy" / environment / MANIFESTS
    assert told.out == f"{file}\n"
    assert f"{environment} is not applied from here" in told.err
    assert "30 objects are valid for Kubernetes 1.36" in told.err
    assert len(manifests(file)) == 30


def test_a_dry_run_of_an_applied_stack_has_its_outputs(kubectl: None, build: Path, state: Callable[[str], None]):
    state("local")
    assert main(["deploy", "--dry-run"]) == 0
    found = manifests(build / "deploy" / "local" / MANIFESTS)
    assert found["TargetGroupBinding/pricing"]["spec"]["targetGroupARN"].endswith(":targetgroup/p/0a1b")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], "local has no cluster to roll out to: what emulates EKS has no nodes. `make replay` runs the same"),
        (["--env", "stage"], "there is no environment 'stage'; there are dev, local, prod"),
    ],
)
def test_what_cannot_be_is_one_line(
    build: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], expected: str
):
    assert main(["deploy", *arguments]) == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"harness: {expected}")


@pytest.fixture
def programs(build: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on the PATH, with programs that answer as far as they are looked for."""
    folder = build / "bin"
    folder.mkdir()
    for name, said in {
        "kubectl": "",
        "helm": "",
        "docker": "20.10.24 20.10.24",
        "terraform": '{"terraform_version": "1.11.4"}',
    }.items():
        (folder / name).write_text(f"#!/bin/sh\necho '{said}'\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    return folder


def test_all_that_is_missing_is_told_at_once(programs: Path, capsys: pytest.CaptureFixture[str]):
    for program in programs.iterdir():
        program.unlink()
    assert main(["deploy", "--env", "dev"]) == 3
    first, *lacks = capsys.readouterr().err.splitlines()
    assert first == "harness: a rollout to dev lacks 6 things:"
    for lack, wanted in zip(
        lacks,
        (
            "kubectl is not on the PATH; install it from https://",
            "helm is not on the PATH; install it from https://",
            "terraform is not on the PATH; install 1.11 or newer from https://",
            "AWS credentials: there are none; sign in",
            "this asks, and nobody is there to answer: confirm with --yes",
            "docker is not on the PATH; install a Docker engine",
        ),
        strict=True,
    ):
        assert lack.startswith(f"  {wanted}")


def test_one_thing_that_is_missing_is_one_line(programs: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["deploy", "--env", "dev", "--yes"]) == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("harness: AWS credentials: there are none; sign in")


def test_an_engine_that_does_not_answer_is_told_beside_what_else_is_missing(
    programs: Path, capsys: pytest.CaptureFixture[str]
):
    (programs / "docker").write_text("#!/bin/sh\necho 'Cannot connect to the Docker daemon' >&2; exit 1\n")
    assert main(["deploy", "--env", "dev", "--yes"]) == 3
    first, *lacks = capsys.readouterr().err.splitlines()
    assert first == "harness: a rollout to dev lacks 2 things:"
    assert lacks[1].startswith("  no Docker engine answers, and an image needs one; start one, or set DOCKER_HOST")


def test_a_manifest_that_is_not_valid_is_refused(kubectl: None, build: Path, capsys: pytest.CaptureFixture[str]):
    raw = json.loads((places.TERRAFORM / "stack.dev.json").read_text("utf-8"))
    raw["scaling"]["orders"]["cooldown_in_s"] = 7200
    description = build / "stack.json"
    description.write_text(json.dumps(raw))
    assert main(["deploy", "--stack", str(description), "--dry-run"]) == 3
    assert (
        "ScaledObject/orders: spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleDown."
        "stabilizationWindowSeconds: 7200 is greater than the maximum of 3600"
    ) in capsys.readouterr().err


def test_without_kubectl_it_says_where_to_get_it(
    build: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    assert main(["deploy", "--dry-run"]) == 3
    assert "kubectl is not on the PATH; install it from https://" in capsys.readouterr().err
