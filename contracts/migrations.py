"""The migrations of the MySQL schema, oldest first: files `mysql/NNNN_name.sql`, never edited once released."""

import hashlib
import re
from dataclasses import dataclass
from importlib import resources

# The ledger comes before every migration and may be created again without harm.
LEDGER = """CREATE TABLE IF NOT EXISTS schema_migrations (
    version    INT UNSIGNED NOT NULL,
    name       VARCHAR(200) NOT NULL,
    checksum   CHAR(64)     NOT NULL,
    applied_at DATETIME(6)  NOT NULL,
    PRIMARY KEY (version)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"""


@dataclass(frozen=True)
class Migration:
    """One step. `checksum` is the SHA-256 of its text, so that an edited step is noticed."""

    version: int
    name: str
    statements: tuple[str, ...]
    checksum: str


def load() -> tuple[Migration, ...]:
    """All migrations by version. Raises ValueError where a file's name or the numbering is wrong."""
    migrations = []
    for file in resources.files("contracts").joinpath("mysql").iterdir():
        if not file.name.endswith(".sql"):
            continue
        match = re.fullmatch(r"(\d{4})_([a-z0-9_]+)\.sql", file.name)
        if not match:
            raise ValueError(f"contracts/mysql/{file.name}: a migration is named NNNN_lower_case.sql")
        text = file.read_text("utf-8")
        migrations.append(Migration(int(match[1]), match[2], _statements(text), _checksum(text)))
    migrations.sort(key=lambda migration: migration.version)
    if [migration.version for migration in migrations] != list(range(1, len(migrations) + 1)):
        raise ValueError("contracts/mysql: migrations must be numbered 0001, 0002, … without gap or repeat")
    return tuple(migrations)


def _statements(text: str) -> tuple[str, ...]:
    """The statements of a file. Files hold no string with a semicolon, and comments stand on lines of their own."""
    code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("--"))
    return tuple(statement.strip() for statement in code.split(";") if statement.strip())


def _checksum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
