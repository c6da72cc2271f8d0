"""The first exchange with each server: what needs none."""

import functools
import ssl
from typing import Any

import pymysql
import pytest

from harness.services import Credentials, MySql, handshakes


@pytest.mark.parametrize("encrypted", [True, False])
def test_encryption_checks_who_the_server_is(encrypted: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    deferred = functools.partial(pymysql.connections.Connection, defer_connect=True)
    monkeypatch.setattr(pymysql, "connect", deferred)
    server = MySql("db.example", 3306, "orders", Credentials("root", "x"), tls=encrypted)
    connection: Any = handshakes.connect_mysql(server)
    assert (connection.ssl, connection._ssl_required) == (encrypted, encrypted)
    assert not encrypted or (connection.ctx.verify_mode, connection.ctx.check_hostname) == (ssl.CERT_REQUIRED, True)
