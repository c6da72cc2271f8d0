"""What to do about the number of instances: a function of what is seen, which calls nothing and remembers nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

AVAILABLE = "available"


class Action(StrEnum):
    """What one decision changes: one instance at most."""

    ADD = "add"
    REMOVE = "remove"
    NONE = "none"


@dataclass(frozen=True)
class Limits:
    """Bounds of the number of instances, the fixed ones included, and seconds of rest after an action of ours.

    An addition waits for `cooldown_out_s`, a removal for `cooldown_in_s`, whatever the last action was.
    """

    minimum: int
    maximum: int
    cooldown_out_s: float
    cooldown_in_s: float


@dataclass(frozen=True)
class Instance:
    """An instance of the cluster. `ours`: made by this function. `created_at` is None until AWS tells it."""

    identifier: str
    status: str
    writer: bool
    ours: bool
    created_at: datetime | None


@dataclass(frozen=True)
class Cluster:
    """The cluster with all its instances. `acted_at`: when this function last changed it, as far as it was noted."""

    identifier: str
    arn: str
    status: str
    instances: tuple[Instance, ...]
    acted_at: datetime | None


@dataclass(frozen=True)
class Raised:
    """Which of the two alarms is in ALARM."""

    scale_out: bool
    scale_in: bool


@dataclass(frozen=True)
class Decision:
    """The action, the instance that it makes or removes, and why, in words for the log."""

    action: Action
    instance: str | None
    reason: str


def decide(cluster: Cluster, raised: Raised, limits: Limits, now: datetime) -> Decision:
    """The one next step.

    Nothing happens while anything in the cluster changes: the alarms do not yet tell what the last step brought.
    """
    unrest = _unrest(cluster)
    if unrest:
        return _none(unrest)
    wanted = _wanted(cluster, raised, limits)
    if wanted.action is Action.NONE:
        return wanted
    cooldown_s = limits.cooldown_out_s if wanted.action is Action.ADD else limits.cooldown_in_s
    acted_at = last_action(cluster)
    if acted_at and now < acted_at + timedelta(seconds=cooldown_s):
        return _none(f"cooldown of {cooldown_s:g} s since {acted_at.isoformat(timespec='seconds')}: {wanted.reason}")
    return wanted


def prefix(cluster: str) -> str:
    """How the names of our instances begin."""
    return f"{cluster}-scaled-"


def last_action(cluster: Cluster) -> datetime | None:
    """When we last acted: what was noted, or a later birth of an instance of ours.

    AWS dates an instance when it is made, minutes after the call: an addition's cooldown begins about there.
    """
    births = (instance.created_at for instance in cluster.instances if instance.ours)
    return max((moment for moment in (cluster.acted_at, *births) if moment), default=None)


def _unrest(cluster: Cluster) -> str | None:
    if cluster.status != AVAILABLE:
        return f"the cluster is {cluster.status}"
    for instance in cluster.instances:
        if instance.status != AVAILABLE:
            return f"{instance.identifier} is {instance.status}"
    if not any(instance.writer for instance in cluster.instances):
        # It is being set up, or fails over. An instance that we made now could become the writer, for good.
        return "the cluster has no writer"
    return None


def _wanted(cluster: Cluster, raised: Raised, limits: Limits) -> Decision:
    count = len(cluster.instances)
    if count < limits.minimum:
        return _add(cluster, f"{count} instances are below the minimum of {limits.minimum}")
    if raised.scale_out:
        if count >= limits.maximum:
            return _none(f"more load, and {count} instances are the maximum")
        return _add(cluster, f"more load on {count} instances")
    if count > limits.maximum:
        return _remove(cluster, f"{count} instances are above the maximum of {limits.maximum}")
    if raised.scale_in:
        if count <= limits.minimum:
            return _none(f"less load, and {count} instances are the minimum")
        return _remove(cluster, f"less load on {count} instances")
    return _none(f"{count} instances are enough and not too many")


def _add(cluster: Cluster, reason: str) -> Decision:
    """The first free name, so that two who decide the same at once ask for the same instance, and one is refused."""
    taken = {instance.identifier for instance in cluster.instances}
    number = 1
    while (identifier := f"{prefix(cluster.identifier)}{number}") in taken:
        number += 1
    return Decision(Action.ADD, identifier, reason)


def _remove(cluster: Cluster, reason: str) -> Decision:
    """The newest of ours that is not the writer."""
    ours = [instance for instance in cluster.instances if instance.ours and not instance.writer]
    if not ours:
        return _none(f"{reason}, but none of them is ours to remove")
    newest = max(ours, key=lambda each: (each.created_at is None, each.created_at or datetime.min, each.identifier))
    return Decision(Action.REMOVE, newest.identifier, reason)


def _none(reason: str) -> Decision:
    return Decision(Action.NONE, None, reason)
