"""The warm connection against a real server, through a relay that breaks it."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from pymysql import err

from shared import config
from shared import mysql as module
from shared.errors import OutcomeUnknown, Unavailable
from shared.mysql import Cursor, MySql

pytestmark = pytest.mark.servers

Make = Callable[..., Any]


def select(cursor: Cursor) -> Any:
    cursor.execute("SELECT 40 + 2 AS answer")
    return cursor.fetchall()[0]["answer"]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TIMEOUT_S", 0.5)


def test_one_connection_serves_many_requests(behind: Make) -> None:
    door, variables = behind("MYSQL")
    mysql = MySql(config.mysql(variables))
    assert door.connections == 0
    assert [mysql.run(select) for _ in range(3)] == [42] * 3
    assert mysql.rows("SELECT %s AS x", ("a",)) == [{"x": "a"}]
    assert door.connections == 1


def test_a_connection_that_broke_is_made_again(behind: Make) -> None:
    door, variables = behind("MYSQL")
    mysql = MySql(config.mysql(variables))
    mysql.run(select)
    door.reset()
    assert mysql.run(select) == 42


def test_an_idle_connection_is_checked_before_use(behind: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    door, variables = behind("MYSQL")
    mysql = MySql(config.mysql(variables))
    mysql.run(select)
    door.reset()
    tries = []

    def once(cursor: Cursor) -> Any:
        tries.append(1)
        return select(cursor)

    now = time.time()
    monkeypatch.setattr("shared.mysql.time.time", lambda: now + 11)
    assert mysql.run(once) == 42
    assert len(tries) == 1


def test_a_closed_door_means_that_nothing_happened(behind: Make) -> None:
    door, variables = behind("MYSQL")
    mysql = MySql(config.mysql(variables))
    door.close()
    with pytest.raises(Unavailable):
        mysql.run(select)
    door.open()
    assert mysql.run(select) == 42
    door.close()
    with pytest.raises(Unavailable):
        mysql.rows("SELECT 1", ())


def test_an_answer_that_does_not_come_leaves_the_outcome_unknown(behind: Make) -> None:
    door, variables = behind("MYSQL")
    mysql = MySql(config.mysql(variables))
    mysql.run(select)
    door.freeze()
    started = time.monotonic()
    with pytest.raises(OutcomeUnknown):
        mysql.run(select)
    assert time.monotonic() - started < 15
    with pytest.raises(Unavailable):  # a query has no outcome; and by now not even a connection comes up
        mysql.rows("SELECT 1", ())
    door.thaw()
    assert mysql.run(select) == 42


def test_a_duplicate_key_keeps_the_connection_and_is_the_callers(behind: Make) -> None:
    door, variables = behind("MYSQL")
    mysql = MySql(config.mysql(variables))
    insert = (
        "INSERT INTO users (user_id, idempotency_key, request_hash, name, email, created_at)"
        " VALUES ('mysql-test', 'k', 'h', 'n', 'e', '2026-01-01')"
    )
    mysql.run(lambda cursor: cursor.execute(insert))
    with pytest.raises(err.IntegrityError):
        mysql.run(lambda cursor: cursor.execute(insert))
    assert mysql.run(select) == 42
    assert door.connections == 1


def test_a_defect_in_a_statement_is_raised_and_the_next_one_works(real: Mapping[str, str]) -> None:
    mysql = MySql(config.mysql(real))
    with pytest.raises(err.ProgrammingError):
        mysql.rows("SELEKT 1", ())
    assert mysql.run(select) == 42


def test_a_refused_login(real: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    variables = {**real, "MYSQL_CREDENTIALS": '{"username": "orders-app", "password": "wrong"}'}
    parsed = config.mysql(variables)
    forgotten = []
    monkeypatch.setattr(parsed.credentials, "forget", lambda: forgotten.append(1))
    with pytest.raises(Unavailable, match="1045") as refusal:
        MySql(parsed).run(select)
    assert "wrong" not in str(refusal.value)
    assert forgotten == [1]
