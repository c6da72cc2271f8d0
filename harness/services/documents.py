"""A server of MongoDB's wire protocol of its own, as a native process: mongod where there is one, else SecantusDB."""

import importlib.metadata
import shutil
import sys
from functools import partial
from pathlib import Path

import pymongo

from harness.process import LOOPBACK, Child
from harness.services import handshakes
from harness.services.accounts import random_account
from harness.services.endpoints import DATABASE, Credentials, Documents
from harness.services.launcher import Launcher, clean_environment


def find() -> Path | None:
    """mongod; None where there is none, which means SecantusDB, a dependency of this project."""
    found = shutil.which("mongod")
    return Path(found) if found else None


def start(launcher: Launcher, mongod: Path | None) -> tuple[Documents, str, str]:
    """Starts the server, with an administrator and nobody else; returns its address, its product and its version."""
    folder = launcher.folder / "documents"
    folder.mkdir()
    data = folder / "data"
    data.mkdir()
    server = Documents(LOOPBACK, launcher.ports.hold(), DATABASE, random_account())
    if mongod is not None:
        version = _start_mongod(launcher, mongod, folder, server)
        return server, "MongoDB", version
    _start_secantus(launcher, folder, server)
    return server, "SecantusDB", importlib.metadata.version("secantusdb")


def _start_mongod(launcher: Launcher, mongod: Path, folder: Path, server: Documents) -> str:
    child = launcher.start(
        "documents",
        [
            mongod, "--auth", "--dbpath", folder / "data", "--bind_ip", LOOPBACK, "--port", str(server.port),
            "--nounixsocket", "--wiredTigerCacheSizeGB", "0.5",
        ],
        env=clean_environment(home=folder),
        cwd=folder,
    )  # fmt: skip
    # While no user exists, mongod lets a client on the same machine create the first one (the localhost exception).
    launcher.wait(partial(_create_administrator, server), "mongod takes its administrator", child)
    return launcher.wait(partial(handshakes.documents, server), "mongod lets its administrator log in", child)


def _start_secantus(launcher: Launcher, folder: Path, server: Documents) -> None:
    # It has no localhost exception: a first start without --auth takes the administrator.
    child = _secantus(launcher, folder, server.port)
    create = partial(_create_administrator, server, checkpoint=True)
    launcher.wait(create, "SecantusDB takes its administrator", child)
    # The checkpoint has the account on disk; its own orderly stop would take two seconds more.
    child.stop(grace_s=0)
    child = _secantus(launcher, folder, server.port, "--auth")
    launcher.wait(partial(handshakes.documents, server), "SecantusDB lets its administrator log in", child)


def _secantus(launcher: Launcher, folder: Path, port: int, *more: str) -> Child:
    # An empty configuration of ours keeps it from reading the user's or the machine's.
    configuration = folder / "secantusd.toml"
    configuration.write_text("", encoding="utf-8")
    return launcher.start(
        "documents",
        [
            sys.executable, "-m", "secantus", "--config", configuration, "--standalone", "--host", LOOPBACK,
            "--port", str(port), "--storage-path", folder / "data", "--cache-size", "512M",
            "--log-level", "WARNING", *more,
        ],
        env=clean_environment(home=folder, without=("SECANTUS",)),
        cwd=folder,
    )  # fmt: skip


def _create_administrator(server: Documents, checkpoint: bool = False) -> bool:
    nobody = Documents(server.host, server.port, server.database, Credentials("", ""), server.options)
    client: pymongo.MongoClient[dict[str, object]]
    with handshakes.connect_documents(nobody) as client:
        client.admin.command("createUser", server.admin.username, pwd=server.admin.password, roles=["root"])
        if checkpoint:
            client.admin.command("fsync")
    return True
