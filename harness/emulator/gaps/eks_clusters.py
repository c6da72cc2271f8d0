"""EKS (ministack 1.5.33): a cluster's upgrade policy is forgotten."""

from threading import Lock
from typing import Any, ClassVar

from harness.emulator.call import Answer, Call
from harness.emulator.gaps.gap import Gap, Onward
from harness.emulator.upstream import Upstream


class EksClusters(Gap):
    """Keeps the upgrade policy of each cluster by its name."""

    services: ClassVar[frozenset[str]] = frozenset({"eks"})

    def __init__(self) -> None:
        self._policies: dict[str, dict[str, Any]] = {}
        self._lock = Lock()

    def handle(self, call: Call, onward: Onward, upstream: Upstream) -> Answer:
        """Takes the policy from what makes and changes clusters, and shows it with each."""
        answer = onward(call)
        parts = call.path.strip("/").split("/")
        if parts[0] != "clusters" or answer.status >= 300:
            return answer
        name = call.json.get("name", "") if parts == ["clusters"] else parts[1] if len(parts) > 1 else ""
        with self._lock:
            if call.json.get("upgradePolicy") and (len(parts) == 1 or parts[2:] == ["update-config"]):
                self._policies[name] = call.json["upgradePolicy"]
            if len(parts) > 2 or "cluster" not in (shown := answer.json):
                return answer
            shown["cluster"]["upgradePolicy"] = self._policies.get(name, {"supportType": "EXTENDED"})
            if call.method == "DELETE":
                self._policies.pop(name, None)
        return answer.with_json(shown)
