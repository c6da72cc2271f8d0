"""EKS (ministack 1.5.33): an add-on's Pod Identity associations are not made, and shown as they were asked for.

On AWS they are associations like any other, in the add-on's namespace, which the add-on names by ARN and takes with it.
"""

import re
from contextlib import suppress
from threading import Lock
from typing import Any, ClassVar

from harness.emulator.call import Answer, Call
from harness.emulator.gaps.gap import Gap, Onward
from harness.emulator.routes import MINISTACK
from harness.emulator.upstream import Upstream

_PATH = re.compile(r"/clusters/([^/]+)/addons(?:/([^/]+)(?:/update)?)?$")
_NAMESPACES = {"amazon-cloudwatch-observability": "amazon-cloudwatch"}
_DEFAULT = "kube-system"
_ASKED = "podIdentityAssociations"


class EksAddons(Gap):
    """Makes the associations of each add-on, and keeps their ARNs by region, cluster and add-on."""

    services: ClassVar[frozenset[str]] = frozenset({"eks"})

    def __init__(self) -> None:
        self._arns: dict[tuple[str, str, str], list[str]] = {}
        self._lock = Lock()

    def handle(self, call: Call, onward: Onward, upstream: Upstream) -> Answer:
        """Makes, shows and removes associations; the emulator hears nothing of them."""
        found = _PATH.match(call.path)
        if not found:
            return onward(call)
        asked = dict(call.json)
        wanted = asked.pop(_ASKED, None)
        answer = onward(call if wanted is None else call.with_json(asked))
        if answer.status >= 300:
            return answer
        cluster, addon = found[1], found[2] or asked.get("addonName", "")
        key = (call.region, cluster, addon)
        client = upstream.client("eks", MINISTACK, call.region)
        with self._lock:
            if call.method == "POST" and found[2] is None:
                self._arns.pop(key, None)  # of an add-on that went with its cluster
            if wanted is not None or call.method == "DELETE":
                for arn in self._arns.pop(key, []):
                    with suppress(client.exceptions.ResourceNotFoundException):
                        client.delete_pod_identity_association(
                            clusterName=cluster, associationId=arn.rpartition("/")[2]
                        )
            if wanted:
                self._arns[key] = [_made(client, cluster, addon, each) for each in wanted]
            shown = answer.json
            if "addon" in shown:
                shown["addon"][_ASKED] = self._arns.get(key, [])
        return answer.with_json(shown)


def _made(client: Any, cluster: str, addon: str, asked: dict[str, str]) -> str:
    """The ARN of a new association."""
    made = client.create_pod_identity_association(
        clusterName=cluster, namespace=_NAMESPACES.get(addon, _DEFAULT), **asked
    )
    return str(made["association"]["associationArn"])
