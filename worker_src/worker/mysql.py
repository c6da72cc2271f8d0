"""Connections to MySQL, and what its errors mean."""

from typing import Any, TypeAlias

import pymysql
from pymysql.constants import CR, ER

from worker.errors import Misconfigured, Unavailable
from worker.settings import MySql

Connection: TypeAlias = "pymysql.connections.Connection[pymysql.cursors.Cursor]"

_CONNECT_LIMIT_S = 5
_ANSWER_LIMIT_S = 30
_LOCK_WAIT_LIMIT_S = 5

# Another transaction was in the way: the same again, in a fresh transaction, has a good chance.
CONFLICTS = frozenset({ER.LOCK_DEADLOCK, ER.LOCK_WAIT_TIMEOUT, ER.DUP_ENTRY})

_REFUSED = frozenset({
    ER.ACCESS_DENIED_ERROR, ER.DBACCESS_DENIED_ERROR, ER.TABLEACCESS_DENIED_ERROR, ER.COLUMNACCESS_DENIED_ERROR,
    ER.BAD_DB_ERROR, ER.NO_SUCH_TABLE,
})  # fmt: skip

# Full, shutting down, interrupted, read-only as an Aurora writer is after a failover (1290, 1836), killed by the proxy.
_AWAY = frozenset({
    CR.CR_CONNECTION_ERROR, CR.CR_CONN_HOST_ERROR, CR.CR_SERVER_GONE_ERROR, CR.CR_SERVER_LOST, ER.CON_COUNT_ERROR,
    ER.SERVER_SHUTDOWN, ER.TOO_MANY_USER_CONNECTIONS, ER.OPTION_PREVENTS_STATEMENT, ER.OUT_OF_RESOURCES,
    ER.QUERY_INTERRUPTED, ER.OUTOFMEMORY, ER.RECORD_FILE_FULL, ER.LOCK_DEADLOCK, ER.LOCK_WAIT_TIMEOUT,
    1158, 1159, 1160, 1161, 1836, 1927,
})  # fmt: skip


def connect(server: MySql, *, database: bool = True) -> Connection:
    """A connection in READ COMMITTED and strict mode, without autocommit. `database` False: to the server alone.

    Raises Unavailable or Misconfigured.
    """
    address = server.address
    try:
        connection = pymysql.connect(
            host=address.host,
            port=address.port,
            user=server.account.username,
            password=server.account.password,
            database=address.database if database else None,
            charset="utf8mb4",
            autocommit=False,
            connect_timeout=_CONNECT_LIMIT_S,
            read_timeout=_ANSWER_LIMIT_S,
            write_timeout=_ANSWER_LIMIT_S,
            # Disabled in so many words: PyMySQL otherwise takes any encryption that is offered, and trusts anyone.
            ssl=address.tls.context() if address.tls else None,
            ssl_disabled=address.tls is None,
            init_command=(
                "SET SESSION sql_mode = 'TRADITIONAL', SESSION time_zone = '+00:00', "
                f"SESSION innodb_lock_wait_timeout = {_LOCK_WAIT_LIMIT_S}"
            ),
        )
        # READ COMMITTED: no gap locks, so that looking for an order that is not there blocks nobody.
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
        return connection
    except (pymysql.MySQLError, OSError) as error:
        raise translate(error, server) from error


def close(connection: Connection) -> None:
    """Lets a connection go, in whatever state; the server undoes what is not committed."""
    if connection.open:
        connection.close()


def code_of(error: BaseException) -> int:
    """MySQL's number of an error; 0 where it has none."""
    code = error.args[0] if error.args else 0
    return code if isinstance(code, int) else 0


def translate(error: BaseException, server: MySql) -> Exception:
    """Unavailable, Misconfigured, or the error itself where neither fits (and then a message is at fault)."""
    place = f"MySQL at {server.address.host}:{server.address.port}"
    code = code_of(error)
    if code in _REFUSED:
        return Misconfigured(
            f"{place}: {_text(error)}: run `migrate` first, or correct MYSQL_CREDENTIALS and MYSQL_URL"
        )
    # InterfaceError: the connection was closed before. OSError: the network, TLS included.
    if code in _AWAY or isinstance(error, OSError) or (isinstance(error, pymysql.err.InterfaceError) and code == 0):
        return Unavailable(f"{place}: {_text(error)}")
    assert isinstance(error, Exception)
    return error


def _text(error: BaseException) -> str:
    parts: tuple[Any, ...] = error.args
    return " ".join(str(part) for part in parts) or type(error).__name__
