"""EKS (ministack 1.5.33): an update that was answered cannot be looked at."""

import re
import time
import uuid
from threading import Lock
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from harness.emulator.call import Answer, Call, json_answer
from harness.emulator.gaps.gap import Gap, Onward
from harness.emulator.upstream import Upstream

_PATH = re.compile(r"/clusters/([^/]+)/updates(?:/([^/]+))?$")
_SUBJECT = re.compile(r"/clusters/([^/]+)/(?:(?:node-groups|addons)/([^/]+)/)?[^/]+$")
_Key = tuple[str, str, str]


def made(kind: str) -> dict[str, Any]:
    """An update of this type, which is done: the emulated EKS does everything at once."""
    return {
        "id": str(uuid.uuid4()),
        "status": "Successful",
        "type": kind,
        "params": [],
        "createdAt": time.time(),
        "errors": [],
    }


class EksUpdates(Gap):
    """Keeps the updates of each cluster, by region, cluster and what of the cluster they change, if not all of it."""

    services: ClassVar[frozenset[str]] = frozenset({"eks"})

    def __init__(self) -> None:
        self._updates: dict[_Key, dict[str, dict[str, Any]]] = {}
        self._lock = Lock()

    def handle(self, call: Call, onward: Onward, upstream: Upstream) -> Answer:
        """Takes updates from the answers to what makes them, and shows them."""
        found = _PATH.match(call.path)
        if found and call.method == "GET":
            return self._shown(call, found[1], found[2])
        answer = onward(call)
        subject = _SUBJECT.match(call.path)
        if call.method != "POST" or subject is None or answer.status >= 300:
            return answer
        update = answer.json.get("update")
        if update:
            with self._lock:
                kept = self._updates.setdefault((call.region, subject[1], subject[2] or ""), {})
                kept[update["id"]] = update
        return answer

    def _shown(self, call: Call, cluster: str, key: str | None) -> Answer:
        asked = parse_qs(urlsplit(call.target).query)
        part = next((asked[name][0] for name in ("nodegroupName", "addonName") if name in asked), "")
        with self._lock:
            kept = self._updates.get((call.region, cluster, part), {})
            if key is None:
                return json_answer({"updateIds": list(kept)})
            if key in kept:
                return json_answer({"update": kept[key]})
        return json_answer(
            {"message": f"No update found for ID: {key}"}, 404, [("x-amzn-errortype", "ResourceNotFoundException")]
        )
