"""The model of this machine: what it takes from the runs, and from the scenario alone."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from harness.capacity.engine import Fault
from harness.capacity.engine.load import stretch
from harness.capacity.errors import ValidationError
from harness.capacity.settings import stack_of
from harness.capacity.validation import calibrate, observe, planned_to_meet, predict, setup
from harness.capacity.validation.crowds import Crowds
from harness.traffic import build
from tests.harness.capacity.validation.conftest import IDLE_S_PER_S, REQUEST_S, scenario

DOCUMENT = json.loads((Path(__file__).parents[4] / "terraform" / "stack.local.json").read_text("utf-8"))


@pytest.fixture
def one(tmp_path):
    return scenario(tmp_path)


@pytest.fixture
def times(one, runs_of):
    return calibrate([observe(run) for run in runs_of(one)])


def test_what_the_processors_are_asked_for(times):
    assert times.processors.count == 2
    assert times.processors.idle_s_per_s == pytest.approx(IDLE_S_PER_S)
    assert times.processors.request_s == pytest.approx(REQUEST_S)


def read_order(calibration):
    """The distribution of one operation's times."""
    return calibration.functions["queries"]["read_order"].duration_ms


def test_times_are_deflated_by_the_runs_own_wait(times, one, runs_of, tmp_path):
    busy = [observe(run) for run in runs_of(scenario(tmp_path, "two"), used_s_per_s=1.2)]
    calm_share = times.processors.share(busy[0].requests_per_s)
    deflated = read_order(calibrate(busy).at_rest).mean, read_order(times.at_rest).mean
    assert deflated[0] * stretch(0.6, 2) == pytest.approx(deflated[1] * stretch(calm_share, 2), rel=1e-3)


def test_deflating_and_inflating_are_inverse(times):
    rest = times.at_rest
    again = rest.scaled(1.3).scaled(1 / 1.3)
    for function, operations in rest.functions.items():
        for name, each in operations.items():
            assert again.functions[function][name].duration_ms.values == pytest.approx(each.duration_ms.values)
    for name, batch in rest.batches.items():
        assert again.batches[name].mean_ms(7) == pytest.approx(batch.mean_ms(7))
    assert read_order(rest.scaled(times.stretch)).mean == pytest.approx(read_order(times.crowded(times.met)).mean)


def test_times_where_more_meet_are_those_of_moments_when_more_met(times):
    slow = dataclasses.replace(
        times,
        measured=dataclasses.replace(
            times.measured,
            answered=[
                dataclasses.replace(each, latency_ms=10.0 + count)
                for each, count in zip(times.measured.answered, times.met, strict=True)
            ],
        ),
    )
    crowd = np.full(100, 3)
    edges = Crowds.of(times.met).edges
    assert 3 in edges
    assert read_order(slow.crowded(crowd)).values[0] == 13.0
    assert read_order(slow.crowded(times.met)).mean == pytest.approx(10 + times.met.mean(), rel=0.05)


def test_samples_of_all_runs_are_pooled(times, one, runs_of):
    reads = sum(arrival.action == "read_order" for arrival in build(one.traffic, one.seed).arrivals)
    assert read_order(times.at_rest).samples == 2 * reads


def test_a_simulation_has_the_scenarios_arrivals_workers_and_faults(times, tmp_path):
    other = scenario(tmp_path, "other", rate=40, orders=3)
    found = setup(DOCUMENT, times, other, other.seed)
    stack = stack_of(found.document)
    assert (stack.workers["orders"].replicas.minimum, stack.workers["orders"].replicas.maximum) == (3, 3)
    assert (stack.workers["outbox"].replicas.minimum, stack.workers["outbox"].replicas.maximum) == (1, 1)
    assert all(rule.minimum == rule.maximum for rule in stack.scaling.values())
    planned = [each for each in build(other.traffic, other.seed).arrivals if each.action == "quote"]
    assert found.plan["quote"].tolist() == [each.at_ns / 1e9 for each in planned]
    assert "bad_body" not in found.plan
    assert found.faults == (Fault("broker_away", 10.0, 4.0),)
    assert found.until_s == 30.0


def test_a_fault_that_the_simulator_does_not_know_is_named(times, tmp_path):
    other = scenario(tmp_path, "other")
    (fault,) = other.faults
    object.__setattr__(fault, "kind", "moonlight")
    with pytest.raises(ValidationError, match="no fault like moonlight; it knows broker_door"):
        setup(DOCUMENT, times, other, other.seed)


def test_what_it_knows_it_tells(one, times, runs_of):
    found = predict([setup(DOCUMENT, times, one, one.seed, replication=number) for number in range(3)])
    assert found.replications == 3
    assert found.figures["p50_ms"] == pytest.approx(9, rel=0.05)
    assert found.figures["p95_ms"] == pytest.approx(10.8, rel=0.05)
    assert found.figures["p99_ms"] == pytest.approx(11, rel=0.1)
    commands = [
        each for each in build(one.traffic, one.seed).arrivals if each.action in ("place_order", "cancel_order")
    ]
    during = sum(10 <= each.at_ns / 1e9 < 14 for each in commands)
    assert during < found.figures["backlog_peak"] < 3 * during
    assert found.busy_share == pytest.approx(times.processors.share(sum(map(len, plan_of(one))) / 30), rel=0.02)


@pytest.mark.parametrize("weighed", [False, True])
def test_either_way_it_tells_what_it_knows(one, times, weighed):
    found = predict([setup(DOCUMENT, times, one, one.seed, weighed=weighed)])
    assert found.figures["p50_ms"] == pytest.approx(9, rel=0.05)


def test_how_many_others_operations_will_meet(one):
    found = planned_to_meet(build(one.traffic, one.seed))
    assert found.size == sum(map(len, plan_of(one)))
    assert found.mean() == pytest.approx(20 * 0.115, rel=0.15)


def plan_of(one):
    """The arrivals of each operation."""
    arrivals = build(one.traffic, one.seed).arrivals
    names = {each.action for each in arrivals} - {"bad_body"}
    return [[each for each in arrivals if each.action == name] for name in names]


def test_by_queueing_theory_more_requests_wait_longer_for_the_processors(times, tmp_path):
    calm, busy = (
        predict([setup(DOCUMENT, times, each, each.seed)])
        for each in (scenario(tmp_path, "calm", rate=5), scenario(tmp_path, "busy", rate=60))
    )
    assert busy.figures["p50_ms"] > 1.2 * calm.figures["p50_ms"]
    assert busy.busy_share > calm.busy_share
