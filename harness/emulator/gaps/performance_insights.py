"""RDS (ministack 1.5.33): the key that encrypts an instance's Performance Insights is forgotten."""

from xml.etree.ElementTree import Element

from harness.emulator import xml
from harness.emulator.call import Call
from harness.emulator.gaps.remembered import Remembered

_KEY = "PerformanceInsightsKMSKeyId"


class PerformanceInsights(Remembered[str]):
    """Keeps the key of each instance."""

    thing = "DBInstance"

    def learn(self, call: Call, element: Element, before: str | None) -> str | None:
        """The key that making or changing the instance names."""
        changing = call.action in ("CreateDBInstance", "ModifyDBInstance")
        return (changing and call.form.get(_KEY)) or before

    def show(self, element: Element, kept: str) -> None:
        """Puts the key."""
        xml.put(element, _KEY, kept)
