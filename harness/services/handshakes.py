"""The first exchange with each server, which shows that it serves and not only listens; most return its version.

They raise what the client library raises, which a wait takes for "not yet".
"""

import base64
import json
import socket
import ssl
import urllib.request
from typing import Any

import pika
import pymongo
import pymysql

from harness.services.endpoints import Broker, Documents, MySql, Sqs

_TIMEOUT_S = 5.0


def broker(server: Broker) -> str:
    """Opens an AMQP connection and a channel as the administrator."""
    return broker_at(server.url_for(server.admin))


def broker_at(url: str) -> str:
    """Opens a connection and a channel at an AMQP URL, which has the account in it."""
    parameters = pika.URLParameters(url)
    parameters.connection_attempts = 1
    parameters.socket_timeout = parameters.stack_timeout = parameters.blocked_connection_timeout = _TIMEOUT_S
    connection = pika.BlockingConnection(parameters)
    try:
        connection.channel().close()
        properties: dict[str, Any] = connection._impl.server_properties
    finally:
        connection.close()
    version = properties.get("version", b"")
    return version.decode() if isinstance(version, bytes) else str(version)


def management(server: Broker) -> bool:
    """Asks the management API who the administrator is."""
    token = base64.b64encode(f"{server.admin.username}:{server.admin.password}".encode()).decode()
    request = urllib.request.Request(f"{server.management_url}/api/whoami", headers={"Authorization": f"Basic {token}"})
    # An opener without proxies: the address is this machine's, or one that was named on purpose.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=_TIMEOUT_S) as answer:
        return bool(json.load(answer)["name"] == server.admin.username)


def mysql(server: MySql) -> str:
    """Logs in as the administrator and asks for the version and the schema."""
    with connect_mysql(server) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT VERSION()")
        row = cursor.fetchone()
    return str(row[0]) if row else ""


def connect_mysql(server: MySql, timeout_s: float = _TIMEOUT_S) -> "pymysql.connections.Connection[Any]":
    """A connection as the administrator. It waits `timeout_s` seconds for each answer."""
    return pymysql.connect(
        host=server.host,
        port=server.port,
        user=server.admin.username,
        password=server.admin.password,
        database=server.database,
        charset="utf8mb4",
        connect_timeout=int(_TIMEOUT_S),
        read_timeout=timeout_s,
        # Disabled in so many words: PyMySQL otherwise takes any encryption that is offered, and trusts anyone.
        ssl=ssl.create_default_context() if server.tls else None,
        ssl_disabled=not server.tls,
    )


def documents(server: Documents, timeout_s: float = _TIMEOUT_S) -> str:
    """Logs in as the administrator, writes and reads nothing, asks for the version."""
    with connect_documents(server, timeout_s) as client:
        client[server.database].list_collection_names()
        return str(client.admin.command("buildInfo")["version"])


def connect_documents(server: Documents, timeout_s: float = _TIMEOUT_S) -> "pymongo.MongoClient[dict[str, Any]]":
    """A client as the administrator. It waits `timeout_s` seconds for each answer."""
    # Fails at once where nobody listens; a client would go on trying at intervals of its own.
    socket.create_connection((server.host, server.port), timeout_s).close()
    return pymongo.MongoClient(
        server.url,
        username=server.admin.username or None,
        password=server.admin.password or None,
        retryWrites=False,
        serverSelectionTimeoutMS=int(timeout_s * 1000),
        connectTimeoutMS=int(timeout_s * 1000),
        socketTimeoutMS=int(timeout_s * 1000),
    )


def sqs(server: Sqs) -> bool:
    """Lists the queues, by one unsigned request of the JSON protocol; any answer of the API will do."""
    request = urllib.request.Request(
        server.endpoint_url,
        data=b"{}",
        headers={
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": "AmazonSQS.ListQueues",
            "Authorization": (
                "AWS4-HMAC-SHA256 Credential=test/20200101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0"
            ),
        },
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=_TIMEOUT_S) as answer:
        return isinstance(json.load(answer), dict)
