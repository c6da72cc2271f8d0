"""Whether objects are what the cluster takes: Kubernetes' own schemas, and ours of the custom resources.

Kubernetes' come with kubernetes-validate, one set a minor version, in their strict form: an unknown field is an error.
Those of KEDA and of the load balancer controller are in schemas/, written from their CRDs at the versions of the charts
(harness/rollout/charts.py), and as strict. They have the fields that we may come to use; the keys of a KEDA trigger's
metadata, which its CRD leaves open, are those that the scaler reads.
"""

import functools
import json
from collections.abc import Iterable, Iterator
from importlib import resources
from typing import Any

import jsonschema
import kubernetes_validate
from jsonschema.exceptions import best_match
from kubernetes_validate.utils import all_versions

from harness.rollout.errors import InvalidManifest
from harness.rollout.kustomize import Manifest, label

_CUSTOM = {
    "keda.sh/v1alpha1": "keda.json",
    "elbv2.k8s.aws/v1beta1": "target_group_binding.json",
}


def version(wanted: str) -> str:
    """The minor version whose schemas are taken for a cluster of version `wanted`: that, or the newest before it."""
    known = sorted({_minor(each) for each in all_versions()})
    fitting = [each for each in known if each <= _minor(wanted)]
    major, minor = fitting[-1] if fitting else known[0]
    return f"{major}.{minor}"


def check(manifests: Iterable[Manifest], kubernetes_version: str) -> int:
    """The number of valid objects. Raises InvalidManifest that names every object and field that is not."""
    checked, wrong = 0, list[str]()
    for manifest in manifests:
        checked += 1
        wrong.extend(f"{label(manifest)}: {each}" for each in _problems(manifest, kubernetes_version))
    if wrong:
        raise InvalidManifest("\n".join(wrong))
    return checked


def _problems(manifest: Manifest, kubernetes_version: str) -> Iterator[str]:
    if not isinstance(manifest.get("apiVersion"), str) or not isinstance(manifest.get("kind"), str):
        yield "has no apiVersion or no kind"
    elif manifest["apiVersion"] in _CUSTOM:
        schema = _schema(_CUSTOM[manifest["apiVersion"]])
        for error in jsonschema.Draft202012Validator(schema).iter_errors(manifest):
            yield _told(error)
    else:
        try:
            kubernetes_validate.validate(dict(manifest), version(kubernetes_version), strict=True)
        except kubernetes_validate.SchemaNotFoundError:
            yield f"Kubernetes {version(kubernetes_version)} has no {manifest['kind']} of {manifest['apiVersion']}"
        except kubernetes_validate.ValidationError as error:
            yield _told(error)


def _told(error: jsonschema.ValidationError) -> str:
    """The field and what is wrong with it; of alternatives, that of the nearest."""
    nearest = best_match([error]) or error
    place = ".".join(str(part) for part in nearest.absolute_path) or "the object"
    return f"{place}: {nearest.message[:300]}"


@functools.cache
def _schema(name: str) -> Any:
    return json.loads((resources.files("harness.rollout") / "schemas" / name).read_text("utf-8"))


def _minor(text: str) -> tuple[int, int]:
    major, minor = text.split(".")[:2]
    return int(major), int(minor)
