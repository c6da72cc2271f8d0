"""RDS and DocumentDB (ministack 1.5.33): which logs a cluster exports to CloudWatch is forgotten."""

from threading import Lock
from typing import ClassVar

from harness.emulator import xml
from harness.emulator.call import Answer, Call
from harness.emulator.gaps.gap import Gap, Onward
from harness.emulator.upstream import Upstream

_CHANGE = "CloudwatchLogsExportConfiguration"


class LogExports(Gap):
    """Keeps the exported logs of each cluster by region and name."""

    services: ClassVar[frozenset[str]] = frozenset({"rds"})

    def __init__(self) -> None:
        self._exports: dict[tuple[str, str], set[str]] = {}
        self._lock = Lock()

    def handle(self, call: Call, onward: Onward, upstream: Upstream) -> Answer:
        """Takes the exports from what makes and changes clusters, and shows them with each."""
        answer = onward(call)
        if answer.status != 200 or "DBCluster" not in call.action:
            return answer
        root = xml.parse(answer)
        with self._lock:
            for cluster in xml.all_named(root, "DBCluster"):
                key = (call.region, xml.text(cluster, "DBClusterIdentifier"))
                if call.action == "CreateDBCluster":
                    self._exports[key] = set(call.members("EnableCloudwatchLogsExports"))
                elif call.action == "ModifyDBCluster":
                    kept = self._exports.setdefault(key, set())
                    kept |= set(call.members(f"{_CHANGE}.EnableLogTypes"))
                    kept -= set(call.members(f"{_CHANGE}.DisableLogTypes"))
                exports = sorted(self._exports.get(key, ()))
                xml.put_list(cluster, "EnabledCloudwatchLogsExports", "member", exports)
                if call.action == "DeleteDBCluster":
                    self._exports.pop(key, None)
        return xml.rendered(answer, root)
