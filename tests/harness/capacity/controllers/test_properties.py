"""What holds for every load: bounds, a fixed point under a constant one, and no decision without data."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.capacity.controllers import (
    Capacity,
    Hpa,
    Keda,
    Metric,
    PodUsage,
    TargetTracking,
    aurora_replicas,
    by_utilization,
    node_scaling,
    provisioned_concurrency,
)
from harness.capacity.controllers.alarm import Alarm

LOADS = st.lists(st.one_of(st.none(), st.floats(0, 3000)), min_size=1, max_size=120)
SEEDS = st.integers(0, 2**32 - 1)


class Tracked:
    """Target tracking of the stack under a load by minute: utilisation is the load over what serves."""

    def __init__(self, tracking: TargetTracking, scale: float) -> None:
        self.tracking = tracking
        self.scale = scale
        self.minute = 0

    def minute_of(self, load):
        capacity, now = self.tracking.capacity, 60 * self.minute
        if load is not None and capacity.ready(now):
            self.tracking.high.metric.record(now, min(self.scale, self.scale * load / capacity.ready(now)))
        self.minute += 1
        return self.tracking.step(60 * self.minute)


def tracked(prod, kind, seed=None):
    generator = None if seed is None else np.random.default_rng(seed)
    if kind == "aurora":
        return Tracked(aurora_replicas(prod, Metric(), generator=generator), 100)
    return Tracked(provisioned_concurrency(prod, kind, Metric(), generator=generator), 1)


def within(capacity):
    assert capacity.minimum <= capacity.desired <= capacity.maximum
    assert all(capacity.minimum <= change.after <= capacity.maximum for change in capacity.changes)
    assert capacity.changes == sorted(capacity.changes, key=lambda change: change.time_s)


@pytest.mark.parametrize("kind", ["commands", "queries", "aurora"])
@settings(max_examples=60, deadline=None)
@given(loads=LOADS, seed=SEEDS)
def test_target_tracking_keeps_its_bounds(prod, kind, loads, seed):
    rig = tracked(prod, kind, seed)
    for load in loads:
        rig.minute_of(load)
        within(rig.tracking.capacity)
        assert rig.tracking.capacity.ready(60 * rig.minute) <= rig.tracking.capacity.desired


@pytest.mark.parametrize("kind", ["commands", "queries", "aurora"])
@settings(max_examples=40, deadline=None)
@given(load=st.floats(0, 2000), seed=SEEDS)
def test_target_tracking_reaches_a_fixed_point_that_meets_the_target(prod, kind, load, seed):
    rig = tracked(prod, kind, seed)
    for _ in range(600):
        rig.minute_of(load)
    capacity, target = rig.tracking.capacity, rig.tracking.scaling.target_value
    settled = capacity.desired
    assert not [change for change in (rig.minute_of(load) for _ in range(120)) if change]
    utilization = rig.scale * load / settled
    assert utilization <= target * (1 + 1e-9) or settled == capacity.maximum


@settings(max_examples=60, deadline=None)
@given(values=st.lists(st.one_of(st.none(), st.floats(0, 1e6)), min_size=1, max_size=200), minimum=st.integers(0, 4))
def test_keda_keeps_its_bounds(prod, values, minimum):
    capacity = Capacity("pods", minimum, 60)
    scaler = Keda.of(capacity, replace(prod.scaling["orders"], minimum=minimum))
    for index, value in enumerate(values):
        scaler.step(15.0 * index, value)
        within(capacity)


@settings(max_examples=60, deadline=None)
@given(backlog=st.floats(0, 200_000), initial=st.integers(4, 60))
def test_keda_reaches_a_fixed_point(prod, backlog, initial):
    capacity = Capacity("pods", 4, 60, initial=initial)
    scaler = Keda.of(capacity, prod.scaling["orders"])
    changes = [scaler.step(15.0 * index, backlog) for index in range(80)]
    assert not any(changes[60:])
    wanted = max(4, min(60, backlog / 2000))
    assert 0.9 * wanted - 1e-6 <= capacity.desired <= wanted / 0.9 + 1


@settings(max_examples=60, deadline=None)
@given(cores=st.floats(0, 100), initial=st.integers(6, 60))
def test_the_hpa_reaches_a_fixed_point_that_meets_the_target(prod, cores, initial):
    capacity = Capacity("pods", 6, 60, initial=initial)
    scaler = Hpa.of(capacity, prod.scaling["pricing"])

    def recommend():
        pods = capacity.desired
        return by_utilization(PodUsage(min(cores, pods), pods), 60, 1000, pods)

    changes = [scaler.step(15.0 * index, recommend, "") for index in range(200)]
    assert not any(changes[100:])
    # Within the tolerance and the whole per cent that the autoscaler sees.
    assert 100 * cores / capacity.desired <= 67 or capacity.desired == 60


@settings(max_examples=60, deadline=None)
@given(values=st.lists(st.tuples(st.integers(0, 3), st.floats(0, 100)), min_size=1, max_size=90), seed=SEEDS)
def test_nodes_keep_their_bounds(prod, values, seed):
    nodes = node_scaling(prod, generator=np.random.default_rng(seed))
    pending, reserved = Metric(), Metric()
    alarms = [
        Alarm("nodes_pending_pods", prod.alarms["nodes_pending_pods"], pending),
        Alarm("nodes_cpu_high", prod.alarms["nodes_cpu_high"], reserved),
        Alarm("nodes_cpu_low", prod.alarms["nodes_cpu_low"], reserved),
    ]
    for minute, (pods, percent) in enumerate(values):
        pending.record(60 * minute, pods)
        reserved.record(60 * minute, percent)
        now = 60 * (minute + 1)
        nodes.step(now, [invocation for alarm in alarms for invocation in alarm.step(now)])
        within(nodes.capacity)


@settings(max_examples=30, deadline=None)
@given(seed=SEEDS)
def test_one_seed_gives_one_story(prod, seed):
    stories = []
    for _ in range(2):
        rig = tracked(prod, "commands", seed)
        for minute in range(120):
            rig.minute_of(20 + 5 * minute)
        stories.append(rig.tracking.capacity.changes)
    assert stories[0] == stories[1]
    assert stories[0]


@pytest.mark.parametrize("kind", ["commands", "aurora"])
def test_no_decision_without_data(prod, kind):
    rig = tracked(prod, kind)
    assert not any(rig.minute_of(None) for _ in range(120))


def test_no_decision_of_the_pods_scalers_without_data(prod):
    keda = Keda.of(Capacity("pods", 4, 60, initial=9), prod.scaling["orders"])
    hpa = Hpa.of(Capacity("pods", 6, 60, initial=9), prod.scaling["pricing"])
    for index in range(200):
        assert keda.step(15.0 * index, None) is None
        assert hpa.step(15.0 * index, lambda: None, "") is None
