"""Where the servers of a run listen, and who may administer them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

DATABASE = "orders"
"""Name of the MySQL schema and of the document database."""


@dataclass(frozen=True)
class Credentials:
    """An account of one server."""

    username: str
    password: str = field(repr=False)

    def as_dict(self) -> dict[str, str]:
        """The form of a secret: {"username", "password"}."""
        return {"username": self.username, "password": self.password}


@dataclass(frozen=True)
class Broker:
    """A RabbitMQ; `management_url` is http(s)://host:port without a trailing slash.

    `tick_s` is how often, in seconds, a quorum queue publishes its figures: RabbitMQ's own default unless we set it.
    """

    host: str
    port: int
    management_url: str
    virtual_host: str
    admin: Credentials
    tick_s: float = 5.0

    @property
    def url(self) -> str:
        """Its AMQP address, without an account."""
        return self.url_for(None)

    def url_for(self, account: Credentials | None) -> str:
        """Its AMQP address, with an account."""
        return f"amqp://{_who(account)}{self.host}:{self.port}/{quote(self.virtual_host, safe='')}"


@dataclass(frozen=True)
class MySql:
    """A MySQL or MariaDB server and the name of our schema on it, which exists and is empty."""

    host: str
    port: int
    database: str
    admin: Credentials
    tls: bool = False

    @property
    def url(self) -> str:
        """Its address, without an account."""
        return self.url_for(None)

    def url_for(self, account: Credentials | None) -> str:
        """Its address, with an account."""
        return f"mysql://{_who(account)}{self.host}:{self.port}/{self.database}?tls={str(self.tls).lower()}"


@dataclass(frozen=True)
class Documents:
    """A server of MongoDB's wire protocol; `options` belong into the query of its URL."""

    host: str
    port: int
    database: str
    admin: Credentials
    options: Mapping[str, str] = field(
        default_factory=lambda: {"directConnection": "true", "retryWrites": "false", "authSource": "admin"}
    )

    @property
    def url(self) -> str:
        """Its address, without an account."""
        return self.url_for(None)

    def url_for(self, account: Credentials | None) -> str:
        """Its address, with an account."""
        return f"mongodb://{_who(account)}{self.host}:{self.port}/{self.database}?{urlencode(self.options)}"


@dataclass(frozen=True)
class Sqs:
    """An endpoint that speaks the SQS API, for requests of any region."""

    endpoint_url: str


@dataclass(frozen=True)
class Endpoints:
    """The servers of a run. `kind` is containers, native or external; `versions` has the version of each product."""

    broker: Broker
    mysql: MySql
    documents: Documents
    sqs: Sqs
    kind: str
    versions: Mapping[str, str]


def _who(account: Credentials | None) -> str:
    return f"{quote(account.username, safe='')}:{quote(account.password, safe='')}@" if account else ""
