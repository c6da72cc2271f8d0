"""Which kind of servers a run takes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.process import FolderError, Guard
from harness.services import containers
from harness.services.endpoints import Endpoints
from harness.services.errors import ContainersUnusable, ServiceError
from harness.services.external import external
from harness.services.native import native

KINDS = ("auto", "containers", "native", "external")


@contextmanager
def start(kind: str, *, guard: Guard, folder: Path, progress: Callable[[str], None]) -> Iterator[Endpoints]:
    """Gives the four servers of a run for the time of the context, and says by `progress` which and why.

    `folder` takes the servers' logs and data and is made if it is missing: a short path below the guard's `folder`.
    `kind`:

    - containers: RabbitMQ, MySQL and MongoDB by testcontainers; SQS is a process;
    - native: processes of programs that are installed on this machine, or installed now by apt-get;
    - external: the addresses in the environment (see `harness.services.external`);
    - auto: containers where an engine answers and has the images or can pull them, else native.

    Raises ServiceError; FolderError where the folder cannot be written.
    """
    if kind not in KINDS:
        raise ServiceError(f"SERVICES={kind}: no such kind of services; allowed are {', '.join(KINDS)}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".writable").touch()
        (folder / ".writable").unlink()
    except OSError as error:
        raise FolderError(f"{folder}: the servers' folder cannot be written: {error.strerror}") from error
    starters = {"containers": containers.containers, "native": native, "external": external}
    if kind == "auto":
        try:
            containers.prepare(progress=progress)
            kind, reason = "containers", "a Docker engine answers and has the images"
        except ContainersUnusable as error:
            kind, reason = "native", str(error)
    else:
        reason = f"as asked by SERVICES={kind}"
    progress(f"services: {kind} ({reason})")
    with starters[kind](guard=guard, folder=folder, progress=progress) as endpoints:
        progress("services: " + ", ".join(f"{name} {version}" for name, version in endpoints.versions.items()))
        yield endpoints
