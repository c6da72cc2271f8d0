"""Configuration from environment variables, parsed once, when the environment starts."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import SplitResult

from contracts import addresses
from shared.credentials import CredentialSource
from shared.errors import ConfigError

Variables = Mapping[str, str]

T = TypeVar("T")


@dataclass(frozen=True)
class BrokerConfig:
    """Where RabbitMQ is, and who we are there."""

    address: addresses.Broker
    credentials: CredentialSource


@dataclass(frozen=True)
class MySqlConfig:
    """Where MySQL is, and who we are there."""

    address: addresses.MySql
    credentials: CredentialSource


@dataclass(frozen=True)
class DocumentsConfig:
    """Where the read model is, and who we are there."""

    address: addresses.Documents
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
    """From BROKER_URL (see contracts.addresses) and BROKER_CREDENTIALS."""
    return BrokerConfig(_read(variables, "BROKER_URL", addresses.broker), _credentials(variables, "BROKER_CREDENTIALS"))


def mysql(variables: Variables) -> MySqlConfig:
    """From MYSQL_URL (see contracts.addresses) and MYSQL_CREDENTIALS."""
    return MySqlConfig(_read(variables, "MYSQL_URL", addresses.mysql), _credentials(variables, "MYSQL_CREDENTIALS"))


def documents(variables: Variables) -> DocumentsConfig:
    """From DOCUMENTS_URL (see contracts.addresses) and DOCUMENTS_CREDENTIALS."""
    return DocumentsConfig(
        _read(variables, "DOCUMENTS_URL", addresses.documents), _credentials(variables, "DOCUMENTS_CREDENTIALS")
    )


def pricing(variables: Variables) -> PricingConfig:
    """From PRICING_URL (`http[s]://host:port[/prefix]`) and PRICING_DEADLINE_S."""
    url = _read(variables, "PRICING_URL", _http)
    tls = url.scheme == "https"
    return PricingConfig(
        tls=tls,
        host=url.hostname or "",
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


def _read(variables: Variables, name: str, convert: Callable[[str], T]) -> T:
    text = required(variables, name)
    try:
        return convert(text)
    except ValueError as error:
        raise ConfigError(f"{name}: {error}") from None


def _http(text: str) -> SplitResult:
    return addresses.split(text, ("http", "https"), "http(s)://HOST[:PORT][/PREFIX]")


def _credentials(variables: Variables, name: str) -> CredentialSource:
    return CredentialSource(name, required(variables, name))
