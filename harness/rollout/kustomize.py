"""Kustomize, as kubectl carries it: an overlay becomes objects."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from harness.rollout import tools
from harness.rollout.errors import Contradiction
from harness.rollout.figures import Role

Manifest: TypeAlias = Mapping[str, Any]

# What `migrate` needs, and it at the end: its pod finds the network as closed as it will be. All else follows once it
# has made what the others look for.
_FIRST = ("Namespace", "ServiceAccount", "NetworkPolicy", "Job")


def build(folder: Path) -> tuple[Manifest, ...]:
    """The objects of an overlay, in Kustomize's order. Raises ToolMissing and ToolFailed."""
    documents = yaml.safe_load_all(tools.run("kubectl", "kustomize", str(folder)))
    return tuple(document for document in documents if document)


def label(manifest: Manifest) -> str:
    """How messages name it: kind/name."""
    return f"{manifest.get('kind')}/{manifest.get('metadata', {}).get('name')}"


def split(manifests: tuple[Manifest, ...]) -> tuple[tuple[Manifest, ...], tuple[Manifest, ...]]:
    """What comes before the workers, `migrate` included, and the rest."""
    first = [each for each in manifests if each["kind"] in _FIRST]
    return tuple(sorted(first, key=lambda each: _FIRST.index(each["kind"]))), tuple(
        each for each in manifests if each["kind"] not in _FIRST
    )


def dump(manifests: tuple[Manifest, ...]) -> str:
    """As YAML, one document each."""
    return yaml.safe_dump_all(manifests, sort_keys=False, width=140)


def agree(manifests: tuple[Manifest, ...], roles: tuple[Role, ...]) -> None:
    """Raises Contradiction where a role has no workload, or a workload no role.

    Kustomize passes over a patch whose target does not exist, and an object without its patch has no figures.
    """
    expected = {f"{'Job' if role.scaling is None else 'Deployment'}/{role.name}" for role in roles}
    found = {label(each) for each in manifests if each["kind"] in ("Deployment", "Job")}
    if missing := sorted(expected - found):
        raise Contradiction(f"worker_src/deploy/base has no {', '.join(missing)}, which the stack's workers need")
    if left := sorted(found - expected):
        raise Contradiction(f"worker_src/deploy/base has {', '.join(left)}, and the stack has no such worker")
