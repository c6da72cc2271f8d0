"""RDS and DocumentDB (ministack 1.5.33): which logs a cluster exports to CloudWatch is forgotten."""

from xml.etree.ElementTree import Element

from harness.emulator import xml
from harness.emulator.call import Call
from harness.emulator.gaps.remembered import Remembered

_CHANGE = "CloudwatchLogsExportConfiguration"


class LogExports(Remembered[frozenset[str]]):
    """Keeps the exported logs of each cluster."""

    thing = "DBCluster"

    def learn(self, call: Call, element: Element, before: frozenset[str] | None) -> frozenset[str]:
        """What making the cluster asks for, and what a change adds and takes away."""
        if call.action == "CreateDBCluster":
            return frozenset(call.members("EnableCloudwatchLogsExports"))
        kept = before or frozenset()
        if call.action == "ModifyDBCluster":
            kept |= set(call.members(f"{_CHANGE}.EnableLogTypes"))
            kept -= set(call.members(f"{_CHANGE}.DisableLogTypes"))
        return kept

    def show(self, element: Element, kept: frozenset[str]) -> None:
        """Puts the list, which may be empty."""
        xml.put_list(element, "EnabledCloudwatchLogsExports", "member", sorted(kept))
