"""The environment's one connection to MySQL, checked before use when it was idle, and made again when it broke.

Every statement commits by itself (autocommit): nothing here needs more than one, and a connection that waits inside no
transaction is what RDS Proxy can share.
"""

import contextlib
import logging
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

import pymysql
from pymysql import err
from pymysql.cursors import DictCursor

from shared import logs
from shared.config import MySqlConfig
from shared.errors import OutcomeUnknown, Unavailable

logger = logging.getLogger(__name__)

TIMEOUT_S = 2
# After this long without use, of wall clock, a round trip tells whether the server is still there.
CHECK_AFTER_S = 10.0
ACCESS_DENIED = 1045
# The statement may have been carried out: the answer is missing. 2006, 2013 and 2055: connection lost; 1053: the server
# shuts down; 1317: interrupted; 1927 and 4031: MariaDB and MySQL killed the connection.
LOST = frozenset({0, 1053, 1317, 1927, 2006, 2013, 2014, 2055, 4031})

T = TypeVar("T")


class Cursor(Protocol):
    """What we use of a cursor."""

    def execute(self, query: str, args: Sequence[Any] = ()) -> int:
        """Run a statement; the number of rows."""

    def fetchall(self) -> Sequence[dict[str, Any]]:
        """The rows."""


class MySql:
    """A server, by its configuration. Nothing is opened before the first use."""

    def __init__(self, config: MySqlConfig) -> None:
        self._config = config
        self._connection: Any = None
        self._last_used = 0.0  # wall clock

    def rows(self, query: str, arguments: Sequence[Any]) -> Sequence[dict[str, Any]]:
        """The rows of a query. Raises Unavailable."""

        def work(cursor: Cursor) -> Sequence[dict[str, Any]]:
            cursor.execute(query, arguments)
            return cursor.fetchall()

        try:
            return self.run(work)
        except OutcomeUnknown as error:
            raise Unavailable("MySQL", str(error)) from error

    def run(self, work: Callable[[Cursor], T]) -> T:
        """The result of `work`, which must be idempotent: where the connection breaks it runs once more on a fresh one.

        Raises Unavailable where nothing can have happened, OutcomeUnknown where an answer is missing. Errors of
        integrity are the caller's.
        """
        maybe_done = False
        for attempt in (1, 2):
            try:
                connection = self._connected()
            except Unavailable as error:
                if maybe_done:
                    raise OutcomeUnknown(f"MySQL did not answer, then: {error}") from error
                raise
            try:
                with connection.cursor() as cursor:
                    result = work(cursor)
            except (err.OperationalError, err.InterfaceError, err.InternalError, OSError) as error:
                self._drop()
                code = _code(error)
                maybe_done = maybe_done or code in LOST
                cause = f"{type(error).__name__} {code}"
                logger.warning("MySQL failed", extra=logs.fields(attempt=attempt, cause=cause))
            except err.IntegrityError:
                self._last_used = time.time()  # an answer like another: the connection is whole
                raise
            except BaseException:
                self._drop()  # half a result may be left unread in it
                raise
            else:
                self._last_used = time.time()
                return result
        raise OutcomeUnknown(f"MySQL did not answer: {cause}") if maybe_done else Unavailable("MySQL", cause)

    def _connected(self) -> Any:
        if self._connection is not None:
            if 0 <= time.time() - self._last_used < CHECK_AFTER_S:
                return self._connection
            try:
                self._connection.ping(reconnect=False)
            except (err.Error, OSError):
                self._drop()
            else:
                return self._connection
        address, credentials = self._config.address, self._config.credentials.get()
        try:
            self._connection = pymysql.connect(
                host=address.host,
                port=address.port,
                user=credentials.username,
                password=credentials.password,
                database=address.database,
                charset="utf8mb4",
                autocommit=True,
                connect_timeout=TIMEOUT_S,
                read_timeout=TIMEOUT_S,
                write_timeout=TIMEOUT_S,
                cursorclass=DictCursor,
                # Disabled in so many words: PyMySQL reads the system's certificates for every connection otherwise.
                ssl=address.tls.context() if address.tls else None,
                ssl_disabled=address.tls is None,
            )
        except (err.Error, OSError) as error:
            if _code(error) == ACCESS_DENIED:
                self._config.credentials.forget()
            raise Unavailable("MySQL", f"{type(error).__name__} {_code(error)}") from error
        return self._connection

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(err.Error, OSError):
                connection.close()


def _code(error: BaseException) -> int:
    """MySQL's error number. 0 where there is none: the connection broke."""
    code = error.args[0] if error.args else 0
    return code if isinstance(error, err.MySQLError) and isinstance(code, int) else 0
