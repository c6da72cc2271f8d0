"""Configuration from environment variables, parsed once, when the environment starts."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from shared.credentials import CredentialSource
from shared.errors import ConfigError

Variables = Mapping[str, str]


@dataclass(frozen=True)
class Tls:
    """Encryption to a server. `ca_file` is a path of PEM certificates; None takes the system's."""

    ca_file: str | None = None


@dataclass(frozen=True)
class BrokerConfig:
    """Where RabbitMQ is. `tls` None: plain."""

    host: str
    port: int
    virtual_host: str
    tls: Tls | None
    credentials: CredentialSource


@dataclass(frozen=True)
class MySqlConfig:
    """Where MySQL is. `tls` None: plain."""

    host: str
    port: int
    database: str
    tls: Tls | None
    credentials: CredentialSource


@dataclass(frozen=True)
class DocumentsConfig:
    """Where the read model is: a MongoDB connection string without credentials, with its options, and the database."""

    url: str
    database: str
    credentials: CredentialSource


@dataclass(frozen=True)
class PricingConfig:
    """Where the pricing service is, and the seconds within which it must have answered."""

    tls: bool
    host: str
    port: int
    path: str
    deadline_s: float


def broker(variables: Variables) -> BrokerConfig:
    """From BROKER_URL (`amqp[s]://host:port/vhost`, the vhost percent-encoded) and BROKER_CREDENTIALS."""
    url = _url(variables, "BROKER_URL", ("amqp", "amqps"))
    tls = url.scheme == "amqps"
    return BrokerConfig(
        host=_host(url, "BROKER_URL"),
        port=url.port or (5671 if tls else 5672),
        virtual_host=unquote(url.path[1:]) or "/",
        tls=Tls(_option(url, "tls_ca")) if tls else None,
        credentials=_credentials(variables, "BROKER_CREDENTIALS"),
    )


def mysql(variables: Variables) -> MySqlConfig:
    """From MYSQL_URL (`mysql://host:port/database?tls=true&tls_ca=/path`) and MYSQL_CREDENTIALS."""
    url = _url(variables, "MYSQL_URL", ("mysql",))
    tls = _option(url, "tls") or "false"
    if tls not in ("true", "false"):
        raise ConfigError(f"MYSQL_URL: tls is {tls!r}; write tls=true or tls=false")
    database = unquote(url.path[1:])
    if not database:
        raise ConfigError("MYSQL_URL names no database; write mysql://host:port/database")
    return MySqlConfig(
        host=_host(url, "MYSQL_URL"),
        port=url.port or 3306,
        database=database,
        tls=Tls(_option(url, "tls_ca")) if tls == "true" else None,
        credentials=_credentials(variables, "MYSQL_CREDENTIALS"),
    )


def documents(variables: Variables) -> DocumentsConfig:
    """From DOCUMENTS_URL (`mongodb://host:port/database?options`) and DOCUMENTS_CREDENTIALS."""
    url = required(variables, "DOCUMENTS_URL")
    scheme, _, rest = url.partition("://")
    database = unquote(rest.partition("/")[2].partition("?")[0])
    if scheme not in ("mongodb", "mongodb+srv") or not database:
        raise ConfigError("DOCUMENTS_URL names no database; write mongodb://host:port/database?options")
    return DocumentsConfig(url, database, _credentials(variables, "DOCUMENTS_CREDENTIALS"))


def pricing(variables: Variables) -> PricingConfig:
    """From PRICING_URL (`http[s]://host:port[/prefix]`) and PRICING_DEADLINE_S."""
    url = _url(variables, "PRICING_URL", ("http", "https"))
    tls = url.scheme == "https"
    return PricingConfig(
        tls=tls,
        host=_host(url, "PRICING_URL"),
        port=url.port or (443 if tls else 80),
        path=url.path.rstrip("/") + "/v1/price",
        deadline_s=seconds(variables, "PRICING_DEADLINE_S"),
    )


def required(variables: Variables, name: str) -> str:
    """The value of `name`. Raises ConfigError where it is missing or empty."""
    value = variables.get(name, "")
    if not value:
        raise ConfigError(f"environment variable {name} is not set")
    return value


def seconds(variables: Variables, name: str) -> float:
    """A positive, finite number of seconds. Raises ConfigError for anything else."""
    text = required(variables, name)
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise ConfigError(f"{name} is {text!r}; write a number of seconds above 0, such as 1.5")
    return value


def _url(variables: Variables, name: str, schemes: tuple[str, ...]) -> SplitResult:
    try:
        url = urlsplit(required(variables, name))
        _ = url.port  # parsed on access
    except ValueError as error:
        raise ConfigError(f"{name} is no URL: {error}") from None
    if url.scheme not in schemes:
        raise ConfigError(f"{name} begins with {url.scheme or 'nothing'}://; write {'://… or '.join(schemes)}://…")
    if url.password is not None:
        raise ConfigError(f"{name} holds a password; credentials go into their own variable")
    return url


def _host(url: SplitResult, name: str) -> str:
    if not url.hostname:
        raise ConfigError(f"{name} names no host")
    return url.hostname


def _option(url: SplitResult, name: str) -> str | None:
    values = parse_qs(url.query).get(name)
    return values[-1] if values else None


def _credentials(variables: Variables, name: str) -> CredentialSource:
    return CredentialSource(name, required(variables, name))
