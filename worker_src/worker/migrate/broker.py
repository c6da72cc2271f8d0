"""RabbitMQ: the topology, by AMQP, and the application's account, by the management API."""

import base64
import json
import re
import urllib.error
import urllib.request
from urllib.parse import quote

import pika
import pika.exceptions

from contracts import topology
from worker.errors import Misconfigured, Unavailable
from worker.settings import Broker, Migrate

_LIMIT_S = 10.0


def declare(broker: Broker) -> None:
    """Declares the topology. Raises Unavailable, or Misconfigured where a queue exists with other arguments."""
    address, account = broker.address, broker.account
    place = f"RabbitMQ at {address.host}:{address.port}"
    try:
        connection = pika.BlockingConnection(
            pika.ConnectionParameters(
                host=address.host,
                port=address.port,
                virtual_host=address.virtual_host,
                credentials=pika.PlainCredentials(account.username, account.password),
                ssl_options=pika.SSLOptions(address.tls.context(), address.host) if address.tls else None,
                socket_timeout=_LIMIT_S,
                stack_timeout=_LIMIT_S,
                blocked_connection_timeout=_LIMIT_S,
            )
        )
    except (pika.exceptions.ProbableAuthenticationError, pika.exceptions.ProbableAccessDeniedError) as error:
        raise Misconfigured(f"{place} refuses the administrator: correct BROKER_CREDENTIALS ({error})") from error
    except (pika.exceptions.AMQPError, OSError) as error:
        raise Unavailable(f"{place}: {error!r}") from error
    try:
        channel = connection.channel()
        for exchange in topology.TOPOLOGY.exchanges:
            channel.exchange_declare(exchange.name, exchange.type, durable=True)
        for queue in topology.TOPOLOGY.queues:
            channel.queue_declare(queue.name, durable=True, arguments=dict(queue.arguments))
        for binding in topology.TOPOLOGY.bindings:
            channel.queue_bind(binding.queue, binding.exchange, binding.routing_key)
        connection.close()
    except pika.exceptions.ChannelClosedByBroker as error:
        raise Misconfigured(
            f"{place}: {error.reply_text}: what exists differs from contracts/topology.py; "
            "drain and delete it, or give the new one another name"
        ) from error
    except (pika.exceptions.AMQPError, OSError) as error:
        raise Unavailable(f"{place}: {error!r}") from error


def permissions() -> dict[str, str]:
    """What the application may do: declare nothing, publish to our exchanges, read from the work queues.

    `amq.default` is the default exchange, by which retries reach their queue.
    """
    exchanges = [exchange.name for exchange in topology.TOPOLOGY.exchanges] + ["amq.default"]
    return {"configure": "^$", "write": _any_of(exchanges), "read": _any_of(topology.WORK_QUEUES)}


def _any_of(names: "list[str] | tuple[str, ...]") -> str:
    return f"^({'|'.join(re.escape(name).replace(chr(92) + '-', '-') for name in names)})$"


def create_account(settings: Migrate) -> None:
    """Makes the application's account, sets its password and its permissions. Raises Unavailable or Misconfigured."""
    account = settings.broker_account
    if account.username == settings.broker.account.username:
        raise Misconfigured(
            "BROKER_APP_CREDENTIALS name the administrator: the application needs an account of its own"
        )
    user = quote(account.username, safe="")
    virtual_host = quote(settings.broker.address.virtual_host, safe="")
    # KEDA asks the management API for queue lengths as this account; the tag shows it what its permissions let it see.
    _put(settings, f"/api/users/{user}", {"password": account.password, "tags": "management"})
    _put(settings, f"/api/permissions/{virtual_host}/{user}", permissions())


def _put(settings: Migrate, path: str, value: dict[str, str]) -> None:
    administrator = settings.broker.account
    token = base64.b64encode(f"{administrator.username}:{administrator.password}".encode()).decode()
    request = urllib.request.Request(
        settings.management_url + path,
        data=json.dumps(value).encode(),
        headers={"Authorization": f"Basic {token}", "Content-Type": "application/json"},
        method="PUT",
    )
    try:
        with urllib.request.urlopen(request, timeout=_LIMIT_S):
            return
    except urllib.error.HTTPError as error:
        message = f"{settings.management_url}{path}: {error.code} {error.reason}"
        if error.code >= 500:
            raise Unavailable(message) from error
        raise Misconfigured(f"{message}: correct BROKER_MANAGEMENT_URL and BROKER_CREDENTIALS") from error
    except OSError as error:
        raise Unavailable(f"{settings.management_url}: {error}") from error
