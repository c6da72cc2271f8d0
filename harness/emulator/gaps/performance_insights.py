"""RDS (ministack 1.5.33): the key that encrypts an instance's Performance Insights is forgotten."""

from threading import Lock
from typing import ClassVar

from harness.emulator import xml
from harness.emulator.call import Answer, Call
from harness.emulator.gaps.gap import Gap, Onward
from harness.emulator.upstream import Upstream

_KEY = "PerformanceInsightsKMSKeyId"


class PerformanceInsights(Gap):
    """Keeps the key of each instance by region and name."""

    services: ClassVar[frozenset[str]] = frozenset({"rds"})

    def __init__(self) -> None:
        self._keys: dict[tuple[str, str], str] = {}
        self._lock = Lock()

    def handle(self, call: Call, onward: Onward, upstream: Upstream) -> Answer:
        """Takes the key from what makes and changes instances, and shows it with each."""
        answer = onward(call)
        if answer.status != 200 or "DBInstance" not in call.action:
            return answer
        root = xml.parse(answer)
        with self._lock:
            for instance in xml.all_named(root, "DBInstance"):
                name = (call.region, xml.text(instance, "DBInstanceIdentifier"))
                if call.action in ("CreateDBInstance", "ModifyDBInstance") and call.form.get(_KEY):
                    self._keys[name] = call.form[_KEY]
                if key := self._keys.get(name):
                    xml.put(instance, _KEY, key)
                if call.action == "DeleteDBInstance":
                    self._keys.pop(name, None)
        return xml.rendered(answer, root)
