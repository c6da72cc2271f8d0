"""A world of its own for each module of server tests: a virtual host, a schema and a document database, migrated."""

import base64
import json
import secrets
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pika
import pymongo
import pymysql
import pytest
from pika.adapters.blocking_connection import BlockingChannel

from contracts import identity, messages, topology
from contracts.messages import Envelope
from harness import stack as stacks
from harness.fleet import Fleet
from harness.fleet.environment import environment
from harness.process import Guard, hold_port
from harness.services import Credentials, Endpoints
from harness.stack import Stack
from worker import settings

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class World:
    """Servers with everything in place, and ways to look at them as administrator."""

    endpoints: Endpoints
    app: Credentials
    stack: Stack
    guard: Guard
    folder: Path

    @property
    def references(self) -> dict[str, str]:
        """The logical addresses that workers refer to."""
        servers = self.endpoints
        app = json.dumps(self.app.as_dict())
        return {
            "broker.url": servers.broker.url,
            "broker.credentials": app,
            "broker.admin_credentials": json.dumps(servers.broker.admin.as_dict()),
            "broker.management_url": servers.broker.management_url,
            "mysql.url": servers.mysql.url,
            "mysql.direct_url": servers.mysql.url,
            "mysql.credentials": app,
            "mysql.admin_credentials": json.dumps(servers.mysql.admin.as_dict()),
            "documents.url": servers.documents.url,
            "documents.credentials": app,
            "documents.admin_credentials": json.dumps(servers.documents.admin.as_dict()),
        }

    def fleet(self, **references: str) -> Fleet:
        """A fleet on these servers; `references` replaces addresses, with _ for the dot."""
        replaced = {name.replace("_", ".", 1): value for name, value in references.items()}
        folder = self.folder / secrets.token_hex(3)
        return Fleet(self.stack, {**self.references, **replaced}, self.guard, folder, ROOT)

    def settings(self, role: str, **variables: str) -> Any:
        """The settings of a role, for tests that run its parts in this process."""
        with hold_port() as held:
            read = environment(
                role, self.stack.workers[role], self.references, root=ROOT, host="127.0.0.1", port=held.port
            )
        return settings.parse(role, {**read, **variables})

    @cached_property
    def mysql(self) -> "pymysql.connections.Connection[pymysql.cursors.Cursor]":
        """A connection as administrator; every query sees the present."""
        server = self.endpoints.mysql
        return pymysql.connect(
            host=server.host,
            port=server.port,
            user=server.admin.username,
            password=server.admin.password,
            database=server.database,
            autocommit=True,
        )

    def rows(self, query: str, *arguments: object) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with self.mysql.cursor() as cursor:
            cursor.execute(query, arguments)
            return list(cursor.fetchall())

    @cached_property
    def documents(self) -> Any:
        """The document database as administrator."""
        server = self.endpoints.documents
        client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(
            server.url, username=server.admin.username, password=server.admin.password
        )
        return client[server.database]

    def channel(self) -> BlockingChannel:
        """A fresh channel as administrator, with confirms."""
        parameters = pika.URLParameters(self.endpoints.broker.url_for(self.endpoints.broker.admin))
        channel = pika.BlockingConnection(parameters).channel()
        channel.confirm_delivery()
        return channel

    def publish(self, *envelopes: Envelope | bytes, exchange: str = topology.COMMANDS) -> None:
        """Publishes messages; bytes go as they are, with the routing key of a place."""
        channel = self.channel()
        for envelope in envelopes:
            if isinstance(envelope, bytes):
                channel.basic_publish(exchange, messages.PLACE, envelope, pika.BasicProperties(delivery_mode=2))
            else:
                properties = pika.BasicProperties(
                    message_id=envelope.message_id, type=envelope.type, delivery_mode=2, content_type="application/json"
                )
                channel.basic_publish(exchange, envelope.type, messages.encode(envelope), properties, mandatory=True)
        channel.connection.close()

    def depth(self, queue: str) -> int:
        """Messages that are ready in a queue."""
        channel = self.channel()
        try:
            return int(channel.queue_declare(queue, passive=True).method.message_count)
        finally:
            channel.connection.close()

    def drain(self, queue: str) -> list[tuple[dict[str, Any], bytes]]:
        """Takes all messages out of a queue: their headers and bodies."""
        channel = self.channel()
        taken = []
        while (answer := channel.basic_get(queue, auto_ack=True))[0] is not None:
            taken.append((answer[1].headers or {}, answer[2]))
        channel.connection.close()
        return taken

    @staticmethod
    def eventually(probe: Callable[[], object], *, within_s: float = 30.0) -> None:
        """Waits until `probe` returns something true."""
        deadline = time.monotonic() + within_s
        while not probe():
            assert time.monotonic() < deadline, f"not within {within_s:g} s"
            time.sleep(0.05)

    @staticmethod
    def place(user: str, key: str, **lines: int) -> Envelope:
        """The command to place an order, of `SKU_0001=2` and the like."""
        asked = [{"sku": sku.replace("_", "-"), "quantity": quantity} for sku, quantity in lines.items()]
        return messages.command(messages.PLACE, user, key, {"order_id": identity.order_id(user, key), "lines": asked})

    @staticmethod
    def cancel(user: str, key: str) -> Envelope:
        """The command to cancel it."""
        order_id = identity.order_id(user, key)
        return messages.command(messages.CANCEL, user, order_id, {"order_id": order_id})

    def assert_conserved(self) -> None:
        """Stock and outcomes add up: what the system promises, whatever was done to it."""
        assert (
            self.rows(
                "SELECT p.sku FROM products p WHERE stock <> (SELECT SUM(quantity) FROM stock_movements m"
                " WHERE m.sku = p.sku) OR initial_stock <> stock + (SELECT COALESCE(SUM(l.quantity), 0) FROM orders o"
                " JOIN order_lines l USING (order_id) WHERE o.status = 'CONFIRMED' AND l.sku = p.sku)"
            )
            == []
        )
        assert (
            self.rows(
                "SELECT o.order_id FROM orders o WHERE"
                " version <> (SELECT COUNT(*) FROM outbox e WHERE e.order_id = o.order_id)"
                " OR NOT EXISTS (SELECT 1 FROM inbox i WHERE i.order_id = o.order_id)"
            )
            == []
        )


@pytest.fixture(scope="module")
def world(endpoints: Endpoints, guard: Guard, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    name = f"t{secrets.token_hex(4)}"
    admin = endpoints.broker.admin
    _manage(endpoints, "PUT", f"/api/vhosts/{name}", {})
    everything = {"configure": ".*", "write": ".*", "read": ".*"}
    _manage(endpoints, "PUT", f"/api/permissions/{name}/{quote(admin.username, safe='')}", everything)
    own = replace(
        endpoints,
        broker=replace(endpoints.broker, virtual_host=name),
        mysql=replace(endpoints.mysql, database=name),
        documents=replace(endpoints.documents, database=name),
    )
    world = World(
        endpoints=own,
        app=Credentials(f"app_{name}", secrets.token_hex(8)),
        stack=stacks.load(ROOT / "terraform" / "stack.local.json"),
        guard=guard,
        folder=tmp_path_factory.mktemp("world"),
    )
    with world.fleet() as fleet:
        fleet.run_job("migrate")
    yield world
    world.documents.client.drop_database(name)
    world.documents.client.close()
    world.rows(f"DROP DATABASE {name}")
    world.mysql.close()
    _manage(endpoints, "DELETE", f"/api/vhosts/{name}", {})


def _manage(endpoints: Endpoints, method: str, path: str, value: dict[str, str]) -> None:
    admin = endpoints.broker.admin
    token = base64.b64encode(f"{admin.username}:{admin.password}".encode()).decode()
    request = urllib.request.Request(
        endpoints.broker.management_url + path,
        data=json.dumps(value).encode(),
        headers={"Authorization": f"Basic {token}", "Content-Type": "application/json"},
        method=method,
    )
    urllib.request.urlopen(request, timeout=10).close()
