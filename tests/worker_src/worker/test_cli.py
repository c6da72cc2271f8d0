"""The program as it is run: exit codes, whole pipelines, crashes at named points."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts import topology
from harness.faults.relay import Relay
from harness.process import hold_port
from worker import crash

ROOT = Path(__file__).resolve().parents[3]
ROLES = ("orders", "outbox", "read_model", "pricing")


@pytest.fixture
def port() -> Iterator[int]:
    with hold_port() as held:
        yield held.port


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {"PYTHONPATH": f"{ROOT / 'worker_src'}:{ROOT}", **variables}
    return subprocess.run(
        [sys.executable, "-m", "worker", *arguments], capture_output=True, text=True, env=environment, cwd=ROOT
    )


def test_help_names_roles_and_settings() -> None:
    done = run("--help")
    assert done.returncode == 0
    for word in ("migrate", "read_model", "WORKER_PREFETCH", "MYSQL_URL"):
        assert word in done.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("cook",), "invalid choice: 'cook'"),
        ((), "the following arguments are required: ROLE"),
        (("orders",), "worker orders: BROKER_URL: is not set"),
        (("migrate",), "worker migrate: MYSQL_APP_CREDENTIALS: is not set"),
    ],
)
def test_wrong_usage_is_one_clear_line_and_exit_code_2(arguments: Sequence[str], says: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_server_that_is_away_neither_ends_a_worker_nor_keeps_it_from_stopping(port: int) -> None:
    account = '{"username": "a", "password": "b"}'
    child = subprocess.Popen(
        [sys.executable, "-m", "worker", "orders"],
        env={
            "PYTHONPATH": f"{ROOT / 'worker_src'}:{ROOT}",
            "BROKER_URL": "amqp://127.0.0.1:1/",
            "BROKER_CREDENTIALS": account,
            "MYSQL_URL": "mysql://127.0.0.1:1/orders?tls=false",
            "MYSQL_CREDENTIALS": account,
            "WORKER_HOST": "127.0.0.1",
            "WORKER_PORT": str(port),
        },
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stderr is not None
    while "not consuming" not in child.stderr.readline():
        assert child.poll() is None
    child.send_signal(signal.SIGTERM)
    assert child.wait(20) == 0


def commands(world: Any, user: str, count: int) -> list[Any]:
    sent = []
    for number in range(count):
        sent.append(world.place(user, f"k{number}", SKU_0001=1, SKU_0039=1))
        if number % 5 == 0:
            sent.append(world.cancel(user, f"k{number}"))
    return sent


def converged(world: Any, user: str, count: int) -> bool:
    """Whether all orders of a user are in the read model as they are in MySQL."""
    orders = world.rows("SELECT order_id, status, version FROM orders WHERE user_id = %s ORDER BY 1", user)
    found = world.documents.orders.find({"user_id": user}, {"status": 1, "version": 1}).sort("_id")
    return len(orders) == count and [(item["_id"], item["status"], item["version"]) for item in found] == orders


@pytest.mark.servers
def test_commands_become_orders_events_and_documents(world: Any) -> None:
    with world.fleet() as fleet:
        for role in ROLES:
            fleet.start(role, wait=False)
        for role in ROLES:
            fleet.wait_ready(role)
        sent = commands(world, "ann", 200)
        world.publish(*sent, *sent[:50])
        world.eventually(lambda: converged(world, "ann", 200))
        assert {role: status.restarts for role, status in fleet.status().items()} == dict.fromkeys(ROLES, 0)
    world.assert_conserved()
    assert world.depth(topology.ORDER_COMMANDS) == world.depth(topology.DEAD_LETTERS) == 0


@pytest.mark.servers
@pytest.mark.parametrize(
    ("role", "point"),
    [
        ("orders", crash.AFTER_DELIVER),
        ("orders", crash.BEFORE_COMMIT),
        ("orders", crash.AFTER_COMMIT_BEFORE_ACK),
        ("orders", crash.AFTER_ACK),
        ("outbox", crash.AFTER_PUBLISH_BEFORE_MARK),
        ("outbox", crash.BEFORE_COMMIT),
        ("read_model", crash.BEFORE_COMMIT),
        ("read_model", crash.AFTER_COMMIT_BEFORE_ACK),
    ],
)
def test_a_crash_at_any_point_loses_and_doubles_nothing(world: Any, role: str, point: str) -> None:
    user = f"{role}-{point}"
    with world.fleet() as fleet:
        for name in ("orders", "outbox", "read_model"):
            fleet.start(name, once={"WORKER_CRASH_AT": f"{point}:1"} if name == role else {}, wait=False)
        for _ in range(4):
            world.publish(*commands(world, user, 60))
        world.eventually(lambda: fleet.status()[role].restarts == 1)
        world.eventually(lambda: converged(world, user, 60))
    world.assert_conserved()
    assert world.depth(topology.DEAD_LETTERS) == 0


@pytest.mark.servers
def test_replicas_come_and_go_under_load(world: Any) -> None:
    with world.fleet() as fleet:
        for role in ("orders", "outbox", "read_model"):
            fleet.start(role, 2)
        for replicas in (3, 1, 2, 0, 2):
            world.publish(*commands(world, f"scaled-{replicas}", 150))
            for role in ("orders", "outbox", "read_model"):
                fleet.scale(role, replicas)
        for replicas in (0, 1, 2, 3):
            world.eventually(lambda replicas=replicas: converged(world, f"scaled-{replicas}", 150))
        assert {status.restarts for status in fleet.status().values()} == {0}
    world.assert_conserved()
    assert world.depth(topology.DEAD_LETTERS) == 0
    lines = [line for log in world.folder.glob("*/*.log") for line in log.read_text().splitlines()]
    assert not [line for line in lines if "cut off" in line or "unexpected failure" in line]


@pytest.mark.servers
@pytest.mark.parametrize("server", ["broker", "mysql", "documents"])
def test_a_server_may_go_away_for_a_while(world: Any, guard: Any, tmp_path: Path, server: str) -> None:
    endpoint = getattr(world.endpoints, server)
    door = Relay.start(guard, endpoint.host, endpoint.port, log=tmp_path / "relay.log")
    through = replace(endpoint, host="127.0.0.1", port=door.port).url
    name = "mysql_direct_url" if server == "mysql" else f"{server}_url"
    user = f"without-{server}"
    try:
        with world.fleet(**{name: through}) as fleet:
            for role in ("orders", "outbox", "read_model"):
                fleet.start(role)
            sent = commands(world, user, 120)
            world.publish(*sent[:60])
            stats = door.close_door()
            assert stats.dropped > 0
            world.publish(*sent[60:])
            world.eventually(lambda: sum(status.ready for status in fleet.status().values()) < 3)
            time.sleep(1.0)
            door.open_door()
            world.eventually(lambda: converged(world, user, 120))
            world.eventually(lambda: sum(status.ready for status in fleet.status().values()) == 3)
            assert {status.restarts for status in fleet.status().values()} == {0}
    finally:
        door.stop()
    world.assert_conserved()
    assert world.depth(topology.DEAD_LETTERS) == 0


@pytest.mark.servers
def test_without_topology_it_ends_and_says_run_migrate(world: Any, port: int) -> None:
    variables = {"BROKER_URL": world.endpoints.broker.url.rpartition("/")[0] + "/nowhere"}
    environment = world.references
    done = run(
        "outbox",
        MYSQL_URL=environment["mysql.url"],
        MYSQL_CREDENTIALS=environment["mysql.credentials"],
        BROKER_CREDENTIALS=environment["broker.credentials"],
        WORKER_HOST="127.0.0.1",
        WORKER_PORT=str(port),
        **variables,
    )
    assert done.returncode == 1
    assert "run `migrate`" in done.stderr
