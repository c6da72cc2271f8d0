"""Servers that somebody else runs, by their addresses."""

import base64
import json
import os
import socket
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

from harness.process import Guard, Ports
from harness.services import emulator, handshakes
from harness.services.endpoints import DATABASE, Broker, Credentials, Documents, Endpoints, MySql, Sqs
from harness.services.errors import AddressUnusable
from harness.services.launcher import Launcher

BROKER = "HARNESS_BROKER_URL"
MANAGEMENT = "HARNESS_BROKER_MANAGEMENT_URL"
MYSQL = "HARNESS_MYSQL_URL"
DOCUMENTS = "HARNESS_DOCUMENTS_URL"
SQS = "HARNESS_SQS_URL"
RESET = "HARNESS_EXTERNAL_RESET"

_WORK_LIMIT_S = 60.0
_COUNTS = [
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
]

_PHRASES = {
    ConnectionRefusedError: "it refused the connection",
    socket.gaierror: "there is no host of this name",
    TimeoutError: "it does not answer",
}

_EXAMPLES = {
    BROKER: "amqp://admin:secret@rabbit.example:5672/%2F",
    MANAGEMENT: "http://rabbit.example:15672",
    MYSQL: "mysql://admin:secret@mysql.example:3306/orders",
    DOCUMENTS: "mongodb://admin:secret@mongo.example:27017/orders?authSource=admin",
    SQS: "http://sqs.example:4566",
}


def parse(environment: Mapping[str, str]) -> tuple[Broker, MySql, Documents, Sqs | None]:
    """Reads the addresses; no connection is made. AddressUnusable names each variable that is wrong, with an example.

    HARNESS_BROKER_URL, HARNESS_BROKER_MANAGEMENT_URL, HARNESS_MYSQL_URL and HARNESS_DOCUMENTS_URL are needed; the
    accounts in them must be administrators. HARNESS_SQS_URL may be left out.
    """
    broker, management, mysql, documents, sqs = _all(
        partial(_split_broker, environment),
        partial(_split, environment, MANAGEMENT, ("http", "https"), account=False),
        partial(_mysql, environment),
        partial(_documents, environment),
        partial(_sqs, environment),
    )
    return (
        Broker(
            host=broker.hostname or "",
            port=_port(broker) or 5672,
            management_url=f"{management.scheme}://{management.netloc.rpartition('@')[2]}{management.path.rstrip('/')}",
            virtual_host=unquote(broker.path[1:]) or "/",
            admin=_account(broker),
        ),
        mysql,
        documents,
        sqs,
    )


@dataclass(frozen=True)
class Stores:
    """The stores of a deployed stage that may be read, each None without an address. `broker_url` is AMQP's."""

    broker_url: str | None = field(default=None, repr=False)
    mysql: MySql | None = None
    documents: Documents | None = None

    def reach(self) -> dict[str, str]:
        """Logs in to each; returns the versions. AddressUnusable names each that cannot be read."""
        steps: dict[str, Callable[[], str]] = {}
        if (mysql := self.mysql) is not None:
            steps["MySQL"] = partial(_reach, MYSQL, mysql.host, mysql.port, partial(handshakes.mysql, mysql))
        if (documents := self.documents) is not None:
            shake = partial(handshakes.documents, documents)
            steps["MongoDB"] = partial(_reach, DOCUMENTS, documents.host, documents.port, shake)
        if (url := self.broker_url) is not None:
            parts = urlsplit(url)
            shake = partial(handshakes.broker_at, url)
            steps["RabbitMQ"] = partial(_reach, BROKER, parts.hostname or "", parts.port, shake)
        return dict(zip(steps, _all(*steps.values()), strict=True))


def readable(environment: Mapping[str, str]) -> Stores:
    """The stores whose addresses are given; no connection is made. AddressUnusable as by `parse`.

    Unlike there, all may be left out, an account that may read is enough, and amqps can be used.
    """
    steps: dict[str, Callable[[], Any]] = {
        BROKER: partial(_split, environment, BROKER, ("amqp", "amqps")),
        MYSQL: partial(_mysql, environment),
        DOCUMENTS: partial(_documents, environment),
    }
    given = [variable for variable in steps if environment.get(variable, "").strip()]
    found = dict(zip(given, _all(*(steps[variable] for variable in given)), strict=True))
    broker = environment[BROKER].strip() if BROKER in found else None
    return Stores(broker, found.get(MYSQL), found.get(DOCUMENTS))


def named(endpoints: Endpoints) -> dict[str, str]:
    """The addresses of stores as `readable` takes them, by variable, with their administrators."""
    broker, mysql, documents = endpoints.broker, endpoints.mysql, endpoints.documents
    return {
        BROKER: broker.url_for(broker.admin),
        MYSQL: mysql.url_for(mysql.admin),
        DOCUMENTS: documents.url_for(documents.admin),
    }


@contextmanager
def external(*, guard: Guard, folder: Path, progress: Callable[[str], None]) -> Iterator[Endpoints]:
    """Uses the servers that the environment names, and starts an SQS where it names none.

    They must be reachable, let the administrators in, and hold no data: a run must start clean. What a former run left
    is refused, or removed where HARNESS_EXTERNAL_RESET=1 says so: the schema, the document database, and the virtual
    host's exchanges and queues. The data of this run stays there. For SQS see `empty_queues`.
    """
    broker, mysql, documents, sqs = parse(os.environ)
    versions = _versions(broker, mysql, documents, sqs)
    for what, found, clear in _stores(broker, mysql, documents):
        if names := found():
            _refuse_unless_reset(what, names)
            progress(f"deleting {len(names)} things from {what}")
            clear()
    _create_schema(mysql)
    with Ports() as ports:
        launcher = Launcher(guard, folder, ports)
        try:
            if sqs is None:
                sqs, versions["ministack"] = emulator.start(launcher)
            yield Endpoints(broker, mysql, documents, sqs, "external", versions)
        finally:
            launcher.stop()


def examine() -> dict[str, str]:
    """The servers' versions, where `external` would take them as they are; its AddressUnusable where it would not.

    Changes nothing, and does not look into SQS, whose queues only a stack names.
    """
    broker, mysql, documents, sqs = parse(os.environ)
    versions = _versions(broker, mysql, documents, sqs)
    for what, found, _ in _stores(broker, mysql, documents):
        if names := found():
            _refuse_unless_reset(what, names)
    return versions


def empty_queues(client: Any, urls: Iterable[str], *, progress: Callable[[str], None]) -> None:
    """Sees to it that the run's SQS queues are empty, as `external` does for the other servers.

    Apart from it, since only the stack knows which queues of an account are the run's. `client` is boto3's.
    """
    for url in urls:
        counts = client.get_queue_attributes(QueueUrl=url, AttributeNames=_COUNTS)["Attributes"]
        if messages := sum(map(int, counts.values())):
            what = f"queue {url} of {SQS}"
            _refuse_unless_reset(what, [f"{messages} messages"])
            progress(f"deleting {messages} messages from {what}")
            client.purge_queue(QueueUrl=url)


def _versions(broker: Broker, mysql: MySql, documents: Documents, sqs: Sqs | None) -> dict[str, str]:
    """The versions of the servers, by product. AddressUnusable names each that cannot be reached."""
    reached = [
        partial(_reach, BROKER, broker.host, broker.port, partial(handshakes.broker, broker)),
        partial(_reach, MYSQL, mysql.host, mysql.port, partial(_mysql_version, mysql)),
        partial(_reach, DOCUMENTS, documents.host, documents.port, partial(handshakes.documents, documents)),
        partial(_reach, MANAGEMENT, broker.management_url, None, partial(handshakes.management, broker)),
    ]
    if sqs is not None:
        reached.append(partial(_reach, SQS, sqs.endpoint_url, None, partial(handshakes.sqs, sqs)))
    versions = dict(zip(("RabbitMQ", "MySQL", "MongoDB"), _all(*reached), strict=False))
    if "MariaDB" in versions["MySQL"]:
        versions["MariaDB"] = versions.pop("MySQL")
    return versions


def _stores(
    broker: Broker, mysql: MySql, documents: Documents
) -> Iterator[tuple[str, Callable[[], list[str]], Callable[[], None]]]:
    """What must be empty: its name, what finds the things in it, what deletes them."""
    yield f"schema {mysql.database} of {MYSQL}", partial(_tables, mysql), partial(_clear_mysql, mysql)
    yield (
        f"database {documents.database} of {DOCUMENTS}",
        partial(_collections, documents),
        partial(_clear_documents, documents),
    )
    yield f"virtual host {broker.virtual_host} of {BROKER}", partial(_topology, broker), partial(_clear_broker, broker)


def _refuse_unless_reset(what: str, names: Sequence[str]) -> None:
    if os.environ.get(RESET) != "1":
        shown = ", ".join(names[:5]) + (" …" if len(names) > 5 else "")
        raise AddressUnusable(
            f"{what}: not empty ({shown}). A run must start clean: name an empty one, "
            f"or let the harness delete it all with {RESET}=1"
        )


def _all(*steps: Callable[[], Any]) -> list[Any]:
    """What each step returns. AddressUnusable tells of all that failed: one mistake is seldom alone."""
    results, problems = [], []
    for step in steps:
        try:
            results.append(step())
        except AddressUnusable as error:
            problems.append(str(error))
    if len(problems) == 1:
        raise AddressUnusable(problems[0])
    if problems:
        raise AddressUnusable("\n  ".join(["several addresses cannot be used:", *problems]))
    return results


def _split_broker(environment: Mapping[str, str]) -> SplitResult:
    parts = _split(environment, BROKER, ("amqp", "amqps"))
    if parts.scheme == "amqps":
        raise AddressUnusable(
            f"{BROKER}: amqps cannot be used: a rehearsal reaches the broker through a relay on this machine, which no "
            f"certificate is valid for. Name a listener without TLS; {_example(BROKER)}"
        )
    return parts


def _mysql(environment: Mapping[str, str]) -> MySql:
    parts = _split(environment, MYSQL, ("mysql",))
    return MySql(
        host=parts.hostname or "",
        port=_port(parts) or 3306,
        database=parts.path.strip("/") or DATABASE,
        admin=_account(parts),
        tls=dict(parse_qsl(parts.query)).get("tls") == "true",
    )


def _documents(environment: Mapping[str, str]) -> Documents:
    parts = _split(environment, DOCUMENTS, ("mongodb",))
    options = {"directConnection": "true", "retryWrites": "false", "authSource": "admin"}
    return Documents(
        host=parts.hostname or "",
        port=_port(parts) or 27017,
        database=parts.path.strip("/") or DATABASE,
        admin=_account(parts),
        options=options | dict(parse_qsl(parts.query)),
    )


def _sqs(environment: Mapping[str, str]) -> Sqs | None:
    if not environment.get(SQS):
        return None
    _split(environment, SQS, ("http", "https"), account=False)
    return Sqs(environment[SQS].rstrip("/"))


def _split(
    environment: Mapping[str, str], variable: str, schemes: tuple[str, ...], account: bool = True
) -> SplitResult:
    value = environment.get(variable, "").strip()
    example = _example(variable)
    if not value:
        raise AddressUnusable(f"{variable} is not set, which SERVICES=external needs; {example}")
    try:
        parts = urlsplit(value)
        _port(parts)
    except ValueError as error:
        raise AddressUnusable(f"{variable}: {error}; {example}") from error
    if parts.scheme not in schemes or not parts.hostname:
        raise AddressUnusable(f"{variable}: not an address of the form {' or '.join(schemes)}://…; {example}")
    if account and not (parts.username and parts.password):
        raise AddressUnusable(f"{variable}: has no user name and password of an administrator; {example}")
    return parts


def _example(variable: str) -> str:
    return f"write for example {variable}={_EXAMPLES[variable]}"


def _port(parts: SplitResult) -> int | None:
    return parts.port


def _account(parts: SplitResult) -> Credentials:
    return Credentials(unquote(parts.username or ""), unquote(parts.password or ""))


def _reach(variable: str, host: str, port: int | None, shake: Callable[[], Any]) -> str:
    place = host if port is None else f"{host}:{port}"
    try:
        return str(shake())
    except Exception as error:
        raise AddressUnusable(
            f"{variable}: {place} cannot be used: {_plain(error)}. "
            "Is the server up, the port right, the account an administrator's?"
        ) from error


def _plain(error: BaseException) -> str:
    """What went wrong in a plain phrase, where it is one of the usual things; else the client library's own words."""
    for cause in _causes(error):
        for kind, phrase in _PHRASES.items():
            if isinstance(cause, kind):
                return phrase
    return (str(error) or repr(error)).splitlines()[0][:300]


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and all that it was made of: client libraries wrap the system's errors in more than one way."""
    yield error
    for inner in (*error.args, getattr(error, "exception", None), error.__cause__, error.__context__):
        if isinstance(inner, BaseException):
            yield from _causes(inner)


def _without_schema(server: MySql) -> MySql:
    return MySql(server.host, server.port, "", server.admin, server.tls)


def _mysql_version(server: MySql) -> str:
    return handshakes.mysql(_without_schema(server))


def _tables(server: MySql) -> list[str]:
    with handshakes.connect_mysql(_without_schema(server), _WORK_LIMIT_S) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = %s", (server.database,))
        return sorted(str(row[0]) for row in cursor.fetchall())


def _clear_mysql(server: MySql) -> None:
    name = server.database.replace("`", "``")
    with handshakes.connect_mysql(_without_schema(server), _WORK_LIMIT_S) as connection, connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE `{name}`")


def _create_schema(server: MySql) -> None:
    name = server.database.replace("`", "``")
    with handshakes.connect_mysql(_without_schema(server), _WORK_LIMIT_S) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE IF NOT EXISTS `{name}` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")


def _collections(server: Documents) -> list[str]:
    with handshakes.connect_documents(server, _WORK_LIMIT_S) as client:
        return sorted(client[server.database].list_collection_names())


def _clear_documents(server: Documents) -> None:
    with handshakes.connect_documents(server, _WORK_LIMIT_S) as client:
        client.drop_database(server.database)


def _manage(server: Broker, method: str, path: str) -> Any:
    token = base64.b64encode(f"{server.admin.username}:{server.admin.password}".encode()).decode()
    request = urllib.request.Request(
        f"{server.management_url}/api/{path}", method=method, headers={"Authorization": f"Basic {token}"}
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=10) as answer:
        body = answer.read()
    return json.loads(body) if body else None


def _topology(server: Broker) -> list[str]:
    host = quote(server.virtual_host, safe="")
    queues = [f"queue {queue['name']}" for queue in _manage(server, "GET", f"queues/{host}?columns=name")]
    exchanges = [
        f"exchange {exchange['name']}"
        for exchange in _manage(server, "GET", f"exchanges/{host}?columns=name")
        if exchange["name"] and not exchange["name"].startswith("amq.")
    ]
    return queues + exchanges


def _clear_broker(server: Broker) -> None:
    host = quote(server.virtual_host, safe="")
    for thing in _topology(server):
        kind, _, name = thing.partition(" ")
        _manage(server, "DELETE", f"{kind}s/{host}/{quote(name, safe='')}")
