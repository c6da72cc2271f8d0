"""What an emulator of RDS or DocumentDB forgets of its things, kept beside it."""

from threading import Lock
from typing import ClassVar, Generic, TypeVar
from xml.etree.ElementTree import Element

from harness.emulator import xml
from harness.emulator.call import Answer, Call
from harness.emulator.gaps.gap import Gap, Onward
from harness.emulator.upstream import Upstream

T = TypeVar("T")


class Remembered(Gap, Generic[T]):
    """Keeps something of each `thing` (DBCluster or DBInstance) by region and name, and shows it in every answer."""

    services: ClassVar[frozenset[str]] = frozenset({"rds"})
    thing: ClassVar[str]

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], T] = {}
        self._lock = Lock()

    def learn(self, call: Call, element: Element, before: T | None) -> T | None:
        """What is to be kept after `call`, whose answer has the `element`: `before`, if it changed nothing."""
        raise NotImplementedError

    def show(self, element: Element, kept: T) -> None:
        """Puts what is kept into an answer's `element`."""
        raise NotImplementedError

    def handle(self, call: Call, onward: Onward, upstream: Upstream) -> Answer:
        """Learns from what makes and changes things, shows it with each, and forgets it with the thing."""
        answer = onward(call)
        if answer.status != 200 or self.thing not in call.action:
            return answer
        root = xml.parse(answer)
        with self._lock:
            for element in xml.all_named(root, self.thing):
                name = (call.region, xml.text(element, f"{self.thing}Identifier"))
                kept = self.learn(call, element, self._kept.get(name))
                if kept is not None:
                    self._kept[name] = kept
                    self.show(element, kept)
                if call.action == f"Delete{self.thing}":
                    self._kept.pop(name, None)
        return xml.rendered(answer, root)
