"""Opens the stores with the administrators' accounts: to watch the backlog, and to read the facts in the end."""

import logging
import ssl
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial
from typing import Any, TypeVar

import pymongo
import pymysql
from botocore.exceptions import BotoCoreError, ClientError
from pymongo.errors import PyMongoError

from harness.checks import (
    DOCUMENTS,
    MYSQL,
    PARKED,
    BrokerAddress,
    DocumentFacts,
    Facts,
    FactsUnreadable,
    MySqlFacts,
    Parked,
    Probe,
    Served,
    browse_broker,
    browse_sqs,
    read_documents,
    read_mysql,
)
from harness.cloud import queues
from harness.scenario.stage import Stage

T = TypeVar("T")

BUSY = "busy functions"
"""The name under which a backlog counts the invocations that go on: they may still publish."""

_TIMEOUT_S = 30
UNREADABLE = (pymysql.MySQLError, PyMongoError, BotoCoreError, ClientError, FactsUnreadable, OSError)


@contextmanager
def watching(stage: Stage) -> Iterator[Probe]:
    """A probe of everything that can be on its way in `stage`, past the relay."""
    # pika logs each connection that the harness closes itself.
    logging.getLogger("pika").setLevel(logging.CRITICAL)
    broker = stage.endpoints.broker
    waiting = {name: url for name, url in stage.queue_urls.items() if name not in dead_letters(stage)}
    address = BrokerAddress(broker.url_for(broker.admin), broker.management_url, broker.tick_s)
    with (
        closing(_mysql(stage)) as mysql,
        Probe(address, mysql, _sqs(stage), waiting, others={BUSY: lambda: _busy(stage)}) as probe,
    ):
        yield probe


def gather(stage: Stage) -> Facts:
    """All facts, as they are now. A store that cannot be read is None in them, and `unread` says why."""
    unread: dict[str, str] = {}
    return Facts(
        part(MYSQL, partial(_rows, stage), unread),
        part(DOCUMENTS, partial(_documents, stage), unread),
        part(PARKED, partial(_parked, stage), unread),
        unread=unread,
    )


def part(store: str, read: Callable[[], T], unread: dict[str, str]) -> T | None:
    """What `read` reads of a store; None where it cannot, which `unread` then gives the reason for."""
    try:
        return read()
    except UNREADABLE as error:
        unread[store] = f"{type(error).__name__}: {error}"[:200]
        return None


def _rows(stage: Stage) -> MySqlFacts:
    with closing(_mysql(stage)) as mysql:
        return read_mysql(mysql)


def _documents(stage: Stage) -> DocumentFacts:
    documents = stage.endpoints.documents
    with pymongo.MongoClient[dict[str, Any]](
        documents.url,
        username=documents.admin.username,
        password=documents.admin.password,
        retryWrites=False,
        serverSelectionTimeoutMS=_TIMEOUT_S * 1000,
    ) as client:
        return read_documents(client[documents.database])


def _parked(stage: Stage) -> tuple[Parked, ...]:
    broker, sqs = stage.endpoints.broker, _sqs(stage)
    parked = browse_broker(broker.url_for(broker.admin))
    for name in dead_letters(stage):
        parked += browse_sqs(sqs, stage.queue_urls[name])
    return parked


def parts(counted: Mapping[str, Any]) -> dict[str, tuple[int, int]]:
    """By part: how much it has served and how much of that failed, from the cloud's counters."""
    functions = {
        # A timeout is an error too. A crash may come between two invocations, and an init may fail before the first.
        f"function {name}": (each["invocations"], each["errors"] + each["crashes"] + each["init_failures"])
        for name, each in counted["functions"].items()
    }
    sources = {
        f"event source {name}": (each["batches"], each["failures"]) for name, each in counted["event_sources"].items()
    }
    return functions | sources


def served(records: Iterable[Mapping[str, Any]]) -> tuple[Served, ...]:
    """The counters that are on record in a history."""
    return tuple(
        Served(part, record["t"], *counts)
        for record in records
        if record["type"] == "platform"
        for part, counts in record["parts"].items()
    )


def dead_letters(stage: Stage) -> list[str]:
    """The SQS queues that others redrive to."""
    return sorted({queue.redrive.queue for queue in stage.stack.queues.values() if queue.redrive})


def _busy(stage: Stage) -> int:
    """Invocations that go on: a request whose client has given up can still publish."""
    functions = stage.cloud.stats()["functions"].values()
    return sum(function["busy"] for function in functions)


def _mysql(stage: Stage) -> "pymysql.Connection[Any]":
    server = stage.endpoints.mysql
    return pymysql.connect(
        host=server.host,
        port=server.port,
        user=server.admin.username,
        password=server.admin.password,
        database=server.database,
        charset="utf8mb4",
        # Disabled in so many words: PyMySQL otherwise takes any encryption that is offered, and trusts anyone.
        ssl=ssl.create_default_context() if server.tls else None,
        ssl_disabled=not server.tls,
        connect_timeout=_TIMEOUT_S,
        read_timeout=_TIMEOUT_S,
    )


def _sqs(stage: Stage) -> Any:
    return queues.client(stage.endpoints.sqs.endpoint_url, stage.stack)
