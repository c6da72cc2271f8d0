"""RabbitMQ, MySQL and MongoDB as containers, by testcontainers; SQS as a process."""

import contextlib
import os
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

import docker
from docker.errors import APIError, DockerException, ImageNotFound, NotFound
from requests import RequestException
from testcontainers.core.config import ConnectionMode, testcontainers_config
from testcontainers.core.container import DockerContainer

from harness.process import LOOPBACK, Guard, Ports
from harness.process.proc import Identity, identify, owner, owner_is_dead
from harness.services import emulator, handshakes, rabbitmq
from harness.services.accounts import random_account
from harness.services.endpoints import DATABASE, Broker, Credentials, Documents, Endpoints, MySql
from harness.services.errors import ContainersUnusable, ServerFailed
from harness.services.launcher import Launcher

IMAGES = {
    "HARNESS_IMAGE_RABBITMQ": "rabbitmq:4-management",
    "HARNESS_IMAGE_MYSQL": "mysql:9",
    "HARNESS_IMAGE_MONGO": "mongo:8",
}
"""Environment variables that choose the images, and the official images that are taken without them."""

RUN_LABEL = "harness.run"
OWNER_LABEL = "harness.owner"

_ENGINE_TIMEOUT_S = 5
_PULL_TIMEOUT_S = 60
# Docker accepts connections for a container before its server does, and a MongoDB client then goes on trying inside.
_PROBE_S = 1.0
_LOOPBACKS = ("localhost", LOOPBACK, "::1")
_MYSQL_SETTINGS = (
    "--character-set-server=utf8mb4",
    "--collation-server=utf8mb4_bin",
    "--skip-log-bin",
    "--skip-name-resolve",
    "--performance-schema=OFF",
    "--innodb-buffer-pool-size=256M",
)


class _Watched:
    """A container as a wait wants to see it."""

    def __init__(self, name: str, container: Any) -> None:
        self.name = name
        self._container = container

    def alive(self) -> bool:
        self._container.reload()
        return self._container.status in ("created", "running", "restarting", "paused")

    def describe(self) -> str:
        state = self._container.attrs["State"]
        code = f", exit code {state['ExitCode']}" if state["Status"] == "exited" else ""
        image = self._container.attrs["Config"]["Image"]
        return f"container {self._container.short_id} of {image}: {state['Status']}{code}"

    def tail(self, n: int) -> str:
        return str(self._container.logs(tail=n).decode(errors="replace"))


def images(environment: Mapping[str, str]) -> dict[str, str]:
    """The images of RabbitMQ, MySQL and MongoDB, by the variables that choose them."""
    return {variable: environment.get(variable) or default for variable, default in IMAGES.items()}


def prepare(*, progress: Callable[[str], None]) -> None:
    """Makes sure that an engine answers and has the images, pulling those that are missing; else ContainersUnusable."""
    with contextlib.closing(_engine()) as client:
        for variable, name in _missing(client):
            progress(f"pulling {name}")
            with _image_trouble(variable, name):
                client.images.pull(name)


def missing_images() -> list[str]:
    """The images that `prepare` would pull. ContainersUnusable where no engine answers, or it cannot look one up."""
    with contextlib.closing(_engine()) as client:
        return [name for _, name in _missing(client)]


def engine_version() -> str:
    """The version of the Docker engine. ContainersUnusable where none answers."""
    with contextlib.closing(_engine()) as client, _engine_trouble():
        return str(client.version()["Version"])


@contextmanager
def containers(*, guard: Guard, folder: Path, progress: Callable[[str], None]) -> Iterator[Endpoints]:
    """Starts the containers side by side and removes them on leaving; before that, those of dead runs.

    Each has the labels harness.run and harness.owner. If the harness dies, the guard or the next start removes them, so
    testcontainers' own reaper, Ryuk, is off unless TESTCONTAINERS_RYUK_DISABLED=false; the other TESTCONTAINERS_*
    settings hold. Ports are published on the loopback address only, where the engine is on this machine.
    """
    prepare(progress=progress)
    _configure()
    if count := remove_of_dead_runs():
        progress(f"removed {count} containers of dead runs")
    chosen = images(os.environ)
    undo = "import sys; from harness.services.containers import remove; remove(sys.argv[1])"
    # Stands until they are removed in order: if that fails, or never happens, the guard has it to do.
    take_back = guard.at_end([sys.executable, "-c", undo, guard.run])
    with Ports() as ports:
        launcher = Launcher(guard, folder, ports)
        try:
            labels = {RUN_LABEL: guard.run, OWNER_LABEL: owner(identify(os.getpid()) or Identity(os.getpid(), 0))}
            started = launcher.side_by_side(
                partial(_rabbitmq, launcher, chosen["HARNESS_IMAGE_RABBITMQ"], labels),
                partial(_mysql, launcher, chosen["HARNESS_IMAGE_MYSQL"], labels),
                partial(_mongo, launcher, chosen["HARNESS_IMAGE_MONGO"], labels),
                partial(emulator.start, launcher),
            )
            (broker, broker_version), (mysql, mysql_version), (mongo, mongo_version), (sqs, sqs_version) = started
            yield Endpoints(
                broker=broker,
                mysql=mysql,
                documents=mongo,
                sqs=sqs,
                kind="containers",
                versions={
                    "RabbitMQ": broker_version,
                    "MariaDB" if "MariaDB" in mysql_version else "MySQL": mysql_version,
                    "MongoDB": mongo_version,
                    "ministack": sqs_version,
                },
            )
        finally:
            launcher.stop()
            remove(guard.run)
            take_back()


def remove(run: str) -> int:
    """Removes the containers of a run, with their volumes, where an engine answers. Returns their number."""
    return _remove(f"{RUN_LABEL}={run}", lambda labels: True)


def remove_of_dead_runs() -> int:
    """Removes the containers whose harness is dead."""
    return _remove(OWNER_LABEL, lambda labels: owner_is_dead(labels[OWNER_LABEL]))


def _remove(label: str, condemned: Callable[[dict[str, str]], bool]) -> int:
    try:
        client = _engine()
    except ContainersUnusable:
        return 0
    with contextlib.closing(client):
        every = client.containers.list(all=True, filters={"label": label}, ignore_removed=True)
        doomed = [container for container in every if condemned(container.labels)]
        if doomed:
            # At once: an engine takes up to ten seconds for a container that it is just starting.
            with ThreadPoolExecutor(max_workers=len(doomed)) as pool:
                list(pool.map(_remove_one, doomed))
    return len(doomed)


def _remove_one(container: Any) -> None:
    try:
        container.remove(force=True, v=True)
    except NotFound:
        return
    except APIError as error:
        if error.status_code != HTTPStatus.CONFLICT:  # which means that somebody is removing it already
            raise


def _engine() -> "docker.DockerClient":
    with _engine_trouble():
        client = docker.from_env(timeout=_PULL_TIMEOUT_S)
        client.api.timeout = _ENGINE_TIMEOUT_S
        client.ping()
        client.api.timeout = _PULL_TIMEOUT_S
        return client


@contextmanager
def _engine_trouble() -> Iterator[None]:
    try:
        yield
    except (DockerException, RequestException) as error:
        raise ContainersUnusable("no Docker engine answers") from error


def _missing(client: "docker.DockerClient") -> Iterator[tuple[str, str]]:
    """The images that the engine does not have, each with the variable that chooses it."""
    for variable, image in images(os.environ).items():
        name = testcontainers_config.hub_image_name_prefix + image
        with _image_trouble(variable, name):
            try:
                client.images.get(name)
            except ImageNotFound:
                yield variable, name


@contextmanager
def _image_trouble(variable: str, name: str) -> Iterator[None]:
    try:
        yield
    except (DockerException, RequestException) as error:
        reason = str(getattr(error, "explanation", None) or error).splitlines()[0]
        raise ContainersUnusable(
            f"the image {name} cannot be looked up or pulled: {reason}; {variable} names another one"
        ) from error


def _configure() -> None:
    if "TESTCONTAINERS_RYUK_DISABLED" not in os.environ:
        testcontainers_config.ryuk_disabled = True
    if testcontainers_config.connection_mode_override or testcontainers_config.tc_host_override:
        return
    with contextlib.closing(_engine()) as client:
        # An engine of our own host name behind a Unix socket is on this very machine, and not around a container that
        # we are in: what it publishes on the loopback address reaches us, even where testcontainers takes the machine
        # for a container.
        here = client.info().get("Name") == socket.gethostname()
        if here and "unix" in str(client.api.get_adapter(client.api.base_url).__class__).lower():
            testcontainers_config.connection_mode_override = ConnectionMode.docker_host
            testcontainers_config.tc_host_override = LOOPBACK


def _start(
    launcher: Launcher,
    name: str,
    image: str,
    ports: tuple[int, ...],
    *,
    environment: Mapping[str, str],
    labels: Mapping[str, str],
    command: tuple[str, ...] = (),
) -> tuple[_Watched, str, list[int]]:
    container = DockerContainer(image).with_kwargs(labels=dict(labels))
    if command:
        container.with_command(list(command))
    container.with_envs(**environment)
    client = container.get_docker_client()
    local = client.get_connection_mode() is ConnectionMode.docker_host and client.host() in _LOOPBACKS
    for port in ports:
        # (address,) is docker-py's way to say: on this address, any free port.
        container.ports[str(port)] = (LOOPBACK,) if local else None  # type: ignore[assignment]
    try:
        container.start()
        host = container.get_container_host_ip()
        published = [int(container.get_exposed_port(port)) for port in ports]
    except Exception as error:
        raise ServerFailed(f"{name}: the container of {image} cannot be started: {error}") from error
    return _Watched(name, container.get_wrapped_container()), LOOPBACK if local else host, published


def _rabbitmq(launcher: Launcher, image: str, labels: Mapping[str, str]) -> tuple[Broker, str]:
    admin = random_account()
    watched, host, (port, management) = _start(
        launcher,
        "rabbitmq",
        image,
        (5672, 15672),
        environment={
            "RABBITMQ_DEFAULT_USER": admin.username,
            "RABBITMQ_DEFAULT_PASS": admin.password,
            # On also where the image leaves it off.
            "RABBITMQ_ENABLED_PLUGINS": "rabbitmq_management",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"+sbwt none +sbwtdcpu none +sbwtdio none {rabbitmq.TICK_ARGUMENTS}",
        },
        labels=labels,
    )
    broker = Broker(host, port, f"http://{host}:{management}", "/", admin, tick_s=rabbitmq.TICK_S)
    version = launcher.wait(partial(handshakes.broker, broker), "RabbitMQ opens an AMQP connection", watched)
    launcher.wait(partial(handshakes.management, broker), "RabbitMQ's management API answers", watched)
    return broker, version


def _mysql(launcher: Launcher, image: str, labels: Mapping[str, str]) -> tuple[MySql, str]:
    password = random_account().password
    watched, host, (port,) = _start(
        launcher,
        "mysql",
        image,
        (3306,),
        environment={"MYSQL_ROOT_PASSWORD": password, "MYSQL_DATABASE": DATABASE},
        labels=labels,
        command=_MYSQL_SETTINGS,
    )
    server = MySql(host, port, DATABASE, Credentials("root", password))
    return server, launcher.wait(partial(handshakes.mysql, server), "MySQL lets its administrator log in", watched)


def _mongo(launcher: Launcher, image: str, labels: Mapping[str, str]) -> tuple[Documents, str]:
    admin = random_account()
    watched, host, (port,) = _start(
        launcher,
        "mongo",
        image,
        (27017,),
        environment={
            "MONGO_INITDB_ROOT_USERNAME": admin.username,
            "MONGO_INITDB_ROOT_PASSWORD": admin.password,
        },
        labels=labels,
    )
    server = Documents(host, port, DATABASE, admin)
    return server, launcher.wait(
        partial(handshakes.documents, server, _PROBE_S), "MongoDB lets its administrator log in", watched
    )
