"""MySQL: schema, catalogue and the application's account."""

import logging

import pymysql
from pymysql.constants import ER

from contracts import identity, migrations
from contracts.catalogue import CATALOGUE
from contracts.migrations import Migration
from worker import mysql
from worker.credentials import Credentials
from worker.errors import Misconfigured
from worker.settings import MySql

_log = logging.getLogger(__name__)

# DDL commits by itself. A migration that was broken off runs again, and passes over what it has done already.
_ALREADY_SO = frozenset({ER.TABLE_EXISTS_ERROR, ER.DUP_FIELDNAME, ER.DUP_KEYNAME, ER.CANT_DROP_FIELD_OR_KEY})

# What functions and workers do with each table, and nothing else. Nobody deletes. UPDATE is for whole tables, since
# SELECT … FOR UPDATE asks for it too.
_GRANTS = {
    "users": "SELECT, INSERT",
    "products": "SELECT, UPDATE",
    "orders": "SELECT, INSERT, UPDATE",
    "order_lines": "SELECT, INSERT",
    "stock_movements": "SELECT, INSERT",
    "inbox": "SELECT, INSERT",
    "outbox": "SELECT, INSERT, UPDATE",
    "schema_migrations": "SELECT",
}


class SchemaConflict(Misconfigured):
    """The database has been migrated by other files than ours."""


def connect(server: MySql) -> mysql.Connection:
    """A connection to our database, which is made where it is not there. Raises Unavailable or Misconfigured."""
    connection = mysql.connect(server, database=False)
    name = server.address.database.replace("`", "``")
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM information_schema.schemata WHERE schema_name = %s", (server.address.database,))
        if cursor.fetchone() is None:
            cursor.execute(f"CREATE DATABASE IF NOT EXISTS `{name}` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
    connection.select_db(server.address.database)
    return connection


def migrate(connection: mysql.Connection, server: MySql, steps: tuple[Migration, ...] | None = None) -> None:
    """Applies what the ledger lacks. Raises SchemaConflict where the ledger and our files disagree about the past."""
    steps = migrations.load() if steps is None else steps
    with connection.cursor() as cursor:
        cursor.execute("SHOW TABLES LIKE 'schema_migrations'")
        if cursor.fetchone() is None:
            cursor.execute(migrations.LEDGER)
        cursor.execute("SELECT version, name, checksum FROM schema_migrations ORDER BY version")
        applied = {version: (name, checksum) for version, name, checksum in cursor.fetchall()}
        check(applied, steps)
        for step in steps:
            if step.version not in applied:
                _apply(cursor, step)
                cursor.execute(
                    "INSERT INTO schema_migrations (version, name, checksum, applied_at)"
                    " VALUES (%s, %s, %s, UTC_TIMESTAMP(6))",
                    (step.version, step.name, step.checksum),
                )
                connection.commit()
                _log.info("migration applied", extra={"version": step.version, "migration": step.name})


def check(applied: dict[int, tuple[str, str]], steps: tuple[Migration, ...]) -> None:
    """Compares the ledger (version: name and checksum) with our files. Raises SchemaConflict."""
    ours = {step.version: step for step in steps}
    for version, (name, checksum) in applied.items():
        step = ours.get(version)
        if step is None:
            raise SchemaConflict(
                f"the database has migration {version:04d}_{name}, which this version does not know: "
                "a newer version has been here; deploy that one, or restore the database"
            )
        if step.checksum != checksum:
            raise SchemaConflict(
                f"contracts/mysql/{version:04d}_{step.name}.sql was edited after it was applied "
                f"(ledger: {name}, {checksum[:12]}…, file: {step.checksum[:12]}…): "
                "restore the file, and put the change into a new migration"
            )


def _apply(cursor: pymysql.cursors.Cursor, step: Migration) -> None:
    for number, statement in enumerate(step.statements, start=1):
        try:
            cursor.execute(statement)
        except pymysql.MySQLError as error:
            if mysql.code_of(error) in _ALREADY_SO:
                continue
            raise Misconfigured(
                f"contracts/mysql/{step.version:04d}_{step.name}.sql: statement {number} of {len(step.statements)} "
                f"failed: {error}; repair what it met, then run `migrate` again"
            ) from error


def load_catalogue(connection: mysql.Connection) -> None:
    """Adds new products with their first stock; renames and reprices known ones, whose stock is left alone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sku, name, price_cents, currency FROM products")
        known = {row[0]: row[1:] for row in cursor.fetchall()}
        new = [product for product in CATALOGUE if product.sku not in known]
        changed = [
            product
            for product in CATALOGUE
            if known.get(product.sku, ()) not in ((), (product.name, product.price_cents, product.currency))
        ]
        if changed:
            cursor.executemany(
                "UPDATE products SET name = %s, price_cents = %s, currency = %s WHERE sku = %s",
                [(product.name, product.price_cents, product.currency, product.sku) for product in changed],
            )
        if new:
            cursor.executemany(
                "INSERT INTO products (sku, name, price_cents, currency, initial_stock, stock)"
                " VALUES (%s, %s, %s, %s, %s, %s)",
                [
                    (
                        product.sku, product.name, product.price_cents, product.currency,
                        product.initial_stock, product.initial_stock,
                    )
                    for product in new
                ],
            )  # fmt: skip
            cursor.executemany(
                "INSERT INTO stock_movements (message_id, sku, order_id, quantity, created_at)"
                " VALUES (%s, %s, NULL, %s, UTC_TIMESTAMP(6))",
                [(first_movement_id(product.sku), product.sku, product.initial_stock) for product in new],
            )
    connection.commit()


def first_movement_id(sku: str) -> str:
    """The `message_id` of a product's first movement, which no command has caused; the same whoever computes it."""
    return identity.message_id("catalogue", sku, "stock.initial")


def create_account(connection: mysql.Connection, database: str, account: Credentials) -> None:
    """Makes the application's account, sets its password, and grants what it needs. Grants of before stay."""
    name = database.replace("`", "``")
    with connection.cursor() as cursor:
        cursor.execute("CREATE USER IF NOT EXISTS %s@'%%' IDENTIFIED BY %s", (account.username, account.password))
        cursor.execute("ALTER USER %s@'%%' IDENTIFIED BY %s", (account.username, account.password))
        for table, privileges in _GRANTS.items():
            cursor.execute(f"GRANT {privileges} ON `{name}`.`{table}` TO %s@'%%'", (account.username,))
