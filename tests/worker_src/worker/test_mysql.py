import ssl
from dataclasses import replace
from typing import Any

import pymysql
import pytest

from contracts import addresses
from worker import mysql
from worker.credentials import Credentials
from worker.errors import Misconfigured, Unavailable
from worker.settings import MySql

SERVER = MySql(addresses.mysql("mysql://127.0.0.1:1/orders?tls=false"), Credentials("app", "x"))


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (pymysql.err.OperationalError(2013, "Lost connection"), Unavailable),
        (pymysql.err.OperationalError(1213, "Deadlock found"), Unavailable),
        (pymysql.err.OperationalError(1290, "running with the --read-only option"), Unavailable),
        (pymysql.err.InterfaceError(0, ""), Unavailable),
        (ConnectionResetError(104, "reset"), Unavailable),
        (pymysql.err.OperationalError(1045, "Access denied"), Misconfigured),
        (pymysql.err.ProgrammingError(1146, "no such table"), Misconfigured),
        (pymysql.err.DataError(1406, "Data too long"), pymysql.err.DataError),
        (pymysql.err.IntegrityError(1062, "Duplicate entry"), pymysql.err.IntegrityError),
    ],
)
def test_errors_tell_who_is_at_fault(error: Exception, kind: type[Exception]) -> None:
    assert type(mysql.translate(error, SERVER)) is kind


def test_a_server_that_is_away_is_named() -> None:
    with pytest.raises(Unavailable, match=r"MySQL at 127\.0\.0\.1:1"):
        mysql.connect(SERVER)


@pytest.mark.parametrize("encrypted", [True, False])
def test_encryption_is_what_the_address_says_and_not_what_the_server_offers(
    encrypted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    def connect(**arguments: Any) -> None:
        made.append(pymysql.connections.Connection(**arguments, defer_connect=True))
        raise ConnectionRefusedError

    monkeypatch.setattr(pymysql, "connect", connect)
    with pytest.raises(Unavailable):
        mysql.connect(replace(SERVER, address=replace(SERVER.address, tls=addresses.Tls() if encrypted else None)))
    [connection] = made
    assert (connection.ssl, connection._ssl_required) == (encrypted, encrypted)
    assert not encrypted or connection.ctx.verify_mode is ssl.CERT_REQUIRED
