"""Settings, read from the environment once, at the start.

Common     WORKER_HOST (0.0.0.0), WORKER_PORT (8080), WORKER_GRACE_S (30), LOG_LEVEL (INFO), WORKER_CRASH_AT (none),
           WORKER_TIMINGS_FILE (none), which gets size and duration of each batch
Consumers  WORKER_PREFETCH, WORKER_BATCH_SIZE, WORKER_BATCH_WAIT_MS, WORKER_MAX_ATTEMPTS
Servers    BROKER_URL, MYSQL_URL, DOCUMENTS_URL (see contracts.addresses), each with …_CREDENTIALS
migrate    also BROKER_MANAGEMENT_URL and {BROKER,MYSQL,DOCUMENTS}_APP_CREDENTIALS, the account that it creates
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from contracts import addresses
from worker import crash, credentials
from worker.credentials import Credentials
from worker.errors import SettingsError

ROLES: dict[str, str] = {
    "migrate": "creates topology, schema, indexes, accounts and catalogue, then ends; may run again at any time",
    "orders": "takes commands from RabbitMQ and applies them to MySQL",
    "outbox": "publishes the events that wait in MySQL's outbox to RabbitMQ",
    "read_model": "takes events from RabbitMQ and projects them into the document database",
    "pricing": "answers POST /v1/price over HTTP",
}

Value = TypeVar("Value")


@dataclass(frozen=True)
class Common:
    """What every role has. Health and metrics are served at `host`:`port`."""

    role: str
    host: str
    port: int
    grace_s: float
    log_level: str
    crash_at: crash.CrashAt | None
    timings_file: Path | None = None


@dataclass(frozen=True)
class Broker:
    """Where RabbitMQ listens, and who we are there."""

    address: addresses.Broker
    account: Credentials


@dataclass(frozen=True)
class MySql:
    """Where MySQL listens, and who we are there."""

    address: addresses.MySql
    account: Credentials


@dataclass(frozen=True)
class Documents:
    """Where the document database listens, and who we are there."""

    address: addresses.Documents
    account: Credentials


@dataclass(frozen=True)
class Batching:
    """How much is held and taken at once.

    A batch is complete with `size` messages, or `wait_s` after its first. `prefetch` bounds what the broker sends
    ahead.
    """

    prefetch: int
    size: int
    wait_s: float
    max_attempts: int


@dataclass(frozen=True)
class Orders:
    """Settings of `orders`."""

    common: Common
    broker: Broker
    mysql: MySql
    batching: Batching


@dataclass(frozen=True)
class Outbox:
    """Settings of `outbox`. `batching.wait_s` is its shortest pause when nothing waits."""

    common: Common
    broker: Broker
    mysql: MySql
    batching: Batching


@dataclass(frozen=True)
class ReadModel:
    """Settings of `read_model`."""

    common: Common
    broker: Broker
    documents: Documents
    batching: Batching


@dataclass(frozen=True)
class Pricing:
    """Settings of `pricing`, which serves its endpoint where the others serve health alone."""

    common: Common


@dataclass(frozen=True)
class Migrate:
    """Settings of `migrate`: the servers as administrator, and the accounts it creates for the application."""

    common: Common
    broker: Broker
    mysql: MySql
    documents: Documents
    management_url: str
    broker_account: Credentials
    mysql_account: Credentials
    documents_account: Credentials


Settings = Orders | Outbox | ReadModel | Pricing | Migrate


def parse(role: str, environment: Mapping[str, str]) -> Settings:
    """The settings of `role`. Raises SettingsError that names every setting that is missing or malformed."""
    if role not in ROLES:
        raise SettingsError(f"there is no role {role!r}; roles: {', '.join(ROLES)}")
    reader = _Reader(environment)
    settings = _READERS[role](reader, _common(role, reader))
    if reader.problems:
        raise SettingsError("\n".join(reader.problems))
    return settings


class _Reader:
    """Reads variables and collects what is wrong with them, so that a person repairs them in one go."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.problems: list[str] = []

    def read(self, name: str, convert: Callable[[str], Value], stand_in: Value, default: str | None = None) -> Value:
        """The converted variable; `stand_in` where it is wrong, which the caller learns from `problems`."""
        text = self._environment.get(name, "").strip() or default
        if text is None:
            self.problems.append(f"{name}: is not set")
            return stand_in
        try:
            return convert(text)
        except ValueError as error:
            self.problems.append(f"{name}: {error}")
            return stand_in

    def optional(self, name: str, convert: Callable[[str], Value]) -> Value | None:
        """The converted variable, None where it is not set."""
        if not self._environment.get(name, "").strip():
            return None
        return self.read(name, convert, None)

    def number(self, name: str, lowest: int, highest: int, default: str) -> int:
        """A whole number within bounds."""

        def convert(text: str) -> int:
            if not (text.isascii() and text.isdigit() and lowest <= int(text) <= highest):
                raise ValueError(f"must be a whole number from {lowest} to {highest}, is {text!r}")
            return int(text)

        return self.read(name, convert, lowest, default)

    def account(self, name: str) -> Credentials:
        """An account."""
        return self.read(name, credentials.resolve, Credentials("", ""))


def _common(role: str, reader: _Reader) -> Common:
    return Common(
        role=role,
        host=reader.read("WORKER_HOST", str, "", "0.0.0.0"),
        port=reader.number("WORKER_PORT", 1, 65535, "8080"),
        grace_s=float(reader.number("WORKER_GRACE_S", 1, 3600, "30")),
        log_level=reader.read("LOG_LEVEL", _log_level, "INFO", "INFO"),
        crash_at=reader.optional("WORKER_CRASH_AT", crash.parse),
        timings_file=reader.optional("WORKER_TIMINGS_FILE", Path),
    )


def _log_level(text: str) -> str:
    names = logging.getLevelNamesMapping()
    if text.upper() not in names:
        raise ValueError(f"must be one of {', '.join(names)}, is {text!r}")
    return text.upper()


def _broker(reader: _Reader) -> Broker:
    address = reader.read("BROKER_URL", addresses.broker, addresses.Broker("", 0, "", None))
    return Broker(address, reader.account("BROKER_CREDENTIALS"))


def _mysql(reader: _Reader) -> MySql:
    address = reader.read("MYSQL_URL", addresses.mysql, addresses.MySql("", 0, "", None))
    return MySql(address, reader.account("MYSQL_CREDENTIALS"))


def _documents(reader: _Reader) -> Documents:
    address = reader.read("DOCUMENTS_URL", addresses.documents, addresses.Documents("", ""))
    return Documents(address, reader.account("DOCUMENTS_CREDENTIALS"))


def _batching(reader: _Reader) -> Batching:
    size = reader.number("WORKER_BATCH_SIZE", 1, 2000, "100")
    return Batching(
        # Quorum queues take no prefetch above 2,000.
        prefetch=reader.number("WORKER_PREFETCH", 1, 2000, "200"),
        size=size,
        wait_s=reader.number("WORKER_BATCH_WAIT_MS", 0, 60_000, "10") / 1000,
        max_attempts=reader.number("WORKER_MAX_ATTEMPTS", 1, 1000, "5"),
    )


def _management_url(text: str) -> str:
    parts = addresses.split(text, ("http", "https"), "http(s)://HOST[:PORT]")
    return f"{parts.scheme}://{parts.netloc}"


def _migrate(reader: _Reader, common: Common) -> Migrate:
    return Migrate(
        common=common,
        broker=_broker(reader),
        mysql=_mysql(reader),
        documents=_documents(reader),
        management_url=reader.read("BROKER_MANAGEMENT_URL", _management_url, ""),
        broker_account=reader.account("BROKER_APP_CREDENTIALS"),
        mysql_account=reader.account("MYSQL_APP_CREDENTIALS"),
        documents_account=reader.account("DOCUMENTS_APP_CREDENTIALS"),
    )


_READERS: dict[str, Callable[[_Reader, Common], Settings]] = {
    "migrate": _migrate,
    "orders": lambda reader, common: Orders(common, _broker(reader), _mysql(reader), _batching(reader)),
    "outbox": lambda reader, common: Outbox(common, _broker(reader), _mysql(reader), _batching(reader)),
    "read_model": lambda reader, common: ReadModel(common, _broker(reader), _documents(reader), _batching(reader)),
    "pricing": lambda reader, common: Pricing(common),
}
