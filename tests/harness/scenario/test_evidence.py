"""Reading the facts: what needs no servers."""

import functools
import ssl
from types import SimpleNamespace
from typing import Any, cast

import pymysql
import pytest

from harness.scenario import evidence
from harness.scenario.stage import Stage
from harness.services import Credentials, MySql


@pytest.mark.parametrize("encrypted", [True, False])
def test_encryption_checks_who_the_server_is(encrypted: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    deferred = functools.partial(pymysql.connections.Connection, defer_connect=True)
    monkeypatch.setattr(pymysql, "connect", deferred)
    server = MySql("db.example", 3306, "orders", Credentials("root", "x"), tls=encrypted)
    connection: Any = evidence._mysql(cast(Stage, SimpleNamespace(endpoints=SimpleNamespace(mysql=server))))
    assert (connection.ssl, connection._ssl_required) == (encrypted, encrypted)
    assert not encrypted or (connection.ctx.verify_mode, connection.ctx.check_hostname) == (ssl.CERT_REQUIRED, True)
