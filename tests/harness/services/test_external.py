import base64
import json
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import boto3
import pika
import pytest

from harness.process import Guard, hold_port
from harness.services import AddressUnusable, Endpoints, Stores, empty_queues, readable, start
from harness.services.endpoints import Broker, Credentials, MySql, Sqs
from harness.services.external import named, parse
from harness.services.handshakes import connect_documents, connect_mysql

GOOD = {
    "HARNESS_BROKER_URL": "amqp://admin:s%40cret@rabbit.example/shop",
    "HARNESS_BROKER_MANAGEMENT_URL": "https://rabbit.example:15671/",
    "HARNESS_MYSQL_URL": "mysql://admin:secret@mysql.example/shop?tls=true",
    "HARNESS_DOCUMENTS_URL": "mongodb://admin:secret@mongo.example/?tls=true",
}


def test_addresses_are_read() -> None:
    broker, mysql, documents, sqs = parse(GOOD)
    assert broker == Broker(
        "rabbit.example", 5672, "https://rabbit.example:15671", "shop", Credentials("admin", "s@cret")
    )
    assert mysql == MySql("mysql.example", 3306, "shop", Credentials("admin", "secret"), tls=True)
    assert (documents.host, documents.port, documents.database) == ("mongo.example", 27017, "orders")
    assert documents.options["tls"] == "true"
    assert sqs is None
    _, _, _, sqs = parse({**GOOD, "HARNESS_SQS_URL": "http://sqs.example:4566/"})
    assert sqs is not None
    assert sqs.endpoint_url == "http://sqs.example:4566"


def test_addresses_that_are_told_are_read_as_the_same() -> None:
    broker, mysql, documents, _ = parse(GOOD)
    told = named(Endpoints(broker, mysql, documents, Sqs(""), "external", {}))
    stores = readable(told)
    assert (stores.mysql, stores.documents) == (mysql, documents)
    assert stores.broker_url == broker.url_for(broker.admin)


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("HARNESS_BROKER_URL", "", "HARNESS_BROKER_URL is not set.*write for example HARNESS_BROKER_URL=amqp://"),
        ("HARNESS_BROKER_URL", "http://a:b@c", "not an address of the form amqp or amqps://"),
        ("HARNESS_BROKER_URL", "amqps://a:b@rabbit.example", "amqps cannot be used.*Name a listener without TLS"),
        ("HARNESS_BROKER_URL", "amqp://rabbit.example", "no user name and password of an administrator"),
        ("HARNESS_MYSQL_URL", "mysql://a:b@host:port/x", "HARNESS_MYSQL_URL: Port could not be cast"),
        ("HARNESS_MYSQL_URL", "mysql://a:b@host:99999/x", "HARNESS_MYSQL_URL: Port out of range"),
        ("HARNESS_DOCUMENTS_URL", "mongodb://", "HARNESS_DOCUMENTS_URL: not an address"),
        ("HARNESS_SQS_URL", "sqs.example", "HARNESS_SQS_URL: not an address of the form http"),
    ],
)
def test_an_address_that_is_wrong(variable: str, value: str, message: str) -> None:
    with pytest.raises(AddressUnusable, match=message):
        parse({**GOOD, variable: value})


def test_everything_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(AddressUnusable) as told:
        parse({"HARNESS_MYSQL_URL": "mysql://host"})
    first, *lines = str(told.value).splitlines()
    assert first == "several addresses cannot be used:"
    assert [line.split()[0].rstrip(":") for line in lines] == list(GOOD)


@pytest.fixture
def guard(tmp_path: Path) -> Iterator[Guard]:
    with Guard(base=tmp_path / "base") as running:
        yield running


def test_a_server_that_cannot_be_reached(guard: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    with hold_port() as held:
        for variable, value in GOOD.items():
            monkeypatch.setenv(variable, value)
        place = f"127.0.0.1:{held.port}"
        monkeypatch.setenv("HARNESS_BROKER_URL", f"amqp://a:b@{place}/")
        monkeypatch.setenv("HARNESS_BROKER_MANAGEMENT_URL", f"http://{place}")
        monkeypatch.setenv("HARNESS_MYSQL_URL", f"mysql://a:b@{place}/")
        monkeypatch.setenv("HARNESS_DOCUMENTS_URL", "mongodb://a:b@mongo.invalid/")
        with pytest.raises(AddressUnusable) as told:
            with start("external", guard=guard, folder=guard.folder / "servers", progress=print):
                pass
    lines = [line.partition(". Is the server up")[0] for line in str(told.value).splitlines()[1:]]
    assert [line.strip() for line in lines] == [
        f"HARNESS_BROKER_URL: {place} cannot be used: it refused the connection",
        f"HARNESS_MYSQL_URL: {place} cannot be used: it refused the connection",
        "HARNESS_DOCUMENTS_URL: mongo.invalid:27017 cannot be used: there is no host of this name",
        f"HARNESS_BROKER_MANAGEMENT_URL: http://{place} cannot be used: it refused the connection",
    ]


def test_a_server_of_another_protocol(guard: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        for variable, value in GOOD.items():
            monkeypatch.setenv(variable, value)
        monkeypatch.setenv("HARNESS_BROKER_URL", f"amqp://a:b@127.0.0.1:{server.getsockname()[1]}/")
        monkeypatch.setattr("harness.services.handshakes._TIMEOUT_S", 0.3)
        with pytest.raises(AddressUnusable, match="HARNESS_BROKER_URL"):
            with start("external", guard=guard, folder=guard.folder / "servers", progress=print):
                pass


@pytest.fixture
def addresses(servers: Endpoints, monkeypatch: pytest.MonkeyPatch) -> Endpoints:
    """The environment names the tests' own servers."""

    def named(scheme: str, account: Credentials, host: str, port: int, path: str) -> str:
        return f"{scheme}://{account.username}:{account.password}@{host}:{port}/{path}"

    broker, mysql, documents = servers.broker, servers.mysql, servers.documents
    monkeypatch.setenv("HARNESS_BROKER_URL", broker.url_for(broker.admin))
    monkeypatch.setenv("HARNESS_BROKER_MANAGEMENT_URL", broker.management_url)
    monkeypatch.setenv("HARNESS_MYSQL_URL", named("mysql", mysql.admin, mysql.host, mysql.port, "elsewhere"))
    monkeypatch.setenv(
        "HARNESS_DOCUMENTS_URL", named("mongodb", documents.admin, documents.host, documents.port, "elsewhere")
    )
    monkeypatch.setenv("HARNESS_SQS_URL", servers.sqs.endpoint_url)
    return servers


def queues(broker: Broker) -> list[str]:
    token = base64.b64encode(f"{broker.admin.username}:{broker.admin.password}".encode()).decode()
    request = urllib.request.Request(
        f"{broker.management_url}/api/queues/%2F", headers={"Authorization": f"Basic {token}"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return [queue["name"] for queue in json.load(answer)]


@pytest.mark.servers
def test_a_wrong_password_is_told_and_not_shown(
    addresses: Endpoints, guard: Guard, monkeypatch: pytest.MonkeyPatch
) -> None:
    mysql = addresses.mysql
    monkeypatch.setenv("HARNESS_MYSQL_URL", f"mysql://{mysql.admin.username}:sesame@{mysql.host}:{mysql.port}/x")
    with pytest.raises(AddressUnusable, match=r"HARNESS_MYSQL_URL: .*Access denied") as told:
        with start("external", guard=guard, folder=guard.folder / "servers", progress=print):
            pass
    assert "sesame" not in str(told.value)


@pytest.mark.servers
def test_a_run_starts_clean_or_not_at_all(addresses: Endpoints, guard: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = guard.folder / "servers"
    with start("external", guard=guard, folder=folder, progress=print) as endpoints:
        assert endpoints.kind == "external"
        assert endpoints.sqs == addresses.sqs
        assert {"RabbitMQ", "MongoDB"} <= set(endpoints.versions)
        with connect_mysql(endpoints.mysql) as connection, connection.cursor() as cursor:
            cursor.execute("CREATE TABLE orders (id INT PRIMARY KEY)")
        with connect_documents(endpoints.documents) as client:
            client[endpoints.documents.database].orders.insert_one({"x": 1})
        connection = pika.BlockingConnection(pika.URLParameters(endpoints.broker.url_for(endpoints.broker.admin)))
        channel = connection.channel()
        channel.queue_declare("left/over", durable=True, arguments={"x-queue-type": "quorum"})
        channel.exchange_declare("commands", "topic")
        connection.close()
    with pytest.raises(AddressUnusable, match=r"schema elsewhere .* not empty \(orders\).*HARNESS_EXTERNAL_RESET=1"):
        with start("external", guard=guard, folder=folder, progress=print):
            pass
    assert queues(addresses.broker) == ["left/over"]
    monkeypatch.setenv("HARNESS_EXTERNAL_RESET", "1")
    lines: list[str] = []
    with start("external", guard=guard, folder=folder, progress=lines.append):
        assert [line for line in lines if line.startswith("deleting")] == [
            "deleting 1 things from schema elsewhere of HARNESS_MYSQL_URL",
            "deleting 1 things from database elsewhere of HARNESS_DOCUMENTS_URL",
            "deleting 2 things from virtual host / of HARNESS_BROKER_URL",
        ]
        assert queues(addresses.broker) == []
    monkeypatch.delenv("HARNESS_EXTERNAL_RESET")
    with connect_mysql(addresses.mysql) as connection, connection.cursor() as cursor:
        cursor.execute("ALTER DATABASE elsewhere CHARACTER SET latin1")
        with start("external", guard=guard, folder=folder, progress=print):
            cursor.execute("SHOW CREATE DATABASE elsewhere")
            assert "latin1" in cursor.fetchone()[1], "what is empty already is left as it is"
    monkeypatch.delenv("HARNESS_SQS_URL")
    with start("external", guard=guard, folder=folder, progress=print) as endpoints:
        assert endpoints.sqs != addresses.sqs
        assert "ministack" in endpoints.versions


@pytest.mark.servers
def test_queues_that_hold_messages_are_refused_or_emptied(servers: Endpoints, monkeypatch: pytest.MonkeyPatch) -> None:
    sqs = boto3.client(
        "sqs",
        endpoint_url=servers.sqs.endpoint_url,
        region_name="eu-central-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    clean, used = (sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("clean", "used"))
    sqs.send_message(QueueUrl=used, MessageBody="ready")
    sqs.send_message(QueueUrl=used, MessageBody="delayed", DelaySeconds=60)
    sqs.receive_message(QueueUrl=used, VisibilityTimeout=60)
    with pytest.raises(AddressUnusable, match=r"queue .*/used of HARNESS_SQS_URL: not empty \(2 messages\)"):
        empty_queues(sqs, [clean, used], progress=print)
    monkeypatch.setenv("HARNESS_EXTERNAL_RESET", "1")
    lines: list[str] = []
    empty_queues(sqs, [clean, used], progress=lines.append)
    assert lines == [f"deleting 2 messages from queue {used} of HARNESS_SQS_URL"]
    monkeypatch.delenv("HARNESS_EXTERNAL_RESET")
    empty_queues(sqs, [clean, used], progress=print)


def test_of_a_deployed_stage_any_store_may_be_left_out() -> None:
    assert readable({}) == Stores()
    stores = readable(
        {
            "HARNESS_BROKER_URL": "amqps://reader:s3cret@rabbit.example:5671/%2F",
            "HARNESS_MYSQL_URL": "mysql://reader:s3cret@mysql.example:3307/orders?tls=true",
        }
    )
    assert stores.broker_url == "amqps://reader:s3cret@rabbit.example:5671/%2F"
    assert stores.mysql is not None
    assert (stores.mysql.port, stores.mysql.tls, stores.documents) == (3307, True, None)
    assert "s3cret" not in repr(stores)
    with pytest.raises(AddressUnusable, match="HARNESS_DOCUMENTS_URL: not an address of the form mongodb"):
        readable({"HARNESS_DOCUMENTS_URL": "http://h"})


def test_a_store_of_a_deployed_stage_that_is_away_is_named() -> None:
    stores = readable({"HARNESS_MYSQL_URL": "mysql://a:b@127.0.0.1:9", "HARNESS_BROKER_URL": "amqp://a:b@127.0.0.1:9"})
    with pytest.raises(AddressUnusable) as caught:
        stores.reach()
    assert "HARNESS_MYSQL_URL: 127.0.0.1:9 cannot be used: it refused the connection" in str(caught.value)
    assert "HARNESS_BROKER_URL: 127.0.0.1:9 cannot be used: it refused the connection" in str(caught.value)
