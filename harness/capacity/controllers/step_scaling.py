"""Step scaling: which step a breach takes, what it makes of a capacity, and the groups of EC2 that follow it.

Sources: Application Auto Scaling and Amazon EC2 Auto Scaling user guides, "Step scaling policies" (step adjustments,
rounding, instance warm-up).
"""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from harness.capacity.controllers.alarm import Invocation
from harness.capacity.controllers.capacity import Capacity, Change
from harness.capacity.controllers.errors import ControllerError

IN_SERVICE_S = 30.0
"""From the launch of an EC2 instance until its warm-up begins. An assumption."""


@dataclass(frozen=True)
class Step:
    """An adjustment for breaches from `lower` to `upper`, relative to the threshold; None is without end.

    Above the threshold the lower bound belongs to the step, below it the upper one.
    """

    lower: float | None
    upper: float | None
    adjustment: int

    def holds(self, breach: float) -> bool:
        """Whether a breach of that size, metric less threshold, takes this step."""
        lower = float("-inf") if self.lower is None else self.lower
        upper = float("inf") if self.upper is None else self.upper
        return (breach >= 0 and lower <= breach < upper) or (breach <= 0 and lower < breach <= upper)


@dataclass(frozen=True)
class StepPolicy:
    """A step policy. `minimum_magnitude` is for percentages: the least that is added or removed.

    Raises ControllerError where steps leave a gap or overlap.
    """

    steps: Sequence[Step]
    kind: Literal["ChangeInCapacity", "ExactCapacity", "PercentChangeInCapacity"] = "ChangeInCapacity"
    minimum_magnitude: int = 0

    def __post_init__(self) -> None:
        """Raises ControllerError."""
        ordered = sorted(self.steps, key=lambda step: float("-inf") if step.lower is None else step.lower)
        for before, after in itertools.pairwise(ordered):
            if before.upper is None or before.upper != after.lower:
                raise ControllerError(f"steps {before} and {after}: the second has to begin where the first one ends")

    def wanted(self, capacity: int, breach: float) -> int:
        """What `capacity` becomes by a `breach` of that size, metric less threshold: itself where no step holds."""
        step = next((step for step in self.steps if step.holds(breach)), None)
        if step is None:
            return capacity
        if self.kind == "ExactCapacity":
            return step.adjustment
        if self.kind == "ChangeInCapacity":
            return capacity + step.adjustment
        return capacity + _percent(capacity, step.adjustment, self.minimum_magnitude)


def _percent(capacity: int, percent: int, minimum_magnitude: int) -> int:
    """Rounded towards nothing, but never to nothing."""
    if not percent:
        return 0
    magnitude = max(abs(capacity * percent) // 100, 1, minimum_magnitude)
    return magnitude if percent > 0 else -magnitude


class StepScaling:
    """An Auto Scaling group of EC2 with one policy for each action of its alarms; it acts whenever one invokes it.

    New instances count towards the capacity that a step starts from only after `warmup_s` in service, but towards what
    is wanted already: the same breach again adds nothing, a larger one what it wants more. Instances that end still
    count when others are to be removed, and none is removed while some start or warm up.
    """

    def __init__(self, capacity: Capacity, policies: Mapping[str, StepPolicy], *, warmup_s: float) -> None:
        self.capacity = capacity
        self._policies = dict(policies)
        self._warm_after_s = IN_SERVICE_S + warmup_s
        self._added: list[tuple[float, int]] = []

    def step(self, now_s: float, invocations: Iterable[Invocation]) -> tuple[Change, ...]:
        """What the alarms' actions change. Those that are not of this group, or come without a value, are left out."""
        changes = []
        for invocation in invocations:
            policy = self._policies.get(invocation.action)
            if policy and invocation.value is not None:
                breach = invocation.value - invocation.threshold
                change = self._take(now_s, policy, breach, f"{invocation.alarm} at {invocation.value:g}")
                changes += [change] if change else []
        return tuple(changes)

    def _take(self, now_s: float, policy: StepPolicy, breach: float, why: str) -> Change | None:
        capacity = self.capacity
        desired = capacity.desired
        self._added = [(time_s, units) for time_s, units in self._added if time_s + self._warm_after_s > now_s]
        warming = sum(units for _, units in self._added)
        wanted = capacity.bounded(policy.wanted(desired - warming, breach))
        if wanted > desired:
            self._added.append((now_s, wanted - desired))
            return capacity.scale(now_s, wanted, why)
        wanted = capacity.bounded(policy.wanted(desired + capacity.leaving(now_s), breach))
        if wanted < desired and not warming and not capacity.starting(now_s):
            return capacity.scale(now_s, wanted, why)
        return None
