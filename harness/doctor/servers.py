"""The servers of a rehearsal: native programs, containers, or addresses of others."""

import importlib.metadata
import re
import subprocess
from pathlib import Path

from harness import emulator
from harness.doctor.probes import Finding
from harness.services import (
    AddressUnusable,
    ContainersUnusable,
    containers,
    documents,
    external,
    mysql,
    native,
    rabbitmq,
)
from harness.services import packages as system_packages

_VERSION_LIMIT_S = 3
INSTALL = "make test (or .venv/bin/harness install)"


def programs() -> Finding:
    """RabbitMQ, MySQL or MariaDB, and MongoDB or what stands in for it, as programs of this machine."""
    missing = native.missing()
    broker, sql = rabbitmq.find(), mysql.find()
    detail = [
        *([f"RabbitMQ {_in_path(broker[0])}"] if broker else []),
        *([_server(mysql.version_line(sql.path), "MariaDB" if sql.is_mariadb else "MySQL")] if sql else []),
        _documents(),
    ]
    if missing:
        advice = system_packages.obstacle(missing)
        return Finding(", ".join(detail), lacks=", ".join(missing), run=advice or f"{INSTALL}, which installs them")
    return Finding(", ".join(detail))


def engine() -> Finding:
    """A Docker engine."""
    try:
        return Finding(f"Docker engine {containers.engine_version()}")
    except ContainersUnusable as error:
        return Finding(str(error), lacks="a Docker engine that answers", run="start one, or set DOCKER_HOST to one")


def images() -> Finding:
    """The servers' images. One that is missing is pulled by the command that needs it."""
    try:
        missing = containers.missing_images()
    except ContainersUnusable as error:
        return Finding(str(error), lacks="the servers' images", run="see the Docker engine")
    if missing:
        pull = "; ".join(f"docker pull {name}" for name in missing)
        return Finding("not all are here", lacks=f"the images {', '.join(missing)}", run=f"{pull} (a run tries to)")
    return Finding("all are here")


def addresses() -> Finding:
    """The servers that HARNESS_… variables name."""
    try:
        found = external.examine()
    except AddressUnusable as error:
        first, *more = str(error).splitlines()
        what, _, advice = (more[0] if more else first).strip().partition("; ")
        lacks = f"{what} (and {len(more) - 1} more)" if len(more) > 1 else what
        return Finding("not usable", lacks=lacks, run=advice or "see `make replay SERVICES=external`")
    return Finding(", ".join(f"{name} {version}" for name, version in found.items()))


def emulators() -> Finding:
    """The emulators of AWS's services, which are packages of this environment."""
    found = []
    for name in ("ministack", "moto"):
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            return Finding(", ".join(found), lacks=name, run="make venv")
    return Finding(", ".join(found))


def emulated(folder: Path) -> Finding:
    """The emulator of AWS that an environment on this machine lives in."""
    running = emulator.running(folder)
    if running is None:
        return Finding("does not run", lacks="an emulator with the stack in it", run="make apply ENV=local")
    return Finding(f"answers at {running.url}, for {running.region}")


def _in_path(script: Path) -> str:
    """A version from where the program lies; asking RabbitMQ itself would start Erlang, which takes seconds."""
    match = re.search(r"rabbitmq_server-([0-9.]+[0-9])", str(script.resolve()))
    return match[1] if match else f"at {script}"


def _server(line: str, product: str) -> str:
    match = re.search(r"Ver ([0-9.]+)", line)
    return f"{product} {match[1]}" if match else product


def _documents() -> str:
    mongod = documents.find()
    if mongod is None:
        return f"SecantusDB {importlib.metadata.version('secantusdb')} in place of MongoDB"
    done = subprocess.run([mongod, "--version"], capture_output=True, text=True, timeout=_VERSION_LIMIT_S)
    match = re.search(r"db version v(\S+)", done.stdout)
    return f"MongoDB {match[1] if match else f'at {mongod}'}"
