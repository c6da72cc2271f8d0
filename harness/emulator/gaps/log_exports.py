"""RDS and DocumentDB (ministack 1.5.33): which logs a cluster exports to CloudWatch is forgotten."""

from threading import Lock
from typing import ClassVar

from harness.emulator import xml
from harness.emulator.call import Answer, Call
from harness.emulator.gaps.gap import Gap, Onward
from harness.emulator.upstream import Upstream

_CHANGE = "CloudwatchLogsExportConfiguration"


class LogExports(Gap):
    """Keeps the exported logs of each cluster by its name."""

    services: ClassVar[frozenset[str]] = frozenset({"rds"})

    def __init__(self) -> None:
        self._exports: dict[str, set[str]] = {}
        self._lock = Lock()

    def handle(self, call: Call, onward: Onward, upstream: Upstream) -> Answer:
        """Takes the exports from what makes and changes clusters, and shows them with each."""
        answer = onward(call)
        if answer.status != 200 or "DBCluster" not in call.action:
            return answer
        name = call.form.get("DBClusterIdentifier", "")
        with self._lock:
            if call.action == "CreateDBCluster":
                self._exports[name] = set(call.members("EnableCloudwatchLogsExports"))
            elif call.action == "ModifyDBCluster":
                exports = self._exports.setdefault(name, set())
                exports |= set(call.members(f"{_CHANGE}.EnableLogTypes"))
                exports -= set(call.members(f"{_CHANGE}.DisableLogTypes"))
            root = xml.parse(answer)
            for cluster in xml.all_named(root, "DBCluster"):
                exports = self._exports.get(xml.text(cluster, "DBClusterIdentifier"), set())
                xml.put_list(cluster, "EnabledCloudwatchLogsExports", "member", sorted(exports))
            if call.action == "DeleteDBCluster":
                self._exports.pop(name, None)
        return xml.rendered(answer, root)
