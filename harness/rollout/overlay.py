"""The overlay of one environment: worker_src/deploy with the figures of the stack's description and its outputs.

The manifests in worker_src/deploy have no figure of the stack. This module adds each of them, by JSON patches (RFC
6902), to the object that it belongs to, and hence is the only place that knows where a figure goes.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import yaml

from harness.rollout import figures
from harness.rollout.errors import Contradiction, OutputMissing
from harness.rollout.figures import Role
from harness.rollout.image import Image
from harness.rollout.outputs import Outputs
from harness.stack import Stack, limits

DEPLOY = Path("worker_src") / "deploy"

Operation: TypeAlias = dict[str, Any]

_POD = "/spec/template/spec"
_WORKER = f"{_POD}/containers/0"
_PORTS = {"amqps": 5671, "amqp": 5672, "mysql": 3306, "mongodb": 27017, "https": 443, "http": 80}


def write(stack: Stack, outputs: Outputs, image: Image, *, root: Path, folder: Path) -> Path:
    """Writes the overlay into `folder` and returns it. Raises Contradiction and OutputMissing."""
    base = root / DEPLOY / "overlays" / stack.environment
    if not base.is_dir():
        raise Contradiction(f"{base} is missing: {stack.environment} needs an overlay, if only one that names the base")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    patches = []
    for kind, name, operations in objects(stack, outputs):
        file = folder / f"{kind.lower()}-{name}.yaml"
        file.write_text(_yaml(operations), "utf-8")
        patches.append({"path": file.name, "target": {"kind": kind, "name": name}})
    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "namespace": outputs.namespace,
        "resources": [os.path.relpath(base.resolve(), folder.resolve())],
        "images": [{"name": "worker", "newName": image.repository, "newTag": image.tag}],
        "patches": patches,
    }
    (folder / "kustomization.yaml").write_text(_yaml(kustomization), "utf-8")
    return folder


def objects(stack: Stack, outputs: Outputs) -> Iterator[tuple[str, str, list[Operation]]]:
    """What is added to each object: its kind, its name, the operations. Raises Contradiction."""
    yield "TriggerAuthentication", "broker-account", _account(stack, outputs)
    for role in figures.roles(stack):
        if role.scaling is None:
            yield "Job", role.name, [*_pod(stack, role, outputs), *_tries(role)]
        else:
            yield "Deployment", role.name, [*_pod(stack, role, outputs), *_endpoint(role)]
        if role.scaling and role.scaling.controller == "keda":
            yield "ScaledObject", role.name, _scaled(stack, role, outputs)
        if role.scaling and role.scaling.controller == "hpa":
            yield "HorizontalPodAutoscaler", role.name, _autoscaled(role)
        if role.worker.kind in ("service", "relay"):  # the load balancer asks it, or KEDA
            yield "Service", role.name, [_add("/spec/ports", [_named(role, "port", targetPort="http")])]
        if role.worker.kind == "service":
            yield "TargetGroupBinding", role.name, [_add("/spec/targetGroupARN", outputs.target_group_arn)]
        yield "NetworkPolicy", role.name, _reachable(stack, role, outputs)


def _account(stack: Stack, outputs: Outputs) -> list[Operation]:
    secrets = [
        {"parameter": key, "name": outputs.broker_secret_arn, "secretKey": key} for key in ("username", "password")
    ]
    return [
        _add("/spec/awsSecretManager/region", stack.region),
        _add("/spec/awsSecretManager/secrets", secrets),
    ]


def _pod(stack: Stack, role: Role, outputs: Outputs) -> list[Operation]:
    worker = role.worker
    variables = {**outputs.environment[role.role], **limits(worker), "WORKER_PORT": str(worker.port)}
    memory = f"{worker.requests.memory_mb}Mi"
    resources = {
        "requests": {"cpu": f"{worker.requests.cpu_m}m", "memory": memory},
        # Memory is not shared: what takes more than it asked for ends alone. CPU that nobody wants may be taken.
        "limits": {"memory": memory},
    }
    operations = [
        _add(f"{_POD}/nodeSelector", {"kubernetes.io/arch": figures.architecture(stack)}),
        _add(f"{_POD}/terminationGracePeriodSeconds", role.termination_s),
        _add(f"{_WORKER}/env", [{"name": name, "value": variables[name]} for name in sorted(variables)]),
        _add(f"{_WORKER}/resources", resources),
    ]
    if role.unbind_s:
        operations.append(_add(f"{_WORKER}/lifecycle", {"preStop": {"sleep": {"seconds": role.unbind_s}}}))
    return operations


def _tries(role: Role) -> list[Operation]:
    return [
        _add("/spec/backoffLimit", role.worker.max_attempts - 1),
        _add("/spec/activeDeadlineSeconds", figures.JOB_DEADLINE_S),
    ]


def _endpoint(role: Role) -> list[Operation]:
    return [_add(f"{_WORKER}/ports", [_named(role, "containerPort")])]


def _scaled(stack: Stack, role: Role, outputs: Outputs) -> list[Operation]:
    assert role.scaling is not None
    scaling, target = role.scaling, _number(role.scaling.target_value)
    operations = [
        _add("/spec/minReplicaCount", scaling.minimum),
        _add("/spec/maxReplicaCount", scaling.maximum),
        _add("/spec/pollingInterval", scaling.polling_s),
        # It counts only towards none, which `minimum` may allow.
        _add("/spec/cooldownPeriod", scaling.cooldown_in_s),
        _add("/spec/fallback/replicas", scaling.minimum),
        *_behaviour(role, "/spec/advanced/horizontalPodAutoscalerConfig/behavior"),
    ]
    metadata = "/spec/triggers/0/metadata"
    if scaling.metric == "queue_length":
        return [
            *operations,
            # The slash stands for no virtual host in the address, so that vhostName is not overridden.
            _add(f"{metadata}/host", f"{outputs.broker_management_url.rstrip('/')}/"),
            _add(f"{metadata}/vhostName", stack.broker.virtual_host),
            _add(f"{metadata}/queueName", role.worker.queue),
            _add(f"{metadata}/value", target),
        ]
    gauges = f"http://{role.name}.{outputs.namespace}.svc.cluster.local:{role.worker.port}/metrics"
    return [*operations, _add(f"{metadata}/url", gauges), _add(f"{metadata}/targetValue", target)]


def _autoscaled(role: Role) -> list[Operation]:
    assert role.scaling is not None
    scaling = role.scaling
    cpu = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": int(scaling.target_value)}}
    return [
        _add("/spec/minReplicas", scaling.minimum),
        _add("/spec/maxReplicas", scaling.maximum),
        _add("/spec/metrics", [{"type": "Resource", "resource": cpu}]),
        *_behaviour(role, "/spec/behavior"),
    ]


def _behaviour(role: Role, path: str) -> list[Operation]:
    """A cooldown as an HPA has it: the most careful wish of so many seconds counts."""
    assert role.scaling is not None
    return [
        _add(f"{path}/scaleUp/stabilizationWindowSeconds", role.scaling.cooldown_out_s),
        _add(f"{path}/scaleDown/stabilizationWindowSeconds", role.scaling.cooldown_in_s),
    ]


def _reachable(stack: Stack, role: Role, outputs: Outputs) -> list[Operation]:
    """The ports of the servers that the role refers to, and its own for those who come to it."""
    addresses = {
        outputs.environment[role.role][variable]
        for variable, address in role.worker.references.items()
        if not address.endswith("credentials")
    }
    servers = [_tcp(port) for port in sorted({_port(address) for address in addresses})]
    operations = [_add("/spec/egress/-", {"ports": servers})] if servers else []
    own = [_tcp(role.worker.port)]
    if role.worker.kind == "service":
        subnets = [{"ipBlock": {"cidr": cidr}} for cidr in stack.network.private_cidrs]
        operations.append(_add("/spec/ingress/-", {"from": subnets, "ports": own}))
    elif role.scaling:
        operations.append(_add("/spec/ingress/0/ports", own))
    return operations


def _port(address: str) -> int:
    parts = urlsplit(address)
    # MongoDB's may list several hosts, which urlsplit takes for one; all of a cluster's listen at the same port.
    port = parts.netloc.split(",")[0].rpartition(":")[2]
    if port.isdecimal():
        return int(port)
    if parts.scheme not in _PORTS:
        raise OutputMissing(f"{address}: says no port, and {parts.scheme!r} has none of its own")
    return _PORTS[parts.scheme]


def _tcp(port: int) -> dict[str, Any]:
    return {"protocol": "TCP", "port": port}


def _named(role: Role, key: str, **more: str) -> dict[str, Any]:
    return {"name": "http", "protocol": "TCP", key: role.worker.port, **more}


def _add(path: str, value: object) -> Operation:
    return {"op": "add", "path": path, "value": value}


def _number(value: float) -> str:
    return str(int(value) if value.is_integer() else value)


def _yaml(value: object) -> str:
    return yaml.safe_dump(value, sort_keys=False, width=140)
