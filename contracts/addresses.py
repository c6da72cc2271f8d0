"""Addresses of servers: URLs without an account, read by functions and workers in the same way.

RabbitMQ   amqps://HOST[:PORT]/VIRTUAL_HOST[?tls_ca=FILE]; amqp:// without encryption
MySQL      mysql://HOST[:PORT]/DATABASE[?tls_ca=FILE], or ?tls=false without encryption
Documents  mongodb://HOST[:PORT][,…]/DATABASE[?OPTIONS]; the options, encryption included, are MongoDB's own

`tls_ca` names a file of PEM certificates that the server's is checked against, in place of the system's.
"""

import os.path
import ssl
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

_BROKER = "amqp(s)://HOST[:PORT]/VIRTUAL_HOST[?tls_ca=FILE], with %2F for the virtual host /"
_MYSQL = "mysql://HOST[:PORT]/DATABASE[?tls=true|false&tls_ca=FILE]"
_DOCUMENTS = "mongodb://HOST[:PORT][,…]/DATABASE[?OPTIONS]"


@dataclass(frozen=True)
class Tls:
    """Encryption to a server that proves who it is. `ca_file` is a path of PEM certificates; None: the system's."""

    ca_file: str | None = None

    def context(self) -> ssl.SSLContext:
        """A context that checks certificate and host name."""
        return ssl.create_default_context(cafile=self.ca_file)


@dataclass(frozen=True)
class Broker:
    """Where RabbitMQ is. `tls` None: plain."""

    host: str
    port: int
    virtual_host: str
    tls: Tls | None


@dataclass(frozen=True)
class MySql:
    """Where MySQL is. `tls` None: plain."""

    host: str
    port: int
    database: str
    tls: Tls | None


@dataclass(frozen=True)
class Documents:
    """Where the document database is: a MongoDB URL with everything but the account, and the database in it."""

    url: str
    database: str


def broker(text: str) -> Broker:
    """RabbitMQ's address. Raises ValueError that says what to write."""
    parts = split(text, ("amqp", "amqps"), _BROKER)
    encrypted = parts.scheme == "amqps"
    tls = _tls(encrypted, _options(parts, "tls_ca"))
    virtual_host = unquote(parts.path[1:]) or "/"
    return Broker(parts.hostname or "", parts.port or (5671 if encrypted else 5672), virtual_host, tls)


def mysql(text: str) -> MySql:
    """MySQL's address. Raises ValueError that says what to write."""
    parts = split(text, ("mysql",), _MYSQL)
    database = unquote(parts.path[1:])
    if not database:
        raise ValueError(f"must name the database: {_MYSQL}")
    options = _options(parts, "tls", "tls_ca")
    # Encrypted unless told: on AWS the server stands in another subnet.
    encrypted = options.get("tls", "true")
    if encrypted not in ("true", "false"):
        raise ValueError(f"tls must be true or false, is {encrypted!r}")
    return MySql(parts.hostname or "", parts.port or 3306, database, _tls(encrypted == "true", options))


def documents(text: str) -> Documents:
    """The document database's address. Raises ValueError that says what to write."""
    _refuse_account(text, _DOCUMENTS)
    # It may list several hosts, which urlsplit takes for one; the client parses it in full.
    parts = urlsplit(text)
    database = unquote(parts.path[1:])
    if parts.scheme not in ("mongodb", "mongodb+srv") or not parts.netloc:
        raise ValueError(f"must be {_DOCUMENTS}")
    if not database:
        raise ValueError(f"must name the database: {_DOCUMENTS}")
    if "authsource=" not in parts.query.lower():
        # DocumentDB keeps its users there. A client would look for them in the database that the URL names.
        parts = parts._replace(query="&".join(filter(None, (parts.query, "authSource=admin"))))
    return Documents(parts.geturl(), database)


def split(text: str, schemes: tuple[str, ...], form: str) -> SplitResult:
    """The parts of a URL with a host and a valid port, if any. Raises ValueError that says `form`."""
    _refuse_account(text, form)
    parts = urlsplit(text)
    if parts.scheme not in schemes or not parts.hostname:
        raise ValueError(f"must be {form}")
    _ = parts.port  # parsed on access
    return parts


def _refuse_account(text: str, form: str) -> None:
    if "@" in text:
        raise ValueError(f"must hold no account (that goes into …_CREDENTIALS); {form}")


def _options(parts: SplitResult, *allowed: str) -> dict[str, str]:
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if unknown := options.keys() - set(allowed):
        raise ValueError(f"unknown option {', '.join(sorted(unknown))}; allowed: {', '.join(allowed)}")
    return options


def _tls(encrypted: bool, options: dict[str, str]) -> Tls | None:
    ca_file = options.get("tls_ca")
    if ca_file is not None and not encrypted:
        raise ValueError("tls_ca: nothing is checked without encryption")
    if ca_file is not None and not os.path.isfile(ca_file):
        raise ValueError(f"tls_ca: there is no file {ca_file}")
    return Tls(ca_file) if encrypted else None
