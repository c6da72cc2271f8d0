"""Pods onto nodes: what fits where, what waits for a node, and what the cluster's alarms see of it.

Sources: Kubernetes documentation, "Kubernetes Scheduler" and "ReplicaSet"; EKS optimised AMI, nodeadm (what the kubelet
keeps for itself).
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from harness.capacity.controllers.capacity import Capacity
from harness.capacity.controllers.delays import POD_START, Delay
from harness.capacity.controllers.errors import ControllerError
from harness.stack import Requests

SYSTEM_PODS = Requests(cpu_m=500, memory_mb=600)
"""What the DaemonSets of a node request: network, proxy, Pod Identity, CloudWatch agent. An assumption."""

_CLASS = re.compile(r"([cmrt])\d[a-z]*\.(medium|large|(\d*)xlarge)")
_GIB_PER_VCPU = {"c": 2, "m": 4, "r": 8, "t": 4}
_KEPT_CPU = (0.06, 0.01, 0.005, 0.005)  # of the first cores; a quarter of a per cent of each further one
_KEPT_MEMORY_MB = 255 + 100  # the kubelet, and what is evicted for
_KEPT_MEMORY_MB_PER_POD = 11
_PODS = {"medium": 8, "large": 29, "xlarge": 58, "2xlarge": 58}  # by the addresses of a node's interfaces
_MOST_PODS = 110


@dataclass(frozen=True)
class Room:
    """A node's CPU, what its own pods request of it, and what of CPU and memory is left for others."""

    cpu_m: int
    system_cpu_m: int
    free_cpu_m: int
    free_memory_mb: int

    @staticmethod
    def of(instance_class: str, system: Requests = SYSTEM_PODS) -> "Room":
        """That of a node of `instance_class`, of the families c, m, r and t. Raises ControllerError for others."""
        found = _CLASS.fullmatch(instance_class)
        if found is None:
            raise ControllerError(f"the size of {instance_class} is not known; write a class of c, m, r or t")
        family, size, times = found[1], found[2], found[3]
        vcpus = 4 * int(times or 1) if size.endswith("xlarge") else 1 if size == "medium" and family != "t" else 2
        memory_mb = vcpus * _GIB_PER_VCPU[family] * 1024
        if family == "t" and size == "medium":
            memory_mb //= 2
        kept_cpu_m = round(1000 * (sum(_KEPT_CPU[:vcpus]) + 0.0025 * max(0, vcpus - len(_KEPT_CPU))))
        kept_memory_mb = _KEPT_MEMORY_MB + _KEPT_MEMORY_MB_PER_POD * _PODS.get(size, _MOST_PODS)
        return Room(
            1000 * vcpus,
            system.cpu_m,
            1000 * vcpus - kept_cpu_m - system.cpu_m,
            memory_mb - kept_memory_mb - system.memory_mb,
        )


@dataclass
class _Node:
    cpu_m: int
    memory_mb: int
    pods: Counter[str] = field(default_factory=Counter)

    def take(self, role: str, requests: Requests, pods: int) -> None:
        self.cpu_m -= pods * requests.cpu_m
        self.memory_mb -= pods * requests.memory_mb
        self.pods[role] += pods

    def fits(self, requests: Requests) -> bool:
        return self.cpu_m >= requests.cpu_m and self.memory_mb >= requests.memory_mb


class Placement:
    """Puts the pending pods of `roles` onto the nodes that are ready, and starts them.

    A pod goes to the node with the most free CPU; where none has room it stays pending. Pods that serve when it is made
    have a node from `now_s` on. A role's surplus pods go from where most of them are. Of nodes that end, the oldest are
    first, as Auto Scaling does not look at pods: theirs are pending again. A PodDisruptionBudget, which slows that
    down, is not modelled. Only the number of nodes is looked at: one that ends in the very tick in which another
    becomes ready keeps its pods.
    """

    def __init__(
        self,
        nodes: Capacity,
        room: Room,
        roles: Mapping[str, tuple[Capacity, Requests]],
        *,
        start: Delay = POD_START,
        generator: np.random.Generator | None = None,
        now_s: float = 0.0,
    ) -> None:
        self._nodes = nodes
        self._room = room
        self._roles = dict(roles)
        self._start = start
        self._generator = generator
        self._up: list[_Node] = []
        self._follow(now_s)
        for role, (capacity, requests) in self._roles.items():
            for _ in range(capacity.ready(now_s)):
                if not self._put(role, requests):
                    capacity.lose(now_s, 1, "1 pod waits for a node that has room")

    @property
    def pending(self) -> int:
        """Pods without a node: `scheduler_pending_pods_UNSCHEDULABLE` of AWS/EKS."""
        return sum(capacity.pending for capacity, _ in self._roles.values())

    @property
    def reserved_percent(self) -> float | None:
        """The mean of the nodes' reserved CPU, `node_cpu_reserved_capacity` of Container Insights; None without nodes.

        What a node's own pods request counts; what the kubelet keeps does not.
        """
        if not self._up:
            return None
        used_m = sum(self._room.free_cpu_m - node.cpu_m for node in self._up)
        return 100 * (self._room.system_cpu_m + used_m / len(self._up)) / self._room.cpu_m

    def pods(self) -> tuple[Mapping[str, int], ...]:
        """The pods of each role on each node, the oldest node first."""
        return tuple({role: count for role, count in node.pods.items() if count} for node in self._up)

    def step(self, now_s: float) -> None:
        """Follows the nodes and the numbers of pods that are wanted; whenever it is asked, as Kubernetes does."""
        for role, (capacity, requests) in self._roles.items():
            placed = sum(node.pods[role] for node in self._up)
            for _ in range(placed - (capacity.desired - capacity.pending)):
                max(self._up, key=lambda node: node.pods[role]).take(role, requests, -1)
        self._follow(now_s)
        for role, (capacity, requests) in self._roles.items():
            while capacity.pending and self._put(role, requests):
                capacity.begin(now_s, now_s + self._start.draw(self._generator))

    def _put(self, role: str, requests: Requests) -> bool:
        """Gives a pod a node, if one has room."""
        fitting = [node for node in self._up if node.fits(requests)]
        if fitting:
            max(fitting, key=lambda node: node.cpu_m).take(role, requests, 1)
        return bool(fitting)

    def _follow(self, now_s: float) -> None:
        ready = self._nodes.ready(now_s)
        for _ in range(len(self._up) - ready):
            for role, count in self._up.pop(0).pods.items():
                whose = "pod lost with its node" if count == 1 else "pods lost with their node"
                self._roles[role][0].lose(now_s, count, f"{count} {whose}, replaced")
        for _ in range(ready - len(self._up)):
            self._up.append(_Node(self._room.free_cpu_m, self._room.free_memory_mb))
