import re

import pytest

from contracts import migrations, schemas
from contracts.catalogue import CATALOGUE
from contracts.migrations import Migration
from worker.migrate import schema
from worker.migrate.schema import SchemaConflict

STEPS = (Migration(1, "orders", ("…",), "a" * 64), Migration(2, "more", ("…",), "b" * 64))


def test_a_ledger_that_our_files_continue_is_fine() -> None:
    schema.check({}, STEPS)
    schema.check({1: ("orders", "a" * 64)}, STEPS)


def test_an_edited_migration_is_refused_with_what_to_do() -> None:
    with pytest.raises(
        SchemaConflict, match=r"0001_orders\.sql was edited .* restore the file, and put the change into a new"
    ):
        schema.check({1: ("orders", "c" * 64)}, STEPS)


def test_a_database_of_a_newer_version_is_refused() -> None:
    with pytest.raises(SchemaConflict, match="0003_future, which this version does not know"):
        schema.check({1: ("orders", "a" * 64), 3: ("future", "d" * 64)}, STEPS)


def test_first_movements_have_ids_as_messages_do() -> None:
    pattern = schemas.document("envelope")["properties"]["message_id"]["pattern"]
    ids = [schema.first_movement_id(product.sku) for product in CATALOGUE]
    assert len(set(ids)) == len(CATALOGUE)
    for message_id in ids:
        assert re.fullmatch(pattern, message_id)


def test_every_table_has_its_grants() -> None:
    created = {
        statement.split()[2]
        for step in migrations.load()
        for statement in step.statements
        if statement.startswith("CREATE TABLE")
    }
    assert created | {"schema_migrations"} == set(schema._GRANTS)
