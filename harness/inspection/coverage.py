"""Which paths of a description are compared with AWS, and which no API of AWS tells."""

import fnmatch
import re
from collections.abc import Iterator, Mapping
from typing import Any

from harness.inspection.facts import Facts
from harness.inspection.parts import PARTS

_ELSEWHERE = {
    "schema_version": "the form of the description itself",
    "name": "stands in the name of every resource",
    "environment": "stands in the name of every resource",
    "region": "where everything is looked for",
    "account.concurrent_executions": "the account's quota, which no apply changes",
    "workers": "in the Kubernetes cluster, not in AWS",
}


def hidden(description: Mapping[str, Any]) -> dict[str, str]:
    """The paths of a description (as its file has it) that no API of AWS tells, each with the reason."""
    reasons = {**_ELSEWHERE, **{path: reason for part in PARTS for path, reason in part.hidden.items()}}
    found = {}
    for path in _leaves(description, ""):
        for pattern, reason in reasons.items():
            if fnmatch.fnmatchcase(path, pattern) or path.startswith(f"{pattern}."):
                found[path] = reason
                break
    return found


def forgotten(description: Mapping[str, Any], described: Facts) -> list[str]:
    """The paths that are neither compared, being among the facts `described`, nor hidden."""
    compared = {f"{resource}.{name}" for resource, attributes in described.items() for name in attributes}
    known = compared | hidden(description).keys()
    return [
        path
        for path in _leaves(description, "")
        if not any(path == each or path.startswith(f"{each}.") for each in known)
    ]


def _leaves(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else key)
    elif not (isinstance(value, Mapping) and re.search(r"\.(settings|references)$", path)):
        yield path
