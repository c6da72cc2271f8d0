"""All controllers of a stack, and what they look at."""

from collections.abc import Mapping
from dataclasses import dataclass

from harness.capacity.controllers import (
    Capacity,
    Change,
    DatabaseScaler,
    Hpa,
    Keda,
    Metric,
    Placement,
    PodUsage,
    Room,
    TargetTracking,
    aurora_replicas,
    by_utilization,
    node_scaling,
    provisioned_concurrency,
)
from harness.capacity.engine.metrics import Metrics
from harness.capacity.kernel.streams import Streams
from harness.stack import Stack

CONSUMERS = ("orders", "outbox", "read_model")
ROLES = (*CONSUMERS, "pricing")
_PRICING = "pricing"


@dataclass(frozen=True)
class Seen:
    """What the controllers see at the end of a tick, beside the alarms' metrics.

    `backlog` is by consuming role, `provisioned` by function the share of its provisioned environments at work.
    """

    backlog: Mapping[str, float]
    pricing_cores: float
    provisioned: Mapping[str, float]
    readers_percent: float


class Controllers:
    """Each with its own clock; `capacities` by the stack's name for what they scale."""

    def __init__(self, stack: Stack, metrics: Metrics, streams: Streams) -> None:
        self._stack = stack
        self._metrics = metrics
        self._cluster = stack.alarms["nodes_cpu_high"].dimensions.get("cluster", "")
        self._nodes = node_scaling(stack, generator=streams.of("nodes"))
        self._pods = {
            role: Capacity(
                f"workers.{role}",
                stack.scaling[role].minimum,
                stack.scaling[role].maximum,
                initial=stack.scaling[role].minimum,
            )
            for role in ROLES
        }
        self._keda = {role: Keda.of(self._pods[role], stack.scaling[role]) for role in CONSUMERS}
        self._hpa = Hpa.of(self._pods[_PRICING], stack.scaling[_PRICING])
        self.placement = Placement(
            self._nodes.capacity,
            Room.of(stack.cluster.nodes.instance_class),
            {role: (self._pods[role], stack.workers[role].requests) for role in ROLES},
            generator=streams.of("pod starts"),
        )
        self._documents = DatabaseScaler.of(
            stack,
            out=metrics.alarms["documents_cpu_high"],
            in_=metrics.alarms["documents_cpu_low"],
            generator=streams.of("documents"),
        )
        self._readers_cpu = Metric()
        self._readers = aurora_replicas(stack, self._readers_cpu, generator=streams.of("aurora replicas"))
        self._utilization: dict[str, Metric] = {}
        self.provisioned: dict[str, TargetTracking] = {}
        for name in stack.functions:
            if any(rule.target == f"functions.{name}" for rule in stack.scaling.values()):
                self._utilization[name] = Metric()
                self.provisioned[name] = provisioned_concurrency(
                    stack, name, self._utilization[name], generator=streams.of(f"provisioned {name}")
                )

    def step(self, now_s: float, seen: Seen) -> None:
        """Lets each controller look at what the ticks before `now_s` have left."""
        placement = self.placement
        reserved = placement.reserved_percent
        record = self._metrics.record
        if reserved is not None:
            record("ContainerInsights", "node_cpu_reserved_capacity", "cluster", self._cluster, now_s, reserved)
        record("ContainerInsights", "pod_status_pending", "cluster", self._cluster, now_s, placement.pending)
        record("AWS/EKS", "scheduler_pending_pods_UNSCHEDULABLE", "cluster", self._cluster, now_s, placement.pending)
        if self.readers.ready(now_s):
            self._readers_cpu.record(now_s, seen.readers_percent)
        for name, share in seen.provisioned.items():
            if name in self._utilization:
                self._utilization[name].record(now_s, share)
        invocations = [each for alarm in self._metrics.alarms.values() for each in alarm.step(now_s)]
        self._nodes.step(now_s, invocations)
        self._documents.step(now_s, invocations)
        for tracking in self.provisioned.values():
            tracking.step(now_s)
        self._readers.step(now_s)
        for role, keda in self._keda.items():
            keda.step(now_s, seen.backlog[role])
        pricing = self._pods[_PRICING]
        usage = PodUsage(seen.pricing_cores, pricing.ready(now_s), pricing.desired - pricing.ready(now_s))
        self._hpa.step(
            now_s,
            lambda: by_utilization(
                usage,
                self._stack.scaling[_PRICING].target_value,
                self._stack.workers[_PRICING].requests.cpu_m,
                pricing.desired,
            ),
            f"{usage.cores:.2f} cores on {usage.measured} pods",
        )
        placement.step(now_s)

    def lose_zone(self, now_s: float, share: float) -> None:
        """A zone's nodes, and the database instances in it."""
        for capacity in (self.nodes, self.documents, self.readers):
            there = capacity.ready(now_s)
            count = round(there * share)
            capacity.lose(now_s, count, f"{count} of {there} lost with a zone, replaced")
        self.placement.step(now_s)

    @property
    def pods(self) -> dict[str, Capacity]:
        """Pods by role."""
        return self._pods

    @property
    def nodes(self) -> Capacity:
        """The cluster's nodes."""
        return self._nodes.capacity

    @property
    def readers(self) -> Capacity:
        """Aurora's readers."""
        return self._readers.capacity

    @property
    def documents(self) -> Capacity:
        """DocumentDB's instances."""
        return self._documents.capacity

    @property
    def changes(self) -> list[Change]:
        """Every scaling event, in order of time."""
        capacities = [
            *self._pods.values(),
            self.nodes,
            self.readers,
            self.documents,
            *(tracking.capacity for tracking in self.provisioned.values()),
        ]
        return sorted((change for each in capacities for change in each.changes), key=lambda change: change.time_s)
