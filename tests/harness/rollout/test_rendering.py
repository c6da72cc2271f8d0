"""The manifests and the code that they run: what one says the other has to understand."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts import topology
from harness.fleet.environment import environment as replayed
from harness.rollout.rendering import Rendered
from harness.stack import Stack
from tests.harness.rollout.conftest import ROOT, stack_of
from worker import settings
from worker.metrics import Metrics
from worker.web import health_routes

Render = Callable[..., Rendered]
_ACCOUNT = json.dumps({"username": "u", "password": "p"})


def containers(rendered: Rendered) -> dict[str, Any]:
    """The container of each role, by the role that its arguments name."""
    found = {}
    for each in rendered.manifests:
        if each["kind"] in ("Deployment", "Job"):
            (container,) = each["spec"]["template"]["spec"]["containers"]
            (role,) = container["args"]
            found[role] = container
    return found


def variables(container: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: each["value"] for each in container["env"]}


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_the_workers_understand_their_environment(render: Render, environment: str):
    stack = stack_of(environment)
    found = containers(render(stack))
    assert found.keys() == settings.ROLES.keys()
    for role, container in found.items():
        here = {
            # Secrets are AWS's to tell; the image's files are in this tree.
            name: _ACCOUNT if value.startswith("arn:") else value.replace("/app/", f"{ROOT}/contracts/")
            for name, value in variables(container).items()
        }
        parsed = settings.parse(role, here)
        assert parsed.common.port == stack.workers[role].port
        assert parsed.common.grace_s == stack.workers[role].grace_s


def test_limits_are_those_of_a_replay(render: Render):
    stack: Stack = stack_of("dev")
    for role, container in containers(render(stack)).items():
        worker = stack.workers[role]
        references = dict.fromkeys(worker.references.values(), "x")
        replay = replayed(role, worker, references, root=ROOT, host="127.0.0.1", port=worker.port)
        names = {name for name in replay if name.startswith("WORKER_")} - {"WORKER_HOST"}
        assert {name: replay[name] for name in names} == {
            name: value for name, value in variables(container).items() if name.startswith("WORKER_")
        }


def test_probes_ask_what_the_worker_serves(render: Render):
    served = {path for method, path in health_routes(None, Metrics()) if method == "GET"}  # type: ignore[arg-type]
    for container in containers(render(stack_of("dev"))).values():
        probes = [container[key]["httpGet"]["path"] for key in container if key.endswith("Probe")]
        assert set(probes) <= served


def test_scalers_look_at_what_there_is(render: Render):
    triggers = {
        each["metadata"]["name"]: each["spec"]["triggers"][0]["metadata"]
        for each in render(stack_of("dev")).manifests
        if each["kind"] == "ScaledObject"
    }
    queues = {queue.name for queue in topology.TOPOLOGY.queues}
    assert {triggers["orders"]["queueName"], triggers["read-model"]["queueName"]} <= queues
    names = {line.split()[0] for line in Metrics().render().decode().splitlines() if not line.startswith("#")}
    assert triggers["outbox"]["valueLocation"] in names


def test_selectors_find_their_pods(render: Render):
    rendered = render(stack_of("dev"))
    pods = [
        each["spec"]["template"]["metadata"]["labels"].items()
        for each in rendered.manifests
        if each["kind"] in ("Deployment", "Job")
    ]
    for each in rendered.manifests:
        selector = {
            "Service": lambda spec: spec["selector"],
            "PodDisruptionBudget": lambda spec: spec["selector"]["matchLabels"],
            "NetworkPolicy": lambda spec: spec["podSelector"].get("matchLabels", {}),
            "Deployment": lambda spec: spec["selector"]["matchLabels"],
        }.get(each["kind"])
        if selector and each["metadata"]["name"] not in ("nothing", "names"):
            assert sum(selector(each["spec"]).items() <= labels for labels in pods) == 1, each["metadata"]["name"]


def test_the_file_has_the_objects_in_the_order_in_which_they_are_applied(render: Render):
    rendered = render(stack_of("dev"))
    assert tuple(yaml.safe_load_all(Path(rendered.file).read_text("utf-8"))) == rendered.manifests
    assert rendered.before[0]["kind"] == "Namespace"
    assert rendered.before[-1]["kind"] == "Job"


def test_a_version_without_schemas_is_told(render: Render, capsys: pytest.CaptureFixture[str]):
    render(stack_of("dev", lambda raw: raw["cluster"].update(kubernetes_version="9.9")))
    assert "(the nearest to 9.9 whose schemas are known)" in capsys.readouterr().out
