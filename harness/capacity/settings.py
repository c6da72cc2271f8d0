"""Changes of a stack description, to be tried in a simulation: `functions.commands.reserved_concurrency=500`."""

import copy
import difflib
import json
import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from harness.capacity.errors import SettingError
from harness.stack import Stack, StackError, parse

_NEAREST = 3

# A bound that stands twice in a description, since Terraform feeds both from one local: a part and the rule that scales
# it. By the part's path: the path of its minimum and of its maximum.
_BOUNDS = {
    "workers": ("replicas.minimum", "replicas.maximum"),
    "documents": ("minimum", "maximum"),
    "mysql": ("minimum", "maximum"),
    "cluster": ("minimum", "maximum"),
    "functions": ("provisioned_concurrency", ""),
}


def changed(document: Mapping[str, Any], settings: Iterable[str]) -> dict[str, Any]:
    """A copy of the description `document` with each `PATH=VALUE` of `settings`; numbers and words as in JSON.

    A bound that a scaling rule repeats is changed in both places. Raises SettingError for an unknown path, with the
    nearest ones, and for what the description's form does not allow.
    """
    value = copy.deepcopy(dict(document))
    for setting in settings:
        path, equals, text = setting.partition("=")
        if not equals or not path:
            raise SettingError(f"{setting!r}: write PATH=VALUE, such as functions.commands.reserved_concurrency=500")
        for each in (path, *_twins(value, path)):
            _set(value, each, text)
        try:
            parse(value)
        except StackError as error:
            raise SettingError(f"{setting}: {error}") from None
    _check(parse(value))
    return value


def _check(stack: Stack) -> None:
    """Raises SettingError for throttles, bounds and concurrency that AWS and Kubernetes would refuse."""
    throttles = {"api": stack.api.throttle} | {
        f"api.routes.{key}": each.throttle for key, each in stack.api.routes.items()
    }
    for name, throttle in throttles.items():
        if throttle is not None and not (throttle.rate_per_s > 0 and throttle.burst > 0):
            raise SettingError(
                f"{name}.throttle: {throttle.rate_per_s:g} a second, {throttle.burst:g} at once; write more than 0"
            )
    for name, rule in stack.scaling.items():
        if not 0 <= rule.minimum <= rule.maximum:
            raise SettingError(f"scaling.{name}: from {rule.minimum} to {rule.maximum}; write 0 <= minimum <= maximum")
    taken = 0
    for name, function in stack.functions.items():
        reserved, provisioned = function.reserved_concurrency, function.provisioned_concurrency
        if not 0 <= provisioned <= (math.inf if reserved is None else reserved):
            raise SettingError(
                f"functions.{name}: {provisioned} provisioned and {reserved} reserved; "
                "write 0 <= provisioned_concurrency <= reserved_concurrency"
            )
        taken += provisioned if reserved is None else reserved
    if taken > stack.account.concurrent_executions:
        raise SettingError(
            f"functions: {taken} environments are reserved or provisioned, of {stack.account.concurrent_executions} "
            "that account.concurrent_executions allows; lower some, or raise that"
        )


def numbers(texts: Iterable[str], known: Collection[str]) -> Iterator[tuple[str, float]]:
    """Name and number of each NAME=NUMBER. Raises SettingError for a name that is not `known`, and for no number."""
    for text in texts:
        name, _, number = text.partition("=")
        if name not in known:
            near = ", ".join(difflib.get_close_matches(name, known, _NEAREST, 0.0))
            raise SettingError(f"{text}: there is no {name}; the nearest are {near}")
        try:
            value = float(number)
        except ValueError:
            value = math.nan
        if not (math.isfinite(value) and value >= 0):
            raise SettingError(f"{text}: write {name}=NUMBER, 0 or more")
        yield name, value


def stack_of(document: Mapping[str, Any]) -> Stack:
    """The stack of a description that has been read as JSON. Raises SettingError where it is none."""
    try:
        return parse(dict(document))
    except StackError as error:
        raise SettingError(str(error)) from None


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _set(document: dict[str, Any], path: str, text: str) -> None:
    *parents, last = path.split(".")
    at: Any = document
    for name in parents:
        at = at.get(name) if isinstance(at, dict) else None
    if not isinstance(at, dict) or last not in at or isinstance(at[last], dict):
        known = list(_paths(document))
        near = difflib.get_close_matches(path, known, _NEAREST, 0.0)
        raise SettingError(f"{path}: the stack has no such value; the nearest are {', '.join(near)}")
    # Where there is a text, such as a version, what looks like a number is one too.
    at[last] = text if isinstance(at[last], str) else _value(text)


def _paths(value: Any, path: str = "") -> Iterator[str]:
    """Every path to a value that can be set."""
    if not isinstance(value, dict):
        yield path
        return
    for name, each in value.items():
        yield from _paths(each, f"{path}.{name}" if path else name)


def _twins(document: Mapping[str, Any], path: str) -> Iterator[str]:
    """Where the bound at `path` stands as well."""
    for name, rule in document["scaling"].items():
        low, high = _BOUNDS[rule["target"].partition(".")[0]]
        for bound, part in (("minimum", low), ("maximum", high)):
            if not part:
                continue
            pair = (f"scaling.{name}.{bound}", f"{rule['target']}.{part}")
            if path in pair:
                yield pair[1 - pair.index(path)]
