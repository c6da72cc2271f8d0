"""Every number of the manifests is a figure of the description, or one of the few that the deployment itself has."""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from typing import Any

import pytest

from harness.rollout import figures, overlay
from harness.rollout.errors import Contradiction
from harness.rollout.rendering import Rendered
from tests.harness.rollout.conftest import ROOT, applied, description, stack_of

Render = Callable[..., Rendered]
Raw = dict[str, Any]

_NUMBER = re.compile(r"\d+(\.\d+)?(m|Mi|%)?")
_PORT = re.compile(r"^[a-z]+://[^/]*:(\d+)(?:/|$)")
_POD = "spec.template.spec"
_WORKER = f"{_POD}.containers.0"

# The deployment's own: periods of probes, shares of a rollout, the user, DNS and Pod Identity's agent.
_OWN = {
    "Deployment": {
        "spec.revisionHistoryLimit": 5,
        "spec.strategy.rollingUpdate.maxSurge": "25%",
        "spec.strategy.rollingUpdate.maxUnavailable": 0,
        f"{_POD}.securityContext.runAsUser": 10001,
        f"{_POD}.securityContext.runAsGroup": 10001,
        f"{_POD}.topologySpreadConstraints.0.maxSkew": 1,
        f"{_POD}.topologySpreadConstraints.1.maxSkew": 1,
        f"{_WORKER}.startupProbe.periodSeconds": 2,
        f"{_WORKER}.startupProbe.failureThreshold": 30,
        f"{_WORKER}.livenessProbe.periodSeconds": 10,
        f"{_WORKER}.livenessProbe.timeoutSeconds": 5,
        f"{_WORKER}.livenessProbe.failureThreshold": 3,
        f"{_WORKER}.readinessProbe.periodSeconds": 5,
        f"{_WORKER}.readinessProbe.timeoutSeconds": 3,
        f"{_WORKER}.readinessProbe.failureThreshold": 2,
    },
    "Job": {
        "spec.ttlSecondsAfterFinished": 86400,
        "spec.activeDeadlineSeconds": 960,
        f"{_POD}.securityContext.runAsUser": 10001,
        f"{_POD}.securityContext.runAsGroup": 10001,
    },
    "PodDisruptionBudget": {"spec.maxUnavailable": "25%"},
    "ScaledObject": {"spec.fallback.failureThreshold": 3},
}
_NETWORK = {
    "names": {"spec.egress.0.ports.0.port": 53, "spec.egress.0.ports.1.port": 53},
    **{
        name: {"spec.egress.0.ports.0.port": 80, "spec.egress.1.ports.0.port": 443}
        for name in ("migrate", "orders", "outbox", "read-model")
    },
}
# By the scheme of the stand-ins, which say no port.
_SERVERS = {
    "migrate": (443, 3306, 5671, 27017),
    "orders": (3306, 5671),
    "outbox": (3306, 5671),
    "read-model": (5671, 27017),
}


def numbers(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Every number in `value` by its place: also as text, with a unit, or as the port of an address."""
    if isinstance(value, dict):
        named = value.get("name")
        for key, each in value.items():
            # A variable's place is its name.
            here = f"{place}.{named}" if key == "value" and named else f"{place}.{key}".lstrip(".")
            yield from numbers(each, here)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            variable = place.endswith(".env")
            yield from numbers(each, place if variable else f"{place}.{index}")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield place, value
    elif isinstance(value, str):
        if _NUMBER.fullmatch(value):
            yield place, value
        elif match := _PORT.match(value):
            yield f"{place} (port)", int(match[1])


def found(rendered: Rendered) -> dict[str, Any]:
    """All numbers of all objects."""
    return {
        f"{each['kind']}/{each['metadata']['name']} {place}": value
        for each in rendered.manifests
        for place, value in numbers({"spec": each.get("spec", {})})
    }


def expected(raw: Raw, servers: dict[str, Iterable[int]] = _SERVERS) -> dict[str, Any]:
    """The same as the description says it, worked out here once more and by hand."""
    places: dict[str, Any] = {}

    def add(kind: str, name: str, found: dict[str, Any]) -> None:
        own = _NETWORK.get(name, {}) if kind == "NetworkPolicy" else _OWN.get(kind, {})
        places.update({f"{kind}/{name} {place}": value for place, value in {**own, **found}.items()})

    add("NetworkPolicy", "names", {})
    for role, worker in raw["workers"].items():
        name, kind, scaling = role.replace("_", "-"), worker["kind"], raw["scaling"].get(role)
        service = kind == "service"
        pod = {
            f"{_POD}.terminationGracePeriodSeconds": (30 if service else 0) + worker["grace_s"] + 10,
            f"{_WORKER}.env.WORKER_GRACE_S": str(worker["grace_s"]),
            f"{_WORKER}.env.WORKER_PORT": str(worker["port"]),
            f"{_WORKER}.resources.requests.cpu": f"{worker['requests']['cpu_m']}m",
            f"{_WORKER}.resources.requests.memory": f"{worker['requests']['memory_mb']}Mi",
            f"{_WORKER}.resources.limits.memory": f"{worker['requests']['memory_mb']}Mi",
        }
        if service:
            pod[f"{_WORKER}.lifecycle.preStop.sleep.seconds"] = 30
        if kind in ("consumer", "relay"):
            for variable in ("prefetch", "batch_size", "batch_wait_ms", "max_attempts"):
                pod[f"{_WORKER}.env.WORKER_{variable.upper()}"] = str(worker[variable])
        policy = {}
        for index, port in enumerate(servers.get(name, ())):
            policy[f"spec.egress.2.ports.{index}.port"] = port
        if kind != "job":
            policy["spec.ingress.0.ports.0.port"] = worker["port"]
        if kind in ("relay", "service"):
            add("Service", name, {"spec.ports.0.port": worker["port"]})
        add("NetworkPolicy", name, policy)
        if kind == "job":
            add("Job", name, {**pod, "spec.backoffLimit": worker["max_attempts"] - 1})
            continue
        add("Deployment", name, {**pod, f"{_WORKER}.ports.0.containerPort": worker["port"]})
        add("PodDisruptionBudget", name, {})
        if service:
            behaviour = "spec.behavior"
            scaler = {
                "spec.minReplicas": scaling["minimum"],
                "spec.maxReplicas": scaling["maximum"],
                "spec.metrics.0.resource.target.averageUtilization": scaling["target_value"],
            }
        else:
            behaviour = "spec.advanced.horizontalPodAutoscalerConfig.behavior"
            scaler = {
                "spec.minReplicaCount": scaling["minimum"],
                "spec.maxReplicaCount": scaling["maximum"],
                "spec.pollingInterval": scaling["polling_s"],
                "spec.cooldownPeriod": scaling["cooldown_in_s"],
                "spec.fallback.replicas": scaling["minimum"],
            }
            trigger, target = "spec.triggers.0.metadata", str(scaling["target_value"])
            if kind == "consumer":
                scaler[f"{trigger}.value"] = target
            else:
                scaler |= {f"{trigger}.targetValue": target, f"{trigger}.url (port)": worker["port"]}
        scaler[f"{behaviour}.scaleUp.stabilizationWindowSeconds"] = scaling["cooldown_out_s"]
        scaler[f"{behaviour}.scaleDown.stabilizationWindowSeconds"] = scaling["cooldown_in_s"]
        add("HorizontalPodAutoscaler" if service else "ScaledObject", name, scaler)
    return places


@pytest.mark.parametrize("environment", ["dev", "prod", "local"])
def test_every_number_is_the_descriptions(render: Render, environment: str):
    assert found(render(stack_of(environment))) == expected(description(environment))


def every_figure_another(raw: Raw) -> None:
    """Gives each figure of workers and their scaling a value that no other has, 15 of the HPA aside."""
    fresh = count(101)
    for role, worker in raw["workers"].items():
        worker["replicas"] = {"minimum": next(fresh), "maximum": next(fresh)}
        worker["requests"] = {"cpu_m": next(fresh), "memory_mb": next(fresh)}
        for key in ("prefetch", "batch_size", "batch_wait_ms", "max_attempts", "grace_s", "port"):
            worker[key] = next(fresh)
        if scaling := raw["scaling"].get(role):
            scaling |= worker["replicas"]
            for key in ("target_value", "cooldown_in_s", "cooldown_out_s"):
                scaling[key] = next(fresh)
            if scaling["controller"] == "keda":
                scaling["polling_s"] = next(fresh)


def test_another_figure_in_the_description_is_another_in_its_place(render: Render):
    before = found(render(stack_of("prod")))
    after = found(render(stack_of("prod", every_figure_another)))
    assert after == expected(description("prod", every_figure_another))
    own = {place for place, value in before.items() if after[place] == value}
    # What stayed is the deployment's own, the servers' ports, and how long a pod waits for its load balancer.
    patterns = [f"{kind}/[a-z-]+ {re.escape(place)}" for kind, places in _OWN.items() for place in places]
    patterns += [r"NetworkPolicy/[a-z-]+ spec\.egress\..*", rf"Deployment/pricing {_WORKER}\.lifecycle\..*"]
    assert [place for place in own if not any(re.fullmatch(pattern, place) for pattern in patterns)] == []


@pytest.mark.parametrize(("target", "written"), [(1_234_567, "1234567"), (0.5, "0.5")])
def test_targets_keep_every_digit(render: Render, target: float, written: str):
    stack = stack_of("dev", lambda raw: raw["scaling"]["orders"].update(target_value=target))
    assert found(render(stack))["ScaledObject/orders spec.triggers.0.metadata.value"] == written


def test_ports_of_servers_are_those_of_the_outputs(render: Render):
    stack = stack_of("dev")
    ports = {
        "migrate": (443, 13306, 15671, 17017),
        "orders": (13306, 15671),
        "outbox": (13306, 15671),
        "read-model": (15671, 17017),
    }
    servers = {
        place: value
        for place, value in found(render(stack, applied(stack))).items()
        if place.startswith("NetworkPolicy/")
    }
    wanted = expected(description("dev"), ports)
    assert servers == {place: value for place, value in wanted.items() if place.startswith("NetworkPolicy/")}


def test_addresses_and_secrets_are_those_of_the_outputs(render: Render):
    stack = stack_of("dev")
    objects = {f"{each['kind']}/{each['metadata']['name']}": each for each in render(stack, applied(stack)).manifests}
    secret = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:broker.credentials-a1B2c3"
    assert objects["TriggerAuthentication/broker-account"]["spec"]["awsSecretManager"]["secrets"] == [
        {"parameter": "username", "name": secret, "secretKey": "username"},
        {"parameter": "password", "name": secret, "secretKey": "password"},
    ]
    metadata = objects["ScaledObject/read-model"]["spec"]["triggers"][0]["metadata"]
    assert metadata["host"] == "https://b-1.mq.eu-central-1.on.aws/"
    assert (metadata["queueName"], metadata["vhostName"]) == ("read-model", "/")
    container = objects["Deployment/orders"]["spec"]["template"]["spec"]["containers"][0]
    assert container["image"] == "123456789012.dkr.ecr.eu-central-1.amazonaws.com/orders-dev/worker:abc"
    assert {"name": "BROKER_CREDENTIALS", "value": secret} in container["env"]
    assert objects["TargetGroupBinding/pricing"]["spec"]["targetGroupARN"].endswith(":targetgroup/p/0a1b")


def test_who_may_come_to_a_pod(render: Render):
    """Every rule says who: one without `from` would let in everybody."""
    rules = {
        each["metadata"]["name"]: each["spec"].get("ingress", [])
        for each in render(stack_of("prod")).manifests
        if each["kind"] == "NetworkPolicy"
    }
    who = {name: [came for rule in found for came in rule["from"]] for name, found in rules.items() if found}
    assert who.pop("pricing") == [
        {"ipBlock": {"cidr": cidr}} for cidr in description("prod")["network"]["private_cidrs"]
    ]
    namespaces = {}
    for name, (came,) in who.items():
        (expression,) = came["namespaceSelector"]["matchExpressions"]
        assert (expression["key"], expression["operator"]) == ("kubernetes.io/metadata.name", "In")
        namespaces[name] = set(expression["values"])
    watching = {"amazon-cloudwatch", "monitoring"}
    assert namespaces == {"orders": watching, "outbox": {*watching, "keda"}, "read-model": watching}


def test_each_pod_is_closed(render: Render):
    workloads = [each for each in render(stack_of("prod")).manifests if each["kind"] in ("Deployment", "Job")]
    assert {each["metadata"]["name"] for each in workloads} == {"migrate", "orders", "outbox", "pricing", "read-model"}
    for workload in workloads:
        pod = workload["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["automountServiceAccountToken"] is False
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert pod["serviceAccountName"] == workload["metadata"]["name"]
        assert pod["nodeSelector"] == {"kubernetes.io/arch": "arm64"}


def test_a_role_without_manifests_is_named(render: Render):
    def add_role(raw: Raw) -> None:
        raw["workers"]["billing"] = raw["workers"]["orders"]
        raw["scaling"]["billing"] = raw["scaling"]["orders"]

    with pytest.raises(Contradiction, match=r"worker_src/deploy/base has no Deployment/billing"):
        render(stack_of("dev", add_role))


def test_manifests_without_a_role_are_named(render: Render):
    def drop_role(raw: Raw) -> None:
        del raw["workers"]["read_model"], raw["scaling"]["read_model"]

    with pytest.raises(Contradiction, match=r"has Deployment/read-model, and the stack has no such worker"):
        render(stack_of("dev", drop_role))


def test_an_environment_without_an_overlay_is_named(render: Render):
    with pytest.raises(Contradiction, match=r"overlays/stage is missing"):
        render(stack_of("dev", lambda raw: raw.update(environment="stage")))


def test_every_environment_has_an_overlay():
    environments = {file.stem for file in (ROOT / "terraform" / "envs").glob("*.tfvars")}
    assert environments == {folder.name for folder in (ROOT / overlay.DEPLOY / "overlays").iterdir()}


def test_only_prod_holds_pods_back_for_their_zone(render: Render):
    def rules(environment: str) -> set[str]:
        return {
            each["spec"]["template"]["spec"]["topologySpreadConstraints"][0]["whenUnsatisfiable"]
            for each in render(stack_of(environment)).manifests
            if each["kind"] == "Deployment"
        }

    assert (rules("prod"), rules("dev")) == ({"DoNotSchedule"}, {"ScheduleAnyway"})


def test_names_of_service_accounts_are_those_that_terraform_associates(render: Render):
    """`replace(name, "_", "-")` in terraform/permissions.tf, and the namespace `var.name`."""
    stack = stack_of("prod")
    accounts = [each["metadata"] for each in render(stack).manifests if each["kind"] == "ServiceAccount"]
    assert {each["name"] for each in accounts} == {name.replace("_", "-") for name in stack.workers}
    assert {each["namespace"] for each in accounts} == {stack.name}
    assert {role.name for role in figures.roles(stack)} == {each["name"] for each in accounts}
