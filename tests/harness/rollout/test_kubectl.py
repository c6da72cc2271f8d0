"""The real kubectl, against a server that answers as the Kubernetes API does with the objects that it is given."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from harness.rollout.errors import NotDone, ToolFailed
from harness.rollout.kubectl import Kubectl

_GROUPS = {
    "batch": ("jobs", "Job"),
    "apps": ("deployments", "Deployment"),
    "keda.sh": ("scaledobjects", "ScaledObject"),
}
_VERSIONS = {"batch": "v1", "apps": "v1", "keda.sh": "v1alpha1"}


class Api(ThreadingHTTPServer):
    """Objects of namespace `orders` by plural and name; a pod's log by the pod's name."""

    daemon_threads = True

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, dict[str, Any]]] = {
            "jobs": {},
            "deployments": {},
            "pods": {},
            "scaledobjects": {},
        }
        self.logs: dict[str, str] = {}
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: Api

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        parts, query = url.path.strip("/").split("/"), parse_qs(url.query)
        answer: Any = self._discovery(parts)
        if answer is None and parts[-1] == "log":
            self._send(200, self.server.logs[parts[-2]].encode(), "text/plain")
            return
        if answer is None:
            after = parts[parts.index("orders") + 1 :]
            answer = self._objects(*after, watch="watch" in query)
        if answer is None:
            gone = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}
            self._send(404, json.dumps({**gone, "message": f"{parts[-1]} not found"}).encode())
            return
        self._send(200, json.dumps(answer).encode() if answer else b"")

    def _discovery(self, parts: list[str]) -> Any:
        if parts == ["version"]:
            return {"major": "1", "minor": "36", "gitVersion": "v1.36.0"}
        if parts == ["api"]:
            return {"kind": "APIVersions", "versions": ["v1"]}
        if parts == ["api", "v1"]:
            return self._resources("v1", "pods", "Pod")
        if parts == ["apis"]:
            groups = []
            for name, version in _VERSIONS.items():
                known = {"groupVersion": f"{name}/{version}", "version": version}
                groups.append({"name": name, "versions": [known], "preferredVersion": known})
            return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}
        if parts[0] == "apis" and len(parts) == 3:
            return self._resources(f"{parts[1]}/{parts[2]}", *_GROUPS[parts[1]])
        return None

    def _resources(self, version: str, plural: str, kind: str) -> Any:
        verbs = ["get", "list", "watch"]
        resource = {"name": plural, "singularName": kind.lower(), "namespaced": True, "kind": kind, "verbs": verbs}
        return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": [resource]}

    def _objects(self, plural: str = "", name: str | None = None, *, watch: bool = False) -> Any:
        if not plural:
            return {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": "orders"}}
        objects = self.server.objects[plural]
        if name is not None:
            return objects.get(name)
        if watch:
            return {}
        kind = {"jobs": "batch/v1 JobList", "deployments": "apps/v1 DeploymentList", "pods": "v1 PodList"}
        version, _, listed = kind.get(plural, "keda.sh/v1alpha1 ScaledObjectList").partition(" ")
        items = list(objects.values())
        return {"kind": listed, "apiVersion": version, "metadata": {"resourceVersion": "1"}, "items": items}

    def _send(self, status: int, body: bytes, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@pytest.fixture
def api() -> Iterator[Api]:
    server = Api()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def kube(kubectl: None, api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kubectl:
    # What kubectl remembers of a server goes there.
    monkeypatch.setenv("KUBECACHEDIR", str(tmp_path / "cache"))
    file = tmp_path / "kubeconfig"
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{api.server_port}"}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "c"}}],
        "users": [{"name": "c", "user": {}}],
        "current-context": "c",
    }
    file.write_text(yaml.safe_dump(config))
    return Kubectl(file, "orders", print)


def job(*conditions: dict[str, str], **counts: int) -> dict[str, Any]:
    labels = {"app.kubernetes.io/component": "migrate"}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "migrate", "namespace": "orders"},
        "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": {}}},
        "status": {"conditions": list(conditions), **counts},
    }


def pod(name: str, component: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "orders", "labels": {"app.kubernetes.io/component": component}},
        "spec": {"containers": [{"name": "worker", "image": "worker"}]},
        "status": {"phase": "Running"},
    }


def test_a_job_that_is_done(api: Api, kube: Kubectl):
    api.objects["jobs"]["migrate"] = job({"type": "Complete", "status": "True"}, succeeded=1)
    kube.wait_for_job("migrate")


def test_a_job_that_failed_is_told_with_its_last_words(api: Api, kube: Kubectl):
    api.objects["jobs"]["migrate"] = job({"type": "Failed", "status": "True", "message": "backoff limit reached"})
    api.objects["pods"]["migrate-x"] = pod("migrate-x", "migrate")
    api.logs["migrate-x"] = "waiting for MySQL\nMySQL refuses the administrator\n"
    with pytest.raises(NotDone) as caught:
        kube.wait_for_job("migrate")
    assert str(caught.value).splitlines() == [
        "job migrate failed: backoff limit reached",
        "waiting for MySQL",
        "MySQL refuses the administrator",
    ]


def test_a_job_that_does_not_end_is_told_with_its_state(api: Api, kube: Kubectl, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("harness.rollout.kubectl.JOB_LIMIT_S", -1)
    api.objects["jobs"]["migrate"] = job(active=1)
    with pytest.raises(
        NotDone, match=r"job migrate is not done .*: 1 active, 0 succeeded, 0 failed; Kubernetes ends it"
    ):
        kube.wait_for_job("migrate")


def test_a_rollout_that_does_not_get_on_is_told_with_pods_and_last_words(api: Api, kube: Kubectl):
    labels = {"app.kubernetes.io/component": "orders"}
    stuck = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}
    api.objects["deployments"]["orders"] = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "orders", "namespace": "orders", "generation": 1},
        "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}}},
        "status": {"observedGeneration": 1, "conditions": [stuck]},
    }
    api.objects["pods"]["orders-x"] = pod("orders-x", "orders")
    api.logs["orders-x"] = "not connected\n"
    with pytest.raises(NotDone, match=r"(?s)exceeded its progress deadline.*orders-x.*not connected"):
        kube.wait_for_rollout("orders")


def test_what_is_missing_is_one_line(kube: Kubectl):
    with pytest.raises(ToolFailed, match=r"^kubectl get: .*not found"):
        kube.wait_for_job("migrate")
