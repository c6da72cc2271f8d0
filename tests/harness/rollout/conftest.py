"""Descriptions as they are committed or changed, and their manifests by the real Kustomize."""

import copy
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.rollout import figures, image, outputs, rendering
from harness.rollout.rendering import Rendered
from harness.stack import Stack, parse

ROOT = Path(__file__).resolve().parents[3]

Change = Callable[[dict[str, Any]], object]


def description(environment: str, change: Change = lambda raw: None) -> dict[str, Any]:
    """A committed description as plain JSON, changed."""
    raw: dict[str, Any] = json.loads((ROOT / "terraform" / f"stack.{environment}.json").read_text("utf-8"))
    changed = copy.deepcopy(raw)
    change(changed)
    return changed


def stack_of(environment: str, change: Change = lambda raw: None) -> Stack:
    """The same as a Stack."""
    return parse(description(environment, change))


@pytest.fixture(scope="session")
def render(kubectl: None, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Rendered]:
    """render(stack): its manifests; with `values`, from these outputs of Terraform instead of stand-ins.

    The same again is not rendered again.
    """
    known: dict[str, Rendered] = {}

    def rendered(stack: Stack, values: Mapping[str, Any] | None = None) -> Rendered:
        key = f"{stack} {values}"
        if key not in known:
            found = outputs.stand_ins(stack) if values is None else outputs.read(stack, values)
            made = image.Image(found.repository_url, "abc", figures.architecture(stack), image.BASE)
            folder = tmp_path_factory.mktemp("deploy")
            known[key] = rendering.render(stack, found, made, root=ROOT, folder=folder, progress=print)
        return known[key]

    return rendered


def applied(stack: Stack) -> dict[str, Any]:
    """Outputs as `terraform output -json` gives them of an applied stack, with ports that are not the usual ones."""
    addresses = {
        "broker.url": "amqps://b-1.mq.eu-central-1.on.aws:15671/%2F",
        "broker.management_url": "https://b-1.mq.eu-central-1.on.aws",
        "mysql.direct_url": "mysql://orders.cluster-1.rds.amazonaws.com:13306/orders?tls=true",
        "documents.url": "mongodb://d-1.docdb.amazonaws.com:17017,d-2.docdb.amazonaws.com:17017/orders?tls=true",
    }
    secret = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:"
    return {
        "cluster": {
            "name": "orders-dev",
            "endpoint": "https://1.gr7.eu-central-1.eks.amazonaws.com",
            "repository_url": "123456789012.dkr.ecr.eu-central-1.amazonaws.com/orders-dev/worker",
            "pricing_target_group_arn": "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/p/0a1b",
            "namespace": "orders",
        },
        "worker_environment": {
            role: {
                **worker.settings,
                **{name: addresses.get(ref, f"{secret}{ref}-a1B2c3") for name, ref in worker.references.items()},
            }
            for role, worker in stack.workers.items()
        },
        "event_source_ids": {"notifications": "0b5e", "overflow_relay": "77aa"},
    }
