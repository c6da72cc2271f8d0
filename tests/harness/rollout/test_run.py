"""A whole rollout: AWS is the emulator, the manifests are real; kubectl, helm and docker tell what they are asked."""

import io
import json
import re
import shutil
import socket
import textwrap
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from harness.emulator import Emulator, start, stop
from harness.process import LOOPBACK
from harness.rollout import image, outputs, run
from harness.rollout.errors import NotDone, ToolFailed, ToolMissing, Unreachable
from harness.rollout.image import BASE, Image
from harness.rollout.outputs import Outputs
from harness.rollout.rendering import Rendered
from harness.stack import Stack
from tests.harness.rollout.conftest import ROOT, applied, stack_of

_ROLE = "arn:aws:iam::000000000000:role/x"
_SECRET = "arn:aws:secretsmanager:eu-central-1:000000000000:secret:broker-a1B2c3"
_REPOSITORY = "orders-dev/worker"

_TOLD = """\
#!/bin/sh
# Writes down what it is asked, and answers as {name} does.
echo "{name} $*" >> {log}
case "{name} $*" in
  "docker version "*) echo "20.10.24 20.10.24" ;;
  "docker image "*) echo 1000 ;;
  "kubectl get "*" job "*) cat {job} ;;
  "kubectl "*" apiservice "*) cat {metrics} ;;
  "kubectl logs "*) echo "last words" ;;
  "kubectl apply "*) cat >> {applied} ;;
esac
"""


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """AWS on this machine. Its clusters have no nodes."""
    folder = tmp_path_factory.mktemp("emulator")
    yield start(folder, "eu-central-1", progress=print)
    stop(folder)


@pytest.fixture
def aws(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    """aws("eks"): a client of the emulator, which the code under test finds as well."""
    for name, value in emulator.environment().items():
        monkeypatch.setenv(name, value)
    return boto3.client


@pytest.fixture
def event_source(aws: Callable[[str], Any]) -> Iterator[str]:
    """A disabled event source mapping of RabbitMQ, as Terraform makes it."""
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("handler.py", "def handler(event, context): pass")
    functions, brokers = aws("lambda"), aws("mq")
    function = functions.create_function(
        FunctionName="notifications", Runtime="python3.12", Role=_ROLE, Handler="handler.handler",
        Code={"ZipFile": code.getvalue()},
    )["FunctionArn"]  # fmt: skip
    broker = brokers.create_broker(
        BrokerName="orders-dev", EngineType="RABBITMQ", EngineVersion="4.2", DeploymentMode="CLUSTER_MULTI_AZ",
        HostInstanceType="mq.m7g.large", PubliclyAccessible=False, AutoMinorVersionUpgrade=True,
        Users=[{"Username": "admin", "Password": "a-long-password"}],
    )  # fmt: skip
    uuid = functions.create_event_source_mapping(
        FunctionName=function, EventSourceArn=broker["BrokerArn"], Queues=["notifications"], Enabled=False,
        SourceAccessConfigurations=[{"Type": "BASIC_AUTH", "URI": _SECRET}, {"Type": "VIRTUAL_HOST", "URI": "/"}],
    )["UUID"]  # fmt: skip
    yield uuid
    functions.delete_event_source_mapping(UUID=uuid)
    brokers.delete_broker(BrokerId=broker["BrokerId"])
    functions.delete_function(FunctionName="notifications")


@pytest.fixture
def cluster(aws: Callable[[str], Any]) -> Iterator[str]:
    """A cluster and a repository; the address of somebody who listens where its API would."""
    eks, ecr = aws("eks"), aws("ecr")
    eks.create_cluster(name="orders-dev", roleArn=_ROLE, resourcesVpcConfig={"subnetIds": ["subnet-1"]})
    ecr.create_repository(repositoryName=_REPOSITORY)
    with socket.create_server((LOOPBACK, 0)) as listening:
        yield f"https://{LOOPBACK}:{listening.getsockname()[1]}"
    ecr.delete_repository(repositoryName=_REPOSITORY, force=True)
    eks.delete_cluster(name="orders-dev")


class Programs:
    """kubectl, helm and docker of our own on the PATH; `asked` is what each was, in order."""

    def __init__(self, folder: Path) -> None:
        self._log, self._job, self._metrics = folder / "log", folder / "job", folder / "metrics"
        self.applied = folder / "applied"
        self._log.touch()
        self._metrics.touch()
        self.end_job("Complete")
        for name in ("kubectl", "helm", "docker"):
            script = folder / name
            script.write_text(
                _TOLD.format(name=name, log=self._log, job=self._job, metrics=self._metrics, applied=self.applied)
            )
            script.chmod(0o755)

    def end_job(self, condition: str) -> None:
        """How `migrate` ends."""
        done = {"type": condition, "status": "True", "message": "no"}
        self._job.write_text(json.dumps({"status": {"conditions": [done]}}))

    def serve_metrics(self, words: str) -> None:
        """The cluster has a metrics API already."""
        self._metrics.write_text(words)

    @property
    def asked(self) -> list[str]:
        """Programs and their verbs, up to the first flag."""
        return [line.split(" -")[0] for line in self.lines]

    @property
    def lines(self) -> list[str]:
        """Whole command lines."""
        return self._log.read_text().splitlines()


@pytest.fixture
def stack() -> Stack:
    return stack_of("dev")


@pytest.fixture
def found(stack: Stack) -> Outputs:
    return outputs.read(stack, applied(stack))


@pytest.fixture
def rendered(render: Callable[..., Rendered], stack: Stack) -> Rendered:
    return render(stack, applied(stack))


@pytest.fixture
def programs(rendered: Rendered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    """After `rendered`, which has the real kubectl."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return Programs(folder)


@pytest.fixture
def roll_out(
    stack: Stack,
    found: Outputs,
    rendered: Rendered,
    programs: Programs,
    tmp_path: Path,
    cluster: str,
    event_source: str,
) -> Callable[..., list[str]]:
    """Rolls out and returns what a person is told."""
    repository = f"000000000000.dkr.ecr.eu-central-1.amazonaws.com/{_REPOSITORY}"
    known = outputs.read(stack, {**applied(stack), "event_source_ids": {"notifications": event_source}})
    made = Image(repository, "abc", "arm64", BASE)

    def do(server: str | None = cluster) -> list[str]:
        told: list[str] = []
        rollout = run.Rollout(stack, known, made, rendered, server)
        run.execute(rollout, root=ROOT, folder=tmp_path / "deploy", progress=told.append)
        return told

    return do


def state(aws: Callable[[str], Any], uuid: str) -> str:
    return str(aws("lambda").get_event_source_mapping(UUID=uuid)["State"])


def test_every_step_in_its_order(
    roll_out: Callable[..., list[str]], programs: Programs, aws: Callable[[str], Any], event_source: str
):
    told = roll_out()
    host = "000000000000.dkr.ecr.eu-central-1.amazonaws.com"
    assert programs.asked == [
        "docker version", "docker build", "docker image inspect",
        "docker login", f"docker push {host}/{_REPOSITORY}:abc", f"docker logout {host}",
        "kubectl get", "helm upgrade", "helm upgrade", "helm upgrade",
        "kubectl delete", "kubectl apply", "kubectl get", "kubectl apply",
        *["kubectl rollout"] * 4, "kubectl wait",
    ]  # fmt: skip
    assert state(aws, event_source) == "Enabled"
    assert told[-1].startswith("orders-dev: rolled out 000000000000.dkr.ecr.")
    # The password of the registry is on no command line.
    assert not any("ministack-auth-token" in line for line in programs.lines)


def test_what_migrate_needs_comes_before_it_and_the_workers_after(
    roll_out: Callable[..., list[str]], programs: Programs
):
    roll_out()
    kinds = re.findall(r"^kind: (\w+)", programs.applied.read_text(), re.MULTILINE)
    assert set(kinds[: kinds.index("Job")]) == {"Namespace", "ServiceAccount", "NetworkPolicy"}
    assert {"Deployment", "ScaledObject", "TargetGroupBinding"} <= set(kinds[kinds.index("Job") :])


def test_where_migrate_fails_nothing_follows(
    roll_out: Callable[..., list[str]], programs: Programs, aws: Callable[[str], Any], event_source: str
):
    programs.end_job("Failed")
    with pytest.raises(NotDone, match=r"job migrate failed: no\nlast words"):
        roll_out()
    assert "Deployment" not in programs.applied.read_text()
    assert state(aws, event_source) == "Disabled"


def test_where_the_api_cannot_be_reached_nothing_begins(roll_out: Callable[..., list[str]], programs: Programs):
    with pytest.raises(Unreachable, match="is the port forwarded"):
        roll_out("https://127.0.0.1:9")
    assert programs.asked == []


def test_where_a_program_is_missing_nothing_begins(roll_out: Callable[..., list[str]], programs: Programs):
    Path(shutil.which("helm") or "").unlink()
    with pytest.raises(ToolMissing, match="helm is not on the PATH"):
        roll_out()
    assert programs.asked == []


def test_an_image_is_obtainable_from_an_engine_or_from_the_registry(
    programs: Programs, cluster: str, aws: Callable[[str], Any]
):
    made = Image(f"000000000000.dkr.ecr.eu-central-1.amazonaws.com/{_REPOSITORY}", "abc", "arm64", BASE)
    image.obtainable(made, "eu-central-1")
    Path(shutil.which("docker") or "").write_text("#!/bin/sh\nexit 1\n")
    with pytest.raises(ToolMissing, match="no Docker engine answers"):
        image.obtainable(made, "eu-central-1")
    manifest = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json"})
    aws("ecr").put_image(repositoryName=_REPOSITORY, imageManifest=manifest, imageTag="abc")
    image.obtainable(made, "eu-central-1")


def test_metrics_of_the_add_on_are_left_alone(roll_out: Callable[..., list[str]], programs: Programs):
    programs.serve_metrics("v1beta1.metrics.k8s.io ")
    assert any("EKS add-on" in line for line in roll_out())
    installed = [line for line in programs.lines if line.startswith("helm")]
    assert [line.split()[3] for line in installed] == ["aws-load-balancer-controller", "keda"]


def test_metrics_of_an_earlier_chart_are_upgraded(roll_out: Callable[..., list[str]], programs: Programs):
    programs.serve_metrics("v1beta1.metrics.k8s.io metrics-server")
    roll_out()
    assert next(line.split()[3] for line in programs.lines if line.startswith("helm")) == "metrics-server"


def test_a_failed_push_leaves_no_login(roll_out: Callable[..., list[str]], programs: Programs):
    docker = Path(shutil.which("docker") or "")
    docker.write_text(docker.read_text() + textwrap.dedent('[ "$1" = push ] && exit 1; exit 0\n'))
    with pytest.raises(ToolFailed, match="docker push"):
        roll_out()
    assert programs.asked[-1].startswith("docker logout")


def test_the_plan_says_what_will_be_done(stack: Stack, found: Outputs, rendered: Rendered):
    plan = run.Rollout(stack, found, Image("r/worker", "abc", "arm64", BASE), rendered).plan()
    for word in ("orders-dev", "eu-central-1", "r/worker:abc", "keda 2.20.2", "migrate", "30", "notifications"):
        assert word in plan
