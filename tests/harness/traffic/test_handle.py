import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.history import fold, read
from harness.process import Guard
from harness.traffic import Plan, PlanError, Stage, Tokens, Traffic, TrafficFailed, TrafficSpec, build


@pytest.fixture
def guard(tmp_path: Path) -> Iterator[Guard]:
    with Guard(base=tmp_path / "runs") as running:
        yield running


def plan(duration_s: float = 1.0) -> Plan:
    return build(TrafficSpec(4, (Stage(duration_s, 40, 40),), {"health": 1}, request_timeout_s=2), seed=3)


def tokens(of: Plan) -> dict[str, Tokens]:
    return {person.user_id: Tokens("t") for person in of.people}


def start(guard: Guard, of: Plan, target: str, folder: Path) -> Traffic:
    return Traffic.start(
        guard, of, target=target, tokens=tokens(of), history=folder / "h.jsonl", folder=folder / "traffic"
    )


def test_traffic_is_sent_to_its_end(guard: Guard, tmp_path: Path, server: Any) -> None:
    wanted = plan()
    traffic = start(guard, wanted, server.url, tmp_path)
    assert 0 <= traffic.start_ns - time.monotonic_ns() + 5e9 <= 6e9
    progress = list(traffic.progress())
    assert len(progress) >= 2
    assert progress[-1].sent == progress[-1].acknowledged == len(wanted.arrivals)
    assert traffic.done()
    assert traffic.wait() == traffic.latest() == progress[-1]
    assert list(traffic.progress()) == []
    assert len(fold(read(tmp_path / "h.jsonl"))) == len(wanted.arrivals)


def test_traffic_can_be_stopped(guard: Guard, tmp_path: Path, server: Any) -> None:
    traffic = start(guard, plan(60), server.url, tmp_path)
    assert traffic.wait(0.1) is None
    assert not traffic.done()
    next(traffic.progress())
    traffic.stop()
    assert traffic.done()
    assert traffic.latest().stopped
    assert traffic.latest().sent < len(plan(60).arrivals)


def test_tokens_can_be_renewed_on_the_way(guard: Guard, tmp_path: Path, server: Any) -> None:
    of = build(TrafficSpec(4, (Stage(60, 40, 40),), {"list_products": 1}, request_timeout_s=2), seed=3)
    traffic = start(guard, of, server.url, tmp_path)
    next(traffic.progress())
    traffic.renew({person.user_id: Tokens("newer") for person in of.people})
    deadline = time.monotonic() + 30
    while "Bearer newer" not in (seen := {call.headers.get("authorization") for call in server.calls}):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert seen == {"Bearer t", "Bearer newer"}
    traffic.stop()


def test_a_process_that_dies_is_an_error_that_says_so(guard: Guard, tmp_path: Path, server: Any) -> None:
    traffic = start(guard, plan(60), server.url, tmp_path)
    next(traffic.progress())
    traffic._child.signal(signal.SIGKILL)
    with pytest.raises(TrafficFailed, match="ended before its traffic: ended by SIGKILL"):
        list(traffic.progress())
    with pytest.raises(TrafficFailed):
        traffic.done()


def test_a_process_that_cannot_start_says_why(guard: Guard, tmp_path: Path) -> None:
    (tmp_path / "h.jsonl").mkdir()
    with pytest.raises(TrafficFailed, match="the history cannot be written"):
        start(guard, plan(), "http://127.0.0.1:1", tmp_path)


def test_tokens_are_checked_before_anything_starts(guard: Guard, tmp_path: Path) -> None:
    wanted = plan()
    with pytest.raises(PlanError, match="has none"):
        Traffic.start(guard, wanted, target="http://127.0.0.1:1", tokens={}, history=tmp_path / "h", folder=tmp_path)
    expiring = build(TrafficSpec(2, (Stage(1, 5, 5),), {"expired_token": 1}), 1)
    with pytest.raises(PlanError, match="expired_token is missing"):
        start(guard, expiring, "http://127.0.0.1:1", tmp_path)
