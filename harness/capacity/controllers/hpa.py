"""Kubernetes' horizontal pod autoscaler: recommendation, tolerance, stabilisation windows, policies.

Sources: Kubernetes documentation, "Horizontal Pod Autoscaling"; kubernetes/kubernetes, pkg/controller/podautoscaler
(replica_calculator.go, horizontal.go).
"""

import math
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from harness.capacity.controllers.capacity import Capacity, Change
from harness.capacity.controllers.clock import Clock
from harness.stack import Scaling

SYNC_S = 15.0
TOLERANCE = 0.1


@dataclass(frozen=True)
class Policy:
    """At most `value` pods, or per cent of them, within any `period_s`."""

    kind: Literal["Pods", "Percent"]
    value: int
    period_s: float


@dataclass(frozen=True)
class Direction:
    """How fast it may go one way: of `policies` the one that `select` names, by the most careful wish of `window_s`."""

    policies: Sequence[Policy]
    window_s: float
    select: Literal["Max", "Min", "Disabled"] = "Max"


UP = Direction((Policy("Percent", 100, 15), Policy("Pods", 4, 15)), window_s=0)
DOWN = Direction((Policy("Percent", 100, 15),), window_s=300)


@dataclass(frozen=True)
class PodUsage:
    """The CPU of a role's pods as the metrics server tells it.

    `cores` are used by `measured` ready pods. `unready` pods are pending or start; `missing` ones are ready and have no
    figure yet.
    """

    cores: float
    measured: int
    unready: int = 0
    missing: int = 0


def by_average(total: float, target: float, replicas: int, tolerance: float = TOLERANCE) -> int:
    """The pods that an external metric of type AverageValue asks for: `target` of `total` for each of `replicas`."""
    ratio = total / (target * replicas)
    return replicas if _near(ratio, tolerance) else math.ceil(total / target)


def by_utilization(
    usage: PodUsage, target_percent: float, request_m: int, replicas: int, tolerance: float = TOLERANCE
) -> int | None:
    """The pods that CPU utilisation asks for; None where no ready pod has a figure.

    Pods without a figure count as using all of their request when it goes down, and nothing when it goes up; unready
    ones as nothing when it goes up. Where that turns the direction, `replicas` stay.
    """
    if not usage.measured:
        return None
    used, counted = usage.cores * 1000 / request_m, usage.measured
    ratio = first = _ratio(used, counted, target_percent)
    if first > 1 or (first < 1 and usage.missing):
        counted += usage.missing + (usage.unready if first > 1 else 0)
        used += usage.missing if first < 1 else 0
        ratio = _ratio(used, counted, target_percent)
        if (first < 1 < ratio) or (ratio < 1 < first):
            return replicas
    if _near(ratio, tolerance):
        return replicas
    wanted = math.ceil(ratio * counted)
    turned = (ratio < 1 and wanted > replicas) or (ratio > 1 and wanted < replicas)
    return replicas if turned else wanted


def _near(ratio: float, tolerance: float) -> bool:
    return 1 - tolerance <= ratio <= 1 + tolerance


def _ratio(used: float, counted: int, target_percent: float) -> float:
    """Of the use, in requests, to the target: the autoscaler drops what is less than a whole per cent."""
    return math.floor(round(100 * used / counted, 6)) / target_percent


class Hpa:
    """Changes `capacity` to what is recommended, every 15 s, within windows, policies and bounds."""

    period_s = SYNC_S

    def __init__(self, capacity: Capacity, *, up: Direction = UP, down: Direction = DOWN) -> None:
        self.capacity = capacity
        self._up = up
        self._down = down
        self._clock = Clock(SYNC_S)
        self._wishes: deque[tuple[float, int]] = deque()
        self._changes: deque[tuple[float, int]] = deque()

    @classmethod
    def of(cls, capacity: Capacity, scaling: Scaling) -> "Hpa":
        """With the stack's cooldowns, which harness/rollout renders as stabilisation windows."""
        return cls(
            capacity,
            up=replace(UP, window_s=scaling.cooldown_out_s),
            down=replace(DOWN, window_s=scaling.cooldown_in_s),
        )

    def step(self, now_s: float, recommend: Callable[[], int | None], why: str) -> Change | None:
        """Asks for a recommendation when it is time for one; without one everything stays."""
        if not self._clock.due(now_s):
            return None
        current = self.capacity.desired
        if not self._wishes:
            self._wishes.append((now_s, current))
        wish = recommend()
        if wish is None:
            return None
        wanted = self.capacity.bounded(self._limited(now_s, current, self._stable(now_s, current, wish)))
        change = self.capacity.scale(now_s, wanted, why)
        if change:
            self._changes.append((now_s, wanted - current))
        return change

    def _stable(self, now_s: float, current: int, wish: int) -> int:
        """The lowest wish of the window on the way up, the highest on the way down."""
        longest = max(self._up.window_s, self._down.window_s)
        while self._wishes and self._wishes[0][0] <= now_s - longest:
            self._wishes.popleft()
        lowest = min(_within(self._wishes, now_s - self._up.window_s), default=wish)
        highest = max(_within(self._wishes, now_s - self._down.window_s), default=wish)
        self._wishes.append((now_s, wish))
        return min(max(current, min(lowest, wish)), max(highest, wish))

    def _limited(self, now_s: float, current: int, wanted: int) -> int:
        """No further than the policies allow, counted from what was there when their period began."""
        longest = max((policy.period_s for policy in (*self._up.policies, *self._down.policies)), default=0.0)
        while self._changes and self._changes[0][0] <= now_s - longest:
            self._changes.popleft()
        if wanted > current:
            return max(current, min(wanted, self._limit(now_s, current, self._up, 1)))
        if wanted < current:
            return min(current, max(wanted, self._limit(now_s, current, self._down, -1)))
        return wanted

    def _limit(self, now_s: float, current: int, direction: Direction, sign: int) -> int:
        if direction.select == "Disabled":
            return current
        limits = [
            _reach(policy, current - sum(_within(self._changes, now_s - policy.period_s)), sign)
            for policy in direction.policies
        ]
        # The most change is the highest number on the way up, the lowest on the way down.
        return max(limits) if (direction.select == "Max") == (sign > 0) else min(limits)


def _within(times: Iterable[tuple[float, int]], after_s: float) -> list[int]:
    return [value for time_s, value in times if time_s > after_s]


def _reach(policy: Policy, start: int, sign: int) -> int:
    """Where a policy ends that began at `start`. A percentage that is no whole pod counts for one more."""
    if policy.kind == "Pods":
        return start + sign * policy.value
    return start + sign * math.ceil(start * policy.value / 100)
