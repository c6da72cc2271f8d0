"""One machine for all parts: what it is asked for, and what that makes of everything on it."""

import dataclasses

import pytest

from harness.capacity.engine import Processors, simulate
from harness.capacity.engine.host import Host
from harness.capacity.engine.load import stretch

MACHINE = Processors(2, 0.2, 0.02)


def test_its_share_is_idle_work_and_that_of_requests():
    assert MACHINE.share(0) == pytest.approx(0.1)
    assert MACHINE.share(30) == pytest.approx(0.4)


def test_a_steady_rate_stretches_as_in_a_queue_with_as_many_servers():
    host = Host(MACHINE)
    assert host.load.offered == 0.1
    for _ in range(100):
        host.offer(15, 0.5)
    assert host.load.offered == pytest.approx(0.4, rel=1e-3)
    assert host.load.stretch == pytest.approx(stretch(0.4, 2), rel=1e-3)


def test_everything_is_longer_on_a_host_that_is_busy(setup_of):
    alone = simulate(setup_of(20, 2))
    shared = simulate(setup_of(20, 2, host=dataclasses.replace(MACHINE, request_s=0.06)))
    slower = stretch(0.7, 2)
    assert shared.latency_ms["all"]["p50"] == pytest.approx(slower * alone.latency_ms["all"]["p50"], rel=0.1)
    assert shared.utilization["host.processors"] == pytest.approx(0.7, rel=0.05)
    assert "host.processors" not in alone.utilization


def test_times_that_have_the_wait_in_them_are_left_as_they_are(setup_of):
    alone = simulate(setup_of(20, 2))
    shared = simulate(setup_of(20, 2, host=dataclasses.replace(MACHINE, request_s=0.06, stretches=False)))
    assert shared.latency_ms == alone.latency_ms
    assert shared.utilization["host.processors"] == pytest.approx(0.7, rel=0.05)


def test_what_is_too_much_for_it_waits(setup_of):
    shared = simulate(setup_of(20, 2, host=dataclasses.replace(MACHINE, request_s=0.15)))
    assert shared.latency_ms["all"]["p99"] > 1000
