"""Controllers that only meet through what they change and measure: KEDA's pods call for nodes, and start there."""

import pytest

from harness.capacity.controllers import Alarm, Capacity, Keda, Metric, Placement, Room, node_scaling


class Cluster:
    """The stack's nodes with one role, `orders`, scaled by KEDA; ticks of 15 s."""

    def __init__(self, stack):
        worker = stack.workers["orders"]
        self.pods = Capacity("workers.orders", worker.replicas.minimum, worker.replicas.maximum, initial=4)
        self.keda = Keda.of(self.pods, stack.scaling["orders"])
        self.nodes = node_scaling(stack)
        room = Room.of(stack.cluster.nodes.instance_class)
        self.placement = Placement(self.nodes.capacity, room, {"orders": (self.pods, worker.requests)})
        self.pending, self.reserved = Metric(), Metric()
        self.alarms = [
            Alarm(name, stack.alarms[name], metric)
            for name, metric in (
                ("nodes_pending_pods", self.pending),
                ("nodes_cpu_high", self.reserved),
                ("nodes_cpu_low", self.reserved),
            )
        ]

    def run(self, begin_s, end_s, backlog):
        """The most pods that waited for a node at once."""
        waited = 0
        for now in range(begin_s, end_s, 15):
            self.keda.step(now, backlog)
            invocations = [invocation for alarm in self.alarms for invocation in alarm.step(now)]
            self.nodes.step(now, invocations)
            self.placement.step(now)
            self.pending.record(now, self.placement.pending)
            self.reserved.record(now, self.placement.reserved_percent)
            waited = max(waited, self.placement.pending)
        return waited


@pytest.fixture
def cluster(prod):
    return Cluster(prod)


def test_pods_that_wait_bring_nodes_and_start_there(cluster):
    assert cluster.run(0, 600, backlog=0) == 0
    # 120,000 messages want 60 pods; six nodes take 42 of them.
    assert cluster.run(600, 1800, backlog=120_000) == 18
    assert (cluster.pods.desired, cluster.pods.ready(1800), cluster.placement.pending) == (60, 60, 0)
    first = cluster.nodes.capacity.changes[0]
    assert (first.before, first.after) == (6, 10)
    assert first.why.startswith("nodes_")


def test_nodes_that_are_no_longer_needed_go_without_losing_a_pod(cluster):
    cluster.run(0, 1800, backlog=120_000)
    cluster.run(1800, 9000, backlog=0)
    assert (cluster.pods.desired, cluster.nodes.capacity.desired, cluster.placement.pending) == (4, 6, 0)
    assert sum(node.get("orders", 0) for node in cluster.placement.pods()) == cluster.pods.ready(9000) == 4


def test_a_lost_zone_heals(cluster):
    cluster.run(0, 900, backlog=60_000)
    wanted = cluster.pods.desired
    cluster.nodes.capacity.lose(900, 2, "a zone is lost")
    cluster.run(900, 2400, backlog=60_000)
    assert (cluster.pods.ready(2400), cluster.placement.pending) == (wanted, 0)
