"""The stores are opened as the rest of the run opens them."""

import functools
import ssl
from types import SimpleNamespace
from typing import Any, cast

import pymysql
import pytest

from harness.checks import Facts, Served
from harness.scenario import evidence
from harness.scenario.stage import Stage
from harness.services import Broker, Credentials, Documents, MySql, Sqs
from harness.stack import Stack


def a_stage(stack: Stack, **endpoints: Any) -> Any:
    """As much of a stage as gathering needs."""
    return SimpleNamespace(stack=stack, endpoints=SimpleNamespace(**endpoints), queue_urls={})


def test_queues_are_read_in_the_stacks_region_where_they_were_made(stack: Stack) -> None:
    client = evidence._sqs(a_stage(stack, sqs=Sqs("http://127.0.0.1:9")))
    assert client.meta.region_name == stack.region


def test_a_store_that_cannot_be_read_is_named_and_costs_no_other(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "_TIMEOUT_S", 1)
    admin = Credentials("a", "b")
    gone = a_stage(
        stack,
        sqs=Sqs("http://127.0.0.1:9"),
        broker=Broker("127.0.0.1", 9, "http://127.0.0.1:9", "/", admin),
        mysql=MySql("127.0.0.1", 9, "orders", admin),
        documents=Documents("127.0.0.1", 9, "orders", admin),
    )
    facts = evidence.gather(gone)
    assert facts == Facts(unread=facts.unread)
    assert {store: reason.partition(":")[0] for store, reason in facts.unread.items()} == {
        "MySQL": "OperationalError",
        "the read model": "ServerSelectionTimeoutError",
        "the place of dead letters": "FactsUnreadable",
    }


def test_the_platforms_counters_come_back_from_the_history() -> None:
    counted = {
        "functions": {"users": {"invocations": 9, "errors": 2, "timeouts": 1, "crashes": 1, "init_failures": 1}},
        "event_sources": {"notifications": {"batches": 5, "records": 50, "failures": 3}},
    }
    parts = evidence.parts(counted)
    assert evidence.served([{"type": "phase", "t": 6}, {"type": "platform", "t": 7, "parts": parts}]) == (
        Served("function users", 7, 9, 4),
        Served("event source notifications", 7, 5, 3),
    )


@pytest.mark.parametrize("encrypted", [True, False])
def test_encryption_checks_who_the_server_is(encrypted: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    deferred = functools.partial(pymysql.connections.Connection, defer_connect=True)
    monkeypatch.setattr(pymysql, "connect", deferred)
    server = MySql("db.example", 3306, "orders", Credentials("root", "x"), tls=encrypted)
    connection: Any = evidence._mysql(cast(Stage, SimpleNamespace(endpoints=SimpleNamespace(mysql=server))))
    assert (connection.ssl, connection._ssl_required) == (encrypted, encrypted)
    assert not encrypted or (connection.ctx.verify_mode, connection.ctx.check_hostname) == (ssl.CERT_REQUIRED, True)
