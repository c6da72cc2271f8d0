"""What of a stack can be raised, and to what: one step of each."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from harness.capacity.at_rest import VCPUS
from harness.capacity.controllers.errors import ControllerError
from harness.capacity.engine.setup import Setup
from harness.capacity.engine.simulation import Simulation
from harness.capacity.errors import SettingError, StackUnfit
from harness.capacity.settings import changed

_UNRESERVED = 100  # Lambda leaves so many of an account's concurrency to functions without a reservation
_SIZES = list(VCPUS)

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Raise:
    """`path` from `before` to `after`; `setup` is the one with it."""

    path: str
    before: Any
    after: Any
    setup: Setup

    @property
    def part(self) -> str:
        """What names of resources that it may relieve have in them."""
        first, second, *others = self.path.split(".")
        if first in ("functions", "workers", "event_sources", "scaling"):
            return second
        if first == "api":
            return others[0] if second == "routes" else f"{first}.{second}"
        return first


def _twice(document: Document, path: list[str], value: Any) -> Any:
    return 2 * value


def _up_to(most: float) -> Callable[[Document, list[str], Any], Any]:
    return lambda document, path, value: min(2 * value, most)


def _of_worker(document: Document, path: list[str], value: Any) -> Any:
    """A job runs once, whatever it has."""
    return value if document["workers"][path[1]]["kind"] == "job" else 2 * value


def _batch(document: Document, path: list[str], value: Any) -> Any:
    """Without a window SQS gives ten messages at most."""
    source = document["event_sources"][path[1]]
    return min(2 * value, 10 if source["kind"] == "sqs" and not source["window_s"] else 10_000)


def _larger(document: Document, path: list[str], value: Any) -> Any:
    """The next size of an instance class; the same where there is none."""
    family, dot, size = value.rpartition(".")
    following = _SIZES[_SIZES.index(size) + 1 :] if size in _SIZES else []
    return f"{family}{dot}{following[0]}" if following else value


def _reserved(document: Document, path: list[str], value: Any) -> Any:
    """What the account leaves."""
    others = sum(each["reserved_concurrency"] or 0 for each in document["functions"].values())
    return min(2 * value, value + document["account"]["concurrent_executions"] - _UNRESERVED - others)


def _provisioned(document: Document, path: list[str], value: Any) -> Any:
    """What the function may have, and what it is scaled to."""
    reserved = document["functions"][path[1]]["reserved_concurrency"]
    scaled = [rule["maximum"] for rule in document["scaling"].values() if rule["target"] == ".".join(path[:2])]
    return min([2 * value, *scaled, *([] if reserved is None else [reserved])])


def _scaled(document: Document, path: list[str], value: Any) -> Any:
    """Of a function's provisioned concurrency: what the function may have. Others stand at the part itself."""
    target = document["scaling"][path[1]]["target"].split(".")
    if target[0] != "functions":
        return value
    reserved = document["functions"][target[1]]["reserved_concurrency"]
    return 2 * value if reserved is None else min(2 * value, reserved)


_KINDS: Mapping[str, Callable[[Document, list[str], Any], Any]] = {
    "account.concurrent_executions": _twice,
    "api.throttle.rate_per_s": _twice,
    "api.throttle.burst": _twice,
    "api.routes.*.throttle.rate_per_s": _twice,
    "api.routes.*.throttle.burst": _twice,
    "functions.*.memory_mb": _up_to(10_240),
    "functions.*.reserved_concurrency": _reserved,
    "functions.*.provisioned_concurrency": _provisioned,
    "scaling.*.maximum": _scaled,
    "event_sources.*.batch_size": _batch,
    "event_sources.*.maximum_concurrency": _up_to(1_000),
    "broker.instance_class": _larger,
    "workers.*.replicas.maximum": _of_worker,
    "workers.*.requests.cpu_m": _of_worker,
    "workers.*.prefetch": _of_worker,
    "workers.*.batch_size": _of_worker,
    "cluster.nodes.maximum": _twice,
    "cluster.nodes.instance_class": _larger,
    "mysql.members.instance_class": _larger,
    "mysql.replicas.maximum": _up_to(15),
    "mysql.proxy_max_connections_percent": _up_to(100),
    "documents.members.instance_class": _larger,
    "documents.members.maximum": _up_to(16),
}
"""Paths, with * for any name, and what follows a value. Bounds are AWS's own."""

# What Terraform feeds from one variable.
_TOGETHER = {"mysql.members.instance_class": "mysql.replicas.instance_class"}

# Quotas of the account that stand before a limit of the stack: who raises this asks for those.
_QUOTAS = {"api.throttle.rate_per_s": "account_rate_per_s", "api.throttle.burst": "account_burst"}


def raises(setup: Setup) -> Iterator[Raise]:
    """Each value of the setup's stack that can be raised, in the table's order, with the setup that this makes.

    Left out is what is 0 or not set, what is at its bound, and what a simulation does not know the size of.
    """
    for pattern, following in _KINDS.items():
        for path, value in _matching(setup.document, pattern.split(".")):
            after = following(setup.document, path, value) if value else value
            name = ".".join(path)
            raised = None if after == value else _with(setup, name, after)
            if raised is not None:
                yield Raise(name, value, after, raised)


def _matching(value: Any, pattern: list[str], path: tuple[str, ...] = ()) -> Iterator[tuple[list[str], Any]]:
    """The values at paths like `pattern`."""
    if not pattern:
        yield list(path), value
        return
    if isinstance(value, Mapping):
        for name in value if pattern[0] == "*" else [pattern[0]]:
            if name in value:
                yield from _matching(value[name], pattern[1:], (*path, name))


def _with(setup: Setup, path: str, value: Any) -> Setup | None:
    """The setup with another value; None where it cannot be, or cannot be simulated."""
    paths = [path, *([_TOGETHER[path]] if path in _TOGETHER else [])]
    quotas = {} if path not in _QUOTAS else {_QUOTAS[path]: max(value, getattr(setup.assumptions, _QUOTAS[path]))}
    try:
        raised = replace(
            setup,
            document=changed(setup.document, [f"{each}={value}" for each in paths]),
            assumptions=replace(setup.assumptions, **quotas),
        )
        Simulation(raised)
    except (SettingError, StackUnfit, ControllerError):
        return None
    return raised
