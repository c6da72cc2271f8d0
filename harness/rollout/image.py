"""The image of the workers: named by what goes into it, built where a Docker engine answers, pushed to ECR."""

import base64
import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.rollout import aws, tools
from harness.rollout.errors import ToolFailed, ToolMissing

BASE = "python:3.13-slim"
_DOCKERFILE = Path("worker_src") / "Dockerfile"
_INPUTS = ("worker_src/Dockerfile", "worker_src/requirements.lock", "worker_src/worker", "contracts")
_TAG_LENGTH = 24
_BUILDKIT_APART = 23  # from this version of the client on BuildKit is a plugin


@dataclass(frozen=True)
class Image:
    """An image for nodes of one architecture. `tag` is that of its inputs: the same code has the same name."""

    repository: str
    tag: str
    architecture: str
    base: str

    @property
    def name(self) -> str:
        """As Docker and Kubernetes write it."""
        return f"{self.repository}:{self.tag}"


def image(repository: str, architecture: str, *, root: Path, base: str = BASE, tag: str | None = None) -> Image:
    """The image of the code at `root`. `tag` replaces the one that follows from its inputs."""
    return Image(repository, tag or _tag(root, base, architecture), architecture, base)


def _tag(root: Path, base: str, architecture: str) -> str:
    """A hash of all that goes into the image, so that a registry whose tags cannot change takes each once."""
    digest = hashlib.sha256(f"{base}\0{architecture}\0".encode())
    for file in _files(root):
        content = file.read_bytes()
        digest.update(f"{file.relative_to(root).as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:_TAG_LENGTH]


def _files(root: Path) -> Iterator[Path]:
    for name in _INPUTS:
        path = root / name
        found = sorted(path.rglob("*")) if path.is_dir() else [path]
        yield from (each for each in found if each.is_file() and "__pycache__" not in each.parts)


def engine() -> None:
    """Raises ToolMissing where no Docker engine answers, or the client cannot build."""
    try:
        version = tools.run("docker", "version", "--format", "{{.Client.Version}} {{.Server.Version}}", timeout_s=20)
    except ToolFailed as error:
        raise ToolMissing(
            f"no Docker engine answers, and an image needs one; start one, or set DOCKER_HOST to one ({error})"
        ) from None
    if int(version.split(".")[0]) < _BUILDKIT_APART:
        return
    try:
        tools.run("docker", "buildx", "version")
    except ToolFailed:
        raise ToolMissing(
            f"docker {version.split()[0]} builds with its plugin buildx, which is not installed "
            "(https://docs.docker.com/build/install-buildx)"
        ) from None


def obtainable(made: Image, region: str) -> None:
    """Raises ToolMissing where the registry has not the image, and it cannot be built here; AwsRefused."""
    if not pushed(made, region):
        engine()


def build(made: Image, *, root: Path, progress: Callable[[str], object]) -> int:
    """Builds `made` with the Docker engine that answers, and returns its size in bytes.

    A pip configuration that PIP_CONFIG_FILE names is lent to the build and stays out of the image. Raises ToolMissing
    and ToolFailed.
    """
    engine()
    progress(f"building {made.name} for {made.architecture} from {made.base}")
    configuration = os.environ.get("PIP_CONFIG_FILE", "")
    secret = ("--secret", f"id=pip,src={configuration}") if Path(configuration).is_file() else ()
    tools.stream(
        "docker", "build", "--platform", f"linux/{made.architecture}", "--file", str(_DOCKERFILE),
        "--build-arg", f"BASE={made.base}", *secret, "--tag", made.name, ".",
        folder=root,
        environment={"DOCKER_BUILDKIT": "1"},
    )  # fmt: skip
    return int(tools.run("docker", "image", "inspect", "--format", "{{.Size}}", made.name))


def pushed(made: Image, region: str) -> bool:
    """Whether the registry has it already. Raises AwsRefused."""
    registry: Any = aws.client("ecr", region)
    _, _, repository = made.repository.partition("/")
    answer = aws.call(
        lambda: registry.batch_get_image(
            repositoryName=repository, imageIds=[{"imageTag": made.tag}], registryId=made.repository.split(".")[0]
        )
    )
    return bool(answer["images"])


def push(made: Image, region: str, *, progress: Callable[[str], object]) -> None:
    """Pushes it, logged in with a token of twelve hours. Raises AwsRefused, ToolMissing and ToolFailed."""
    registry: Any = aws.client("ecr", region)
    data = aws.call(registry.get_authorization_token)["authorizationData"][0]
    user, _, password = base64.b64decode(data["authorizationToken"]).decode().partition(":")
    host = made.repository.partition("/")[0]
    tools.run("docker", "login", "--username", user, "--password-stdin", host, given=password)
    progress(f"pushing {made.name}")
    try:
        tools.stream("docker", "push", made.name)
    finally:
        tools.run("docker", "logout", host)
