"""All SQL stays within what MySQL 8 and 9, Aurora MySQL 3 and MariaDB 10.11 share.

Sources: MySQL 8.4 reference manual; MariaDB knowledge base, "Incompatibilities and Feature Differences Between MariaDB
and MySQL". The servers' own tests run the statements; this holds what the one server at hand would let pass.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts import migrations

ROOT = Path(__file__).parents[2]
CODE = ("contracts", "worker_src", "lambda_src", "harness")

_VERBS = (
    "ALTER|ANALYZE|BEGIN|CALL|COMMIT|CREATE|DELETE|DROP|EXPLAIN|FLUSH|GRANT|INSERT|KILL|LOCK|OPTIMIZE|RENAME|REPLACE|REVOKE|"
    "ROLLBACK|SELECT|SET|SHOW|START|TRUNCATE|UNLOCK|UPDATE|WITH"
)
# Pieces from which statements are put together.
_PIECES = "AND|AS|FOR|FROM|GROUP BY|HAVING|JOIN|LIMIT|LOCK IN|ON DUPLICATE|ORDER BY|RETURNING|SKIP|UNION|VALUES|WHERE"
_SQL = re.compile(rf"\s*(?:{_VERBS}|{_PIECES})\s+\S")

FORBIDDEN: tuple[tuple[str, str], ...] = (
    (r"\bRETURNING\b", "RETURNING is MariaDB's alone: read the row in a statement of its own"),
    (r"\)\s*AS\s+\w+(\s*\([^)]*\))?\s+ON\s+DUPLICATE", "a row alias is MySQL's alone: write VALUES(column)"),
    (r"^\s*AS\s+\w+(\s*\([^)]*\))?\s+ON\s+DUPLICATE", "a row alias is MySQL's alone: write VALUES(column)"),
    (r"\bVALUES\s+ROW\s*\(", "VALUES ROW() is MySQL's alone: write SELECT … UNION ALL"),
    (r"\bFOR\s+SHARE\b", "FOR SHARE is MySQL's alone: write LOCK IN SHARE MODE"),
    (r"\bFOR\s+UPDATE\s+OF\b", "FOR UPDATE OF is MySQL's alone"),
    (r"\bLATERAL\b", "LATERAL is MySQL's alone"),
    (r"->>?\s*['\"]", "-> is MySQL's alone: write JSON_UNQUOTE(JSON_EXTRACT(…))"),
    (r"\bMEMBER\s+OF\b", "MEMBER OF is MySQL's alone: write JSON_CONTAINS"),
    (r"\bCREATE\s+OR\s+REPLACE\s+TABLE\b", "CREATE OR REPLACE TABLE is MariaDB's alone"),
    (
        r"\b(INDEX|KEY|COLUMN)\s+IF\s+(NOT\s+)?EXISTS\b",
        "IF EXISTS for columns and indexes is MariaDB's alone: use migrations",
    ),
    (r"\b(NEXT\s+VALUE\s+FOR|CREATE\s+SEQUENCE|NEXTVAL)\b", "sequences are MariaDB's alone: use AUTO_INCREMENT"),
    (r"\bFETCH\s+(FIRST|NEXT)\b", "FETCH FIRST is MariaDB's alone: write LIMIT"),
    (
        r"\b(UUID|INET4|INET6)\s+(NOT\s+NULL|NULL|PRIMARY|,)",
        "this column type is MariaDB's alone: write CHAR(36) or VARBINARY",
    ),
    (r"\bIDENTIFIED\s+(WITH|VIA)\b", "plugins differ between the servers: write IDENTIFIED BY"),
    (r"\bNO_AUTO_CREATE_USER\b", "this mode is gone from MySQL 8"),
    (r"\bSET\s+PERSIST\b", "SET PERSIST is MySQL's alone"),
    (r"\bSQL_CALC_FOUND_ROWS\b", "deprecated in MySQL 8"),
    (r"\butf8mb4_(0900|uca1400)_", "this collation is one server's alone: write utf8mb4_bin"),
    (r"\bCHARSET\s*=?\s*(utf8|utf8mb3)\b", "write utf8mb4"),
    (r"\bENGINE\s*=\s*(?!InnoDB\b)", "tables are InnoDB's: other engines have no transactions"),
    (r"\b(SERIALIZABLE|READ\s+UNCOMMITTED)\b", "transactions are READ COMMITTED"),
)
_TABLE = re.compile(r"\bCREATE\s+TABLE\b")
_TABLE_OPTIONS = re.compile(r"ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin\s*$")


def wrong(statement: str) -> Iterator[str]:
    """What in a statement, or a piece of one, the servers do not share."""
    for pattern, why in FORBIDDEN:
        if re.search(pattern, statement):
            yield why
    if _TABLE.search(statement) and not _TABLE_OPTIONS.search(statement):
        yield "a table ends with ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"


def sql_in(text: str) -> Iterator[tuple[int, str]]:
    """The SQL in a Python source: (line, text) of each string that begins as SQL does. Docstrings are none.

    What an f-string inserts stands as `{}`; strings added by `+` are taken piece by piece.
    """
    tree = ast.parse(text)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        and ast.get_docstring(node) is not None
        and isinstance(node.body[0], ast.Expr)
    }
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)} - {
        id(node) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)
    }
    for node in ast.walk(tree):
        if id(node) in docstrings or id(node) in inside:
            continue
        if isinstance(node, ast.JoinedStr):
            parts = (str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
            found = "".join(parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found = node.value
        else:
            continue
        if _SQL.match(found):
            yield node.lineno, found


def all_sql() -> list[tuple[str, str]]:
    """(place, text) of all SQL there is."""
    found = [("contracts/migrations.py: the ledger", migrations.LEDGER)]
    for migration in migrations.load():
        name = f"contracts/mysql/{migration.version:04}_{migration.name}.sql"
        found.extend((f"{name}: statement {number}", text) for number, text in enumerate(migration.statements, start=1))
    for tree in CODE:
        for file in sorted((ROOT / tree).rglob("*.py")):
            place = file.relative_to(ROOT)
            found.extend((f"{place}:{line}", text) for line, text in sql_in(file.read_text("utf-8")))
    return found


def test_all_sql_is_shared_by_the_servers():
    assert [f"{place}: {why}" for place, text in all_sql() for why in wrong(text)] == []


def test_there_is_sql_to_look_at():
    places = {place.split(":")[0].split("/")[0] for place, _ in all_sql()}
    assert {"contracts", "worker_src", "lambda_src"} <= places


def test_every_table_has_a_primary_key():
    # Aurora's replicas and MariaDB's group commit both suffer without one, and REPLACE of a row is ambiguous.
    for migration in migrations.load():
        for statement in migration.statements:
            if _TABLE.search(statement):
                assert "PRIMARY KEY" in statement


GOOD_TABLE = "CREATE TABLE a (b INT) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO a (b) VALUES (%s) RETURNING b",
        "INSERT INTO a (b) VALUES (%s) AS new ON DUPLICATE KEY UPDATE b = new.b",
        "INSERT INTO a (b, c) VALUES (%s, %s) AS new(x, y) ON DUPLICATE KEY UPDATE b = x",
        " AS new ON DUPLICATE KEY UPDATE b = new.b",
        "SELECT b FROM a FOR SHARE",
        "SELECT b FROM a FOR UPDATE OF a SKIP LOCKED",
        "SELECT body->>'$.version' FROM outbox",
        "SELECT 1 FROM a, LATERAL (SELECT 2) AS c",
        "SELECT b FROM a FETCH FIRST 3 ROWS ONLY",
        "CREATE OR REPLACE TABLE a (b INT) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin",
        "CREATE TABLE a (b INT)",
        "CREATE TABLE a (b INT) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4",
        GOOD_TABLE.replace("utf8mb4_bin", "utf8mb4_0900_ai_ci"),
        GOOD_TABLE.replace("InnoDB", "MyISAM"),
        GOOD_TABLE.replace("b INT", "b UUID NOT NULL"),
        "ALTER TABLE a ADD COLUMN IF NOT EXISTS c INT",
        "ALTER TABLE a ADD INDEX IF NOT EXISTS c (b)",
        "CREATE USER a IDENTIFIED WITH mysql_native_password BY 'x'",
        "SET PERSIST max_connections = 5",
        "SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE",
        "SELECT NEXT VALUE FOR s",
    ],
)
def test_what_one_server_alone_knows_is_caught(statement):
    assert list(wrong(statement))
    assert [text for _, text in sql_in(f"cursor.execute({statement!r})")] == [statement]


@pytest.mark.parametrize(
    "statement",
    [
        GOOD_TABLE,
        "INSERT INTO a (b) VALUES (%s) ON DUPLICATE KEY UPDATE b = VALUES(b)",
        "INSERT INTO a (b) SELECT 1 AS b ON DUPLICATE KEY UPDATE b = 1",
        "SELECT id FROM outbox WHERE published_at IS NULL ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED",
        "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
        "CREATE TABLE IF NOT EXISTS a (b INT) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin",
    ],
)
def test_what_they_share_is_fine(statement):
    assert list(wrong(statement)) == []


def test_sql_is_found_wherever_it_stands():
    source = '''
"""SELECT this is a docstring RETURNING nothing."""
QUERY = (
    "INSERT INTO a (b)"
    " VALUES (%s) RETURNING b"
)
def f(table):
    """UPDATE neither."""
    run(f"DELETE FROM {table} RETURNING *")
    return "no SQL" + " RETURNING id"
'''
    assert list(sql_in(source)) == [
        (4, "INSERT INTO a (b) VALUES (%s) RETURNING b"),
        (9, "DELETE FROM {} RETURNING *"),
        (10, " RETURNING id"),
    ]
