"""Real servers for the tests that are marked `servers`: started once a session, migrated, and ended with it.

They are native ones unless HARNESS_TEST_SERVICES names another kind, such as containers.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from harness.cloud import queues
from harness.fleet import Fleet
from harness.process import Guard
from harness.scenario import addresses as logical
from harness.services import Endpoints, start
from harness.stack import Stack, load

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def stack() -> Stack:
    """The local stack description."""
    return load(ROOT / "terraform" / "stack.local.json")


@pytest.fixture(scope="session")
def guard() -> Iterator[Guard]:
    """The guard of the session's own servers."""
    with Guard() as guard:
        yield guard


@pytest.fixture(scope="session")
def servers(guard: Guard) -> Iterator[Endpoints]:
    """Freshly started servers, empty."""
    kind = os.environ.get("HARNESS_TEST_SERVICES", "native")
    with start(kind, guard=guard, folder=guard.folder / "servers", progress=print) as endpoints:
        yield endpoints


@pytest.fixture(scope="session")
def queue_urls(servers: Endpoints, stack: Stack) -> Mapping[str, str]:
    """The stack's SQS queues by logical name."""
    return queues.create(servers.sqs.endpoint_url, stack)


@pytest.fixture(scope="session")
def accounts() -> logical.Accounts:
    """The application's accounts, which the migration makes."""
    return logical.Accounts.fresh()


@pytest.fixture(scope="session")
def addresses(
    servers: Endpoints,
    accounts: logical.Accounts,
    queue_urls: Mapping[str, str],
    stack: Stack,
    guard: Guard,
    tmp_path_factory: pytest.TempPathFactory,
) -> Mapping[str, str]:
    """The stack's logical addresses (`broker.url`, …), resolved to the session's migrated servers."""
    resolved = logical.resolve(
        servers, accounts, broker_port=servers.broker.port, queue_urls=queue_urls, pricing_url="http://127.0.0.1:9"
    )
    with Fleet(stack, resolved, guard, tmp_path_factory.mktemp("migrate"), ROOT) as fleet:
        fleet.run_job("migrate")
    return resolved


@pytest.fixture(scope="session")
def endpoints(servers: Endpoints, addresses: Mapping[str, str]) -> Endpoints:
    """The session's servers, migrated."""
    return servers
