import hashlib

import pytest

from contracts import migrations


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A `contracts` of our own, whose migrations a test writes."""
    monkeypatch.setattr(migrations.resources, "files", lambda package: tmp_path)
    (tmp_path / "mysql").mkdir()
    return tmp_path / "mysql"


def test_the_released_migrations_load_in_order():
    loaded = migrations.load()
    assert [migration.version for migration in loaded] == list(range(1, len(loaded) + 1))
    assert loaded[0].name == "orders"
    assert all(migration.statements for migration in loaded)


def test_each_statement_is_one(folder):
    (folder / "0001_first.sql").write_text(
        "-- one; two\nCREATE TABLE a (\n  -- a remark\n  b INT\n);\n\nDROP TABLE a;\n"
    )
    (migration,) = migrations.load()
    assert migration.statements == ("CREATE TABLE a (\n  b INT\n)", "DROP TABLE a")


def test_a_changed_file_has_another_checksum(folder):
    file = folder / "0001_first.sql"
    file.write_text("SELECT 1;")
    (before,) = migrations.load()
    file.write_text("SELECT 2;")
    (after,) = migrations.load()
    assert before.checksum == hashlib.sha256(b"SELECT 1;").hexdigest()
    assert before.checksum != after.checksum


@pytest.mark.parametrize("name", ["1_first.sql", "0001-first.sql", "0001_First.sql", "first.sql", "0001_.sql"])
def test_a_file_with_another_name_is_refused(folder, name):
    (folder / name).write_text("SELECT 1;")
    with pytest.raises(ValueError, match=r"a migration is named NNNN_lower_case\.sql"):
        migrations.load()


@pytest.mark.parametrize(
    "names", [["0002_a.sql"], ["0001_a.sql", "0003_b.sql"], ["0001_a.sql", "0001_b.sql"], ["0000_a.sql"]]
)
def test_a_gap_or_a_repeat_is_refused(folder, names):
    for name in names:
        (folder / name).write_text("SELECT 1;")
    with pytest.raises(ValueError, match="without gap or repeat"):
        migrations.load()


def test_other_files_are_none_of_it(folder):
    (folder / "README.md").write_text("words")
    assert migrations.load() == ()


def test_the_ledger_may_be_created_again():
    assert migrations.LEDGER.startswith("CREATE TABLE IF NOT EXISTS schema_migrations")
