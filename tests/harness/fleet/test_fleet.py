"""The fleet with real processes: the pricing service, which needs no server, and workers that cannot start."""

import json
import os
import signal
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness import stack as stacks
from harness.fleet import Fleet, FleetError, JobFailed, RoleStatus, UnknownReference, UnknownRole
from harness.process import ChildEnded, Guard

ROOT = Path(__file__).resolve().parents[3]
STACK = stacks.load(ROOT / "terraform" / "stack.local.json")
ACCOUNT = '{"username": "a", "password": "b"}'
# Addresses at which nobody listens.
NOWHERE = {
    "broker.url": "amqp://127.0.0.1:1/%2F",
    "broker.credentials": ACCOUNT,
    "mysql.direct_url": "mysql://127.0.0.1:1/orders?tls=false",
    "mysql.credentials": ACCOUNT,
}


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def fleet(tmp_path: Path, told: list[str]) -> Iterator[Fleet]:
    with Guard() as guard, Fleet(STACK, NOWHERE, guard, tmp_path / "logs", ROOT, progress=told.append) as fleet:
        yield fleet


def eventually(probe: Callable[[], object], within_s: float = 20.0) -> None:
    deadline = time.monotonic() + within_s
    while not probe():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def price(fleet: Fleet) -> int:
    body = json.dumps({"lines": [{"sku": "SKU-0001", "quantity": 2}]}).encode()
    with urllib.request.urlopen(f"{fleet.pricing_url}/v1/price", data=body, timeout=5) as response:
        return int(json.load(response)["total_cents"])


def test_replicas_of_a_service_share_one_port_and_come_and_go(fleet: Fleet) -> None:
    url = fleet.pricing_url
    fleet.start("pricing", 2)
    assert fleet.status() == {"pricing": RoleStatus(replicas=2, ready=2, restarts=0)}
    assert fleet.addresses("pricing") == [url]
    assert {price(fleet) for _ in range(20)} == {672}
    pids = {replica.pid for replica in fleet.replicas("pricing")}
    fleet.scale("pricing", 1)
    assert fleet.status()["pricing"] == RoleStatus(replicas=1, ready=1, restarts=0)
    fleet.scale("pricing", 2)
    fleet.wait_ready("pricing")
    assert fleet.status()["pricing"].ready == 2
    assert fleet.pricing_url == url
    fleet.stop()
    for pid in pids:
        assert pid is not None
        assert not Path(f"/proc/{pid}").exists()


def test_a_crashed_worker_is_restarted_and_counted(fleet: Fleet, told: list[str]) -> None:
    fleet.start("pricing", 1)
    (replica,) = fleet.replicas("pricing")
    pid = replica.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: fleet.status()["pricing"] == RoleStatus(replicas=1, ready=1, restarts=1))
    assert replica.pid != pid
    assert price(fleet) == 672
    assert told == ["pricing-1 ended by SIGKILL; restart in 0.2 s", "pricing-1 restarted (1)"]


def test_it_stops_by_itself_when_told_and_is_not_restarted(fleet: Fleet, told: list[str], tmp_path: Path) -> None:
    fleet.start("pricing", 1)
    fleet.stop()
    assert told == []
    assert '"message": "stopped"' in (tmp_path / "logs" / "pricing-1.log").read_text()


def test_every_replica_notes_what_its_work_took(fleet: Fleet, tmp_path: Path) -> None:
    fleet.start("pricing", 1)
    price(fleet)
    (line,) = (tmp_path / "logs" / "pricing-1.timings.jsonl").read_text().splitlines()
    timing = json.loads(line)
    assert timing["size"] == 1
    assert timing["seconds"] > 0


def test_a_worker_that_is_not_ready_yet_is_no_failure(fleet: Fleet) -> None:
    fleet.start("orders", 1, wait=False)
    eventually(lambda: "not consuming" in fleet.replicas("orders")[0].tail(5))
    assert fleet.status()["orders"] == RoleStatus(replicas=1, ready=0, restarts=0)


def test_a_worker_that_cannot_start_is_given_up_with_its_last_lines(tmp_path: Path) -> None:
    broken = {**NOWHERE, "broker.url": "http://127.0.0.1"}
    with Guard() as guard, Fleet(STACK, broken, guard, tmp_path, ROOT) as fleet:
        with pytest.raises(ChildEnded) as caught:
            fleet.start("orders")
    assert "worker orders-1 is ready: given up" in str(caught.value)
    assert "worker orders: BROKER_URL: must be amqp" in str(caught.value)


def test_variables_for_once_are_for_the_first_process_only(fleet: Fleet) -> None:
    fleet.start("pricing", 1, once={"LOG_LEVEL": "nonsense"}, wait=False)
    eventually(lambda: fleet.status()["pricing"] == RoleStatus(replicas=1, ready=1, restarts=1))


def test_a_job_that_fails_shows_why(tmp_path: Path) -> None:
    references = dict.fromkeys(STACK.workers["migrate"].references.values(), "nonsense")
    with Guard() as guard, Fleet(STACK, references, guard, tmp_path, ROOT) as fleet:
        with pytest.raises(JobFailed, match=r"worker migrate exited with code 2(.|\n)*BROKER_URL: must be amqp"):
            fleet.run_job("migrate")


def test_wrong_uses_are_told_apart(fleet: Fleet) -> None:
    with pytest.raises(UnknownRole, match="no worker 'cook'; there are migrate, orders"):
        fleet.start("cook")
    with pytest.raises(UnknownRole, match="is a job"):
        fleet.start("migrate")
    with pytest.raises(UnknownRole, match="is no job"):
        fleet.run_job("orders")
    with pytest.raises(FleetError, match="has not been started"):
        fleet.scale("orders", 2)
    with pytest.raises(UnknownReference):
        fleet.start("read_model")
