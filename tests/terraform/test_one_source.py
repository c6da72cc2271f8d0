"""What is changed in Terraform, the replay does: the same edit, planned, run by the local cloud and the fleet."""

import base64
import json
import socket
import threading
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
import uvloop

from harness.cloud.config import Config
from harness.cloud.issuer import Issuer
from harness.cloud.local_cloud import LocalCloud
from harness.delivery import stack_files
from harness.fleet import Fleet
from harness.process import Guard
from harness.services import Endpoints
from harness.stack import Stack, load
from tests.harness.cloud.workbench import Answer, http

ROOT = Path(__file__).parents[2]
TERRAFORM = ROOT / "terraform"
LOCAL = "envs/local.tfvars"
REGISTRATION = json.dumps({"name": "Ada", "email": "ada@example.com"}).encode()

pytestmark = pytest.mark.servers


@pytest.fixture
def changed(edited: Callable[..., Path], build: Path) -> Stack:
    """The local stack after one edit each of a timeout, a route, a throttle and a prefetch."""
    edited(
        LOCAL,
        ("users           = { memory_mb = 256, timeout_s = 10", "users           = { memory_mb = 256, timeout_s = 1"),
        ('"POST /v1/users" = { rate_per_s = 50, burst = 50 }', '"POST /v1/users" = { rate_per_s = 0.01, burst = 2 }'),
        ("prefetch      = 200", "prefetch      = 137"),
    )
    source = edited(
        "variables.tf",
        (
            '"GET /v1/health"              = { function = "queries", authorization = "none" }',
            '"GET /v1/health"              = { function = "queries", authorization = "jwt" }',
        ),
    )
    file = stack_files.plan(source, "local", build, progress=print)
    file.write()
    return load(file.path)


@pytest.fixture
def silent_server() -> Iterator[int]:
    """The port of a server that accepts and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def answers(stack: Stack, addresses: Mapping[str, str], logs: Path, *requests: tuple[str, str, bytes]) -> list[Answer]:
    """The gateway's answers to (method, path, body), one after the other, each from a new user with a token or none."""
    issuer = Issuer(stack.api.jwt.issuer, stack.api.jwt.audience[0])
    config = Config(
        stack=stack,
        references=addresses,
        environment={},
        code_folder=ROOT / "lambda_src",
        root=ROOT,
        log_folder=logs,
        jwks=issuer.jwks(),
        event_sources=False,
    )

    async def run() -> list[Answer]:
        async with LocalCloud(config) as cloud:
            got = []
            for number, (method, path, body) in enumerate(requests):
                headers = {"content-type": "application/json", "idempotency-key": f"key-{number:08}"}
                if method == "POST":
                    headers["authorization"] = f"Bearer {issuer.token(f'one-source-{number}')}"
                got.append(await http(cloud.gateway_url, method, path, headers, body))
            return got

    return uvloop.run(run())


def test_a_timeout_a_route_and_a_throttle_are_followed(
    changed: Stack, stack: Stack, addresses: Mapping[str, str], silent_server: int, tmp_path: Path
) -> None:
    mute = {**addresses, "mysql.url": f"mysql://127.0.0.1:{silent_server}/orders?tls=false"}
    requests = [("GET", "/v1/health", b""), *[("POST", "/v1/users", REGISTRATION)] * 3]

    # As it is: health needs no token, and MySQL's silence is noticed by the function itself, three times.
    before = answers(stack, mute, tmp_path / "before", *requests)
    assert [answer.status for answer in before] == [200, 503, 503, 503]
    assert all("application/problem+json" in (answer.header("content-type") or "") for answer in before[1:])

    # Changed: it needs one, the function is killed at its timeout (the gateway's own 500), the third request refused.
    after = answers(changed, mute, tmp_path / "after", *requests)
    assert [answer.status for answer in after] == [401, 500, 500, 429]
    assert [answer.json for answer in after[1:3]] == [{"message": "Internal Server Error"}] * 2


def test_a_prefetch_is_followed(
    changed: Stack, stack: Stack, endpoints: Endpoints, addresses: Mapping[str, str], guard: Guard, tmp_path: Path
) -> None:
    def prefetch(described: Stack) -> set[int]:
        with Fleet(described, addresses, guard, tmp_path / "logs", ROOT) as fleet:
            fleet.start("orders", 1)
            return consumers(endpoints, "order-commands")

    assert prefetch(stack) == {200}
    assert prefetch(changed) == {137}


def consumers(endpoints: Endpoints, queue: str) -> set[int]:
    """The prefetch of every consumer of `queue`, as RabbitMQ itself says."""
    admin = endpoints.broker.admin
    account = base64.b64encode(f"{admin.username}:{admin.password}".encode()).decode()
    request = urllib.request.Request(
        f"{endpoints.broker.management_url}/api/consumers/%2F", headers={"authorization": f"Basic {account}"}
    )
    # The management API learns of a consumer a moment after the worker does.
    for _ in range(100):
        with urllib.request.urlopen(request, timeout=5) as answer:
            found = {each["prefetch_count"] for each in json.load(answer) if each["queue"]["name"] == queue}
        if found:
            return found
        threading.Event().wait(0.1)
    return set()
