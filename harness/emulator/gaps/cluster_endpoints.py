"""RDS (ministack 1.5.33): with its first instance a cluster's endpoints become 127.0.0.1, where nothing listens.

On AWS they are names that stay for the cluster's life.
"""

from collections.abc import Mapping
from xml.etree.ElementTree import Element

from harness.emulator import xml
from harness.emulator.call import Call
from harness.emulator.gaps.remembered import Remembered

_NAMES = ("Endpoint", "ReaderEndpoint")


class ClusterEndpoints(Remembered[Mapping[str, str]]):
    """Keeps the endpoints that each cluster was made with."""

    thing = "DBCluster"

    def learn(self, call: Call, element: Element, before: Mapping[str, str] | None) -> Mapping[str, str] | None:
        """The endpoints in the answer that makes the cluster."""
        return {name: xml.text(element, name) for name in _NAMES} if call.action == "CreateDBCluster" else before

    def show(self, element: Element, kept: Mapping[str, str]) -> None:
        """Puts them where the emulator's own stand."""
        for name, endpoint in kept.items():
            xml.put(element, name, endpoint)
