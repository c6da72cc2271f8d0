"""RDS (ministack 1.5.33): with its first instance a cluster's endpoints become 127.0.0.1, where nothing listens.

On AWS they are names that stay for the cluster's life.
"""

from threading import Lock
from typing import ClassVar

from harness.emulator import xml
from harness.emulator.call import Answer, Call
from harness.emulator.gaps.gap import Gap, Onward
from harness.emulator.upstream import Upstream

_NAMES = ("Endpoint", "ReaderEndpoint")


class ClusterEndpoints(Gap):
    """Keeps the endpoints that each cluster was made with, by region and name."""

    services: ClassVar[frozenset[str]] = frozenset({"rds"})

    def __init__(self) -> None:
        self._endpoints: dict[tuple[str, str], dict[str, str]] = {}
        self._lock = Lock()

    def handle(self, call: Call, onward: Onward, upstream: Upstream) -> Answer:
        """Takes the endpoints from the answer that makes a cluster, and shows them with it from then on."""
        answer = onward(call)
        if answer.status != 200 or "DBCluster" not in call.action:
            return answer
        root = xml.parse(answer)
        with self._lock:
            for cluster in xml.all_named(root, "DBCluster"):
                name = (call.region, xml.text(cluster, "DBClusterIdentifier"))
                if call.action == "CreateDBCluster":
                    self._endpoints[name] = {each: xml.text(cluster, each) for each in _NAMES}
                for each, endpoint in self._endpoints.get(name, {}).items():
                    xml.put(cluster, each, endpoint)
                if call.action == "DeleteDBCluster":
                    self._endpoints.pop(name, None)
        return xml.rendered(answer, root)
