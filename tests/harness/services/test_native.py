"""The native servers, each by its own protocol."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pika
import pymongo
import pymysql
import pytest
from pymongo.errors import OperationFailure

from harness.process import Guard, Ports
from harness.process.proc import carriers
from harness.services import Endpoints, ServerFailed
from harness.services import mysql as mysql_module
from harness.services.handshakes import connect_documents, connect_mysql
from harness.services.launcher import Launcher

pytestmark = pytest.mark.servers

ROOT = Path(__file__).resolve().parents[3]


def listeners(pids: set[int]) -> set[tuple[str, int]]:
    """The addresses that these processes listen on, by /proc."""
    inodes = set()
    for pid in pids:
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            try:
                target = os.readlink(descriptor)
            except OSError:
                continue
            if target.startswith("socket:["):
                inodes.add(target[8:-1])
    found = set()
    for table, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:  # 0A is TCP_LISTEN
                address, port = fields[1].split(":")
                words = [bytes.fromhex(address[i : i + 8])[::-1] for i in range(0, len(address), 8)]
                found.add((socket.inet_ntop(family, b"".join(words)), int(port, 16)))
    return found


def test_every_port_is_on_the_loopback_address(servers: Endpoints, own_guard: Guard) -> None:
    found = listeners({identity.pid for identity in carriers(own_guard.run)})
    assert {address for address, _ in found} <= {"127.0.0.1", "::1"}
    # AMQP, management, Erlang's distribution, epmd (on both loopbacks), MySQL, documents, SQS; nothing else.
    assert len({port for _, port in found}) == 7
    ports = {servers.broker.port, servers.mysql.port, servers.documents.port}
    assert ports <= {port for _, port in found}


def test_the_broker(servers: Endpoints) -> None:
    connection = pika.BlockingConnection(pika.URLParameters(servers.broker.url_for(servers.broker.admin)))
    channel = connection.channel()
    channel.confirm_delivery()
    channel.queue_declare("work", durable=True, arguments={"x-queue-type": "quorum"})
    channel.basic_publish("", "work", b"hello", mandatory=True)
    _, _, body = channel.basic_get("work", auto_ack=True)
    assert body == b"hello"
    channel.queue_delete("work")
    connection.close()
    with pytest.raises(pika.exceptions.ProbableAuthenticationError):
        pika.BlockingConnection(pika.URLParameters(f"amqp://guest:guest@{servers.broker.host}:{servers.broker.port}/"))


def test_mysql(servers: Endpoints) -> None:
    with connect_mysql(servers.mysql) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT @@character_set_database, @@collation_database, @@innodb_flush_log_at_trx_commit, "
            "@@innodb_doublewrite IN ('1', 'ON')"
        )
        assert cursor.fetchone() == ("utf8mb4", "utf8mb4_bin", 1, 1)
        cursor.execute("CREATE TABLE t (id INT PRIMARY KEY) ENGINE=InnoDB")
        cursor.execute("DROP TABLE t")
        cursor.execute("CREATE USER 'app'@'%' IDENTIFIED BY 'x'")
        cursor.execute("GRANT SELECT ON orders.* TO 'app'@'%'")
        cursor.execute("DROP USER 'app'@'%'")
    for username in ("root", "", servers.mysql.admin.username):
        with pytest.raises(pymysql.err.OperationalError, match="Access denied"):
            pymysql.connect(host=servers.mysql.host, port=servers.mysql.port, user=username)


def test_documents(servers: Endpoints) -> None:
    with connect_documents(servers.documents) as client:
        collection = client[servers.documents.database].things
        collection.insert_one({"_id": 1, "x": "y"})
        assert collection.find_one({"x": "y"}) == {"_id": 1, "x": "y"}
        collection.drop()
        client[servers.documents.database].command("createUser", "app", pwd="x", roles=["readWrite"])
        client[servers.documents.database].command("dropUser", "app")
    nobody: pymongo.MongoClient[dict[str, Any]]
    with pymongo.MongoClient(servers.documents.url) as nobody:
        with pytest.raises(OperationFailure):
            nobody[servers.documents.database].things.find_one()


def test_sqs(servers: Endpoints) -> None:
    sqs = boto3.client(
        "sqs",
        endpoint_url=servers.sqs.endpoint_url,
        region_name="eu-central-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    url = sqs.create_queue(QueueName="overflow")["QueueUrl"]
    assert url.startswith(servers.sqs.endpoint_url)
    sqs.send_message(QueueUrl=url, MessageBody="hello")
    (message,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=2)["Messages"]
    assert message["Body"] == "hello"
    sqs.delete_queue(QueueUrl=url)


def test_versions_name_the_products(servers: Endpoints) -> None:
    assert servers.kind == "native"
    assert {"RabbitMQ", "ministack"} <= set(servers.versions)
    assert all(version[0].isdigit() for version in servers.versions.values())


@pytest.fixture
def launcher(tmp_path: Path) -> Iterator[Launcher]:
    with Guard(base=tmp_path / "base") as guard, Ports() as ports:
        running = Launcher(guard, guard.folder, ports)
        yield running
        running.stop()


@pytest.fixture
def taken(launcher: Launcher, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A port that somebody listens on, and that the launcher hands out."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = int(server.getsockname()[1])
        monkeypatch.setattr(launcher.ports, "hold", lambda: port)

        def turn_away() -> None:
            with contextlib.suppress(OSError):
                while True:
                    server.accept()[0].close()

        threading.Thread(target=turn_away, daemon=True).start()
        yield port
        server.shutdown(socket.SHUT_RDWR)


def test_mysql_on_a_port_that_is_taken(launcher: Launcher, taken: int) -> None:
    program = mysql_module.find()
    assert program is not None
    with pytest.raises(ServerFailed, match=r"(?s)mysql: exited with code 1.*hint: another process has the port"):
        mysql_module.start(launcher, program)


def test_killing_the_harness_ends_the_servers(tmp_path: Path) -> None:
    script = f"""
import dataclasses, json, time
from pathlib import Path
from harness.process import Guard
from harness.services import start
with Guard(base=Path({str(tmp_path / "base")!r})) as guard:
    with start("native", guard=guard, folder=guard.folder / "s", progress=lambda line: None) as endpoints:
        ports = [endpoints.broker.port, endpoints.mysql.port, endpoints.documents.port]
        print(json.dumps([guard.run, *ports]), flush=True)
        time.sleep(300)
"""
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}
    ) as harness:
        assert harness.stdout is not None
        run, *ports = json.loads(harness.stdout.readline())
        pids = {identity.pid for identity in carriers(run)}
        assert len(pids) >= 6
        held = listeners(pids)
        assert set(ports) <= {port for _, port in held}
        harness.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 15
    while carriers(run) or (tmp_path / "base" / run).exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    for address, port in held:
        if address == "127.0.0.1":
            with socket.create_server((address, port)):
                pass
