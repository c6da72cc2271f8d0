"""Everything that a rehearsal needs before the first user comes: servers, relay, queues, schema, cloud and workers."""

import json
import os
import select
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, build_opener

from harness import services
from harness.cloud import queues
from harness.cloud.issuer import Issuer
from harness.faults.relay import Relay
from harness.fleet import Fleet
from harness.process import PIPE, Child, Guard
from harness.scenario import addresses
from harness.scenario.addresses import Accounts
from harness.scenario.errors import RunError
from harness.services import Endpoints
from harness.stack import Stack

ROOT = Path(__file__).resolve().parents[2]
_READY_LIMIT_S = 60.0
_ADMIN_LIMIT_S = 5.0
_DIRECT = build_opener(ProxyHandler({}))  # no proxy leads to this machine's loopback address
# The emulator takes any keys; without any, boto3 would look for those of the person at the keyboard.
DUMMY_KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}

Phase = Callable[[str], None]


@dataclass(frozen=True)
class Cloud:
    """The handle of the local cloud's process."""

    child: Child
    gateway_url: str
    admin_url: str

    def stats(self) -> dict[str, Any]:
        """What it has counted so far: {"functions", "event_sources", "gateway"}. RunError where it does not answer."""
        try:
            with _DIRECT.open(f"{self.admin_url}/stats", timeout=_ADMIN_LIMIT_S) as answer:
                counted: dict[str, Any] = json.load(answer)
        except (OSError, HTTPException, ValueError) as error:
            state = f"{self.child.describe()}\n{self.child.tail()}"
            raise RunError(f"the local cloud does not answer ({error}): {state}".rstrip()) from error
        return counted


@dataclass(frozen=True)
class Stage:
    """What is up. `addresses` are the stack's logical addresses, resolved."""

    stack: Stack
    endpoints: Endpoints
    queue_urls: Mapping[str, str]
    addresses: Mapping[str, str]
    issuer: Issuer
    relay: Relay
    fleet: Fleet
    cloud: Cloud

    def check(self) -> None:
        """Raises RunError where a part of the harness itself has ended: what comes after it would prove nothing."""
        for child in (self.cloud.child, self.relay.child):
            if not child.alive():
                state = f"{child.describe()}\n{child.tail()}".rstrip()
                raise RunError(f"the harness's own {child.name} is gone in the middle of the run: {state}")


@contextmanager
def prepare(
    stack: Stack,
    stack_path: Path,
    *,
    kind: str,
    workers: Mapping[str, int],
    guard: Guard,
    logs: Path,
    phase: Phase,
    note: Callable[[str], None],
) -> Iterator[Stage]:
    """Brings everything up and ends it on leaving.

    `workers` are replicas per role; the others run the stack's minimum.
    """
    phase("starting servers")
    with services.start(kind, guard=guard, folder=guard.folder / "servers", progress=note) as endpoints:
        try:
            phase("preparing schema and topology")
            queue_urls = queues.create(endpoints.sqs.endpoint_url, stack)
            if kind == "external":
                sqs = queues.client(endpoints.sqs.endpoint_url, stack)
                services.empty_queues(sqs, queue_urls.values(), progress=note)
            relay = Relay.start(guard, endpoints.broker.host, endpoints.broker.port, log=logs / "relay.log")
            accounts = Accounts.fresh()
            resolved = addresses.resolve(
                endpoints, accounts, broker_port=relay.port, queue_urls=queue_urls, pricing_url=""
            )
            fleet = Fleet(stack, resolved, guard, logs / "workers", ROOT, progress=note)
            resolved["pricing.url"] = fleet.pricing_url
            addresses.check(stack, resolved)
            fleet.run_job("migrate")
            phase("starting functions and workers")
            issuer = Issuer(stack.api.jwt.issuer, stack.api.jwt.audience[0])
            cloud = _start_cloud(stack_path, endpoints, accounts, resolved, issuer, relay, guard, logs)
            try:
                roles = [role for role, worker in stack.workers.items() if worker.kind != "job"]
                for role in roles:
                    fleet.start(role, workers.get(role), wait=False)
                for role in roles:
                    fleet.wait_ready(role)
                yield Stage(stack, endpoints, queue_urls, resolved, issuer, relay, fleet, cloud)
            finally:
                fleet.stop()
                cloud.child.stop(grace_s=2)
                relay.stop()
        finally:
            _keep_logs(guard.folder / "servers", logs / "servers")


def _start_cloud(
    stack_path: Path,
    endpoints: Endpoints,
    accounts: Accounts,
    resolved: Mapping[str, str],
    issuer: Issuer,
    relay: Relay,
    guard: Guard,
    logs: Path,
) -> Cloud:
    private = guard.folder / "cloud"
    private.mkdir()
    issuer.save(private / "issuer.pem")
    broker = replace(endpoints.broker, host=relay.host, port=relay.port)
    config = {
        "stack": str(stack_path.resolve()),
        "references": dict(resolved),
        "environment": {"AWS_ENDPOINT_URL_SQS": endpoints.sqs.endpoint_url},
        "lambda_src": str(ROOT / "lambda_src"),
        "root": str(ROOT),
        "log_folder": str((logs / "functions").resolve()),
        "jwt": {"private_key": str(private / "issuer.pem")},
        "sqs_endpoint_url": endpoints.sqs.endpoint_url,
        "broker": {"url": broker.url_for(accounts.broker)},
    }
    path = private / "config.json"
    path.write_text(json.dumps(config), "utf-8")
    path.chmod(0o600)
    child = guard.start(
        "cloud",
        [sys.executable, "-m", "harness.cloud", path],
        # Temporary files of functions go with the run, also where the cloud is killed before it can remove them.
        env={**os.environ, **DUMMY_KEYS, "PYTHONPATH": str(ROOT), "TMPDIR": str(private)},
        cwd=ROOT,
        log=logs / "cloud.log",
        stdout=PIPE,
    )
    ready = _first_line(child)
    return Cloud(child, ready["gateway_url"], ready["admin_url"])


def _first_line(child: Child) -> dict[str, Any]:
    """The JSON line that the cloud prints when it is ready. RunError, with its log's end, where none comes."""
    assert child.stdout is not None
    deadline = time.monotonic() + _READY_LIMIT_S
    while time.monotonic() < deadline:
        if select.select([child.stdout], [], [], 0.2)[0]:
            line = child.stdout.readline()
            if line:
                ready: dict[str, Any] = json.loads(line)
                return ready
            break
    raise RunError(f"the local cloud did not come up: {child.describe()}\n{child.tail()}")


def _keep_logs(servers: Path, kept: Path) -> None:
    """Copies the servers' logs out of the private folder, which goes with the run."""
    kept.mkdir(parents=True, exist_ok=True)
    for log in servers.glob("*.log"):
        shutil.copy(log, kept / log.name)
