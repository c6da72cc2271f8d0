"""The broker: when it takes nothing more, and how long it takes for what it takes."""

import math
from dataclasses import dataclass

from contracts import topology
from harness.capacity.engine import sizes
from harness.capacity.engine.assumptions import Assumptions
from harness.capacity.engine.load import Load
from harness.stack import Broker as Description


@dataclass(frozen=True)
class Gate:
    """`share` of what is published is not taken, because of `why`; shares of what memory, disk and connections bear.

    `avoided` is the share of commands that go to SQS: those too whose environment does not ask again so soon.
    """

    share: float
    avoided: float
    why: str
    memory: float
    disk: float
    connections: float


class Broker:
    """Memory, disk, connections and processors of the nodes. Quorum queues have every message on each node."""

    def __init__(self, described: Description, assumptions: Assumptions) -> None:
        self._described = described
        self._assumptions = assumptions
        vcpus, self.memory_bytes, self.disk_bytes = sizes.broker(described.instance_class)
        major = int(described.engine_version.split(".")[0])
        self.watermark_bytes = self.memory_bytes * sizes.WATERMARK[4 if major >= 4 else 3]
        self._messages_per_s = vcpus * assumptions.broker_per_vcpu_s
        self.load = Load("broker")
        self._nodes = described.nodes
        self.down_until_s = 0.0
        self._avoided_until_s = 0.0
        self._lost_until_s = 0.0

    def lose_node(self, now_s: float, until_s: float) -> None:
        """A node ends: leaders are elected anew, or nothing is there at all where it was the only one."""
        single = self._described.nodes == 1
        self.leave(now_s, until_s if single else now_s + self._assumptions.election_s)
        self._lost_until_s = until_s

    def leave(self, now_s: float, until_s: float) -> None:
        """Nobody can reach it before `until_s`."""
        self.down_until_s = max(self.down_until_s, until_s)
        # An environment probes again and again, from its first failure on: soon after the beginning.
        probe_s = self._assumptions.probe_s
        probes = math.ceil((self.down_until_s - now_s) / probe_s) if probe_s else 0
        self._avoided_until_s = max(self.down_until_s, now_s + probes * probe_s)

    def nodes(self, now_s: float) -> int:
        """Nodes that run."""
        return self._nodes - (now_s < self._lost_until_s)

    def gate(self, now_s: float, ready: int, messages: int, connections: int) -> Gate:
        """What it takes at `now_s`, with so many messages: `ready` in its longest queue, `messages` in all."""
        memory = self.used_bytes(messages) / self.watermark_bytes
        disk = messages * self._assumptions.message_bytes / self.disk_bytes
        limit = self._described.connection_limit
        full = ready >= topology.MAX_LENGTH
        over = max(0.0, 1 - limit / connections) if connections else 0.0
        share, why = next(
            (
                (1.0, reason)
                for reason, closed in (
                    ("broker down", now_s < self.down_until_s),
                    ("memory watermark", memory >= 1),
                    ("disk", disk >= 1),
                    ("queue length", full),
                )
                if closed
            ),
            (over, "connections" if over else ""),
        )
        avoided = 1.0 if now_s < self._avoided_until_s else share
        return Gate(share, avoided, why, memory, disk, connections / limit)

    def used_bytes(self, messages: int) -> float:
        """Memory of a node."""
        return self._assumptions.broker_idle_bytes + messages * self._assumptions.message_memory_bytes

    def offer(self, now_s: float, published: float, during_s: float) -> None:
        """So many messages came within `during_s`."""
        self.load.offer(published / self._messages_per_s, during_s, max(self.nodes(now_s) / self._nodes, 1e-9))
