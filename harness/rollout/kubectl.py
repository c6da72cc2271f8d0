"""kubectl in one namespace: apply, and waits that say state and last words when they fail."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness.rollout import tools
from harness.rollout.errors import NotDone, ToolFailed
from harness.rollout.figures import JOB_LIMIT_S
from harness.rollout.kustomize import Manifest, dump

_ROLLOUT_LIMIT_S = 900
_PAUSE_S = 3.0
_LAST_LINES = 15


class Kubectl:
    """kubectl with one kubeconfig and namespace. Its methods raise ToolMissing, ToolFailed and NotDone."""

    def __init__(self, kubeconfig: Path, namespace: str, progress: Callable[[str], object]) -> None:
        self._always = ("--kubeconfig", str(kubeconfig), "--namespace", namespace)
        self._progress = progress

    def run(self, *arguments: str, given: str | None = None, timeout_s: float = 120.0) -> str:
        """What a command prints."""
        # The verb first, so that a failure names it.
        return tools.run("kubectl", arguments[0], *self._always, *arguments[1:], given=given, timeout_s=timeout_s)

    def apply(self, manifests: tuple[Manifest, ...]) -> None:
        """Applies them on the server's side: what an earlier rollout set and this one does not is taken back."""
        text = self.run("apply", "--server-side", "--force-conflicts", "--field-manager=harness", "--filename=-",
                        given=dump(manifests))  # fmt: skip
        for line in text.splitlines():
            self._progress(f"  {line}")

    def delete_job(self, name: str) -> None:
        """Removes the job of an earlier rollout, whose form cannot change, and waits until it is gone."""
        self.run("delete", "job", name, "--ignore-not-found", "--wait", timeout_s=180.0)

    def wait_for_job(self, name: str) -> None:
        """Waits until the job has succeeded."""
        deadline = time.monotonic() + JOB_LIMIT_S
        while True:
            status = json.loads(self.run("get", "job", name, "--output=json")).get("status", {})
            conditions = {each["type"]: each for each in status.get("conditions", ()) if each["status"] == "True"}
            if "Complete" in conditions:
                return
            if "Failed" in conditions:
                why = conditions["Failed"].get("message", "no reason given")
                raise NotDone(f"job {name} failed: {why}{self._last_words(f'job/{name}')}")
            if time.monotonic() > deadline:
                raise NotDone(
                    f"job {name} is not done after {JOB_LIMIT_S} s: {_counts(status)}; Kubernetes ends it"
                    f"{self._pods(name)}{self._last_words(f'job/{name}')}"
                )
            time.sleep(_PAUSE_S)

    def wait_for_rollout(self, name: str) -> None:
        """Waits until every pod of the deployment is of this version and ready."""
        try:
            self.run("rollout", "status", f"deployment/{name}", f"--timeout={_ROLLOUT_LIMIT_S}s",
                     timeout_s=_ROLLOUT_LIMIT_S + 30)  # fmt: skip
        except ToolFailed as error:
            raise NotDone(f"{error}{self._pods(name)}{self._last_words(f'deployment/{name}')}") from None

    def wait_for_scalers(self) -> None:
        """Waits until KEDA has taken every ScaledObject, which it does once their metrics can be asked for."""
        try:
            self.run("wait", "--for=condition=Ready", "scaledobject", "--all", "--timeout=180s", timeout_s=210.0)
        except ToolFailed as error:
            state = self.run("get", "scaledobject")
            raise NotDone(f"{error}\n{state.rstrip()}") from None

    def _pods(self, name: str) -> str:
        try:
            found = self.run("get", "pods", f"--selector=app.kubernetes.io/component={name}", "--output=wide")
        except ToolFailed as error:
            return f"\n{error}"
        return f"\n{found.rstrip()}" if found.strip() else "\nit has no pods"

    def _last_words(self, what: str) -> str:
        try:
            said = self.run("logs", what, f"--tail={_LAST_LINES}")
        except ToolFailed as error:
            return f"\nits log cannot be had: {error}"
        return f"\n{said.rstrip()}" if said.strip() else "\nit has said nothing"


def _counts(status: dict[str, Any]) -> str:
    return ", ".join(f"{status.get(key, 0)} {key}" for key in ("active", "succeeded", "failed"))
