"""Target tracking by Application Auto Scaling: two alarms of its own, proportional out, gradual in, cooldowns.

Sources: Application Auto Scaling user guide, "Target tracking scaling policies"; the alarms' form (3 x 60 s above the
target, Aurora 5 x 60 s; 15 x 60 s below 0.9 of it) is observed, AWS does not promise it.
"""

import math

from harness.capacity.controllers.alarm import Alarm
from harness.capacity.controllers.capacity import Capacity, Change
from harness.capacity.controllers.errors import ControllerError
from harness.capacity.controllers.metric import Metric
from harness.stack import Alarm as Description
from harness.stack import Scaling

LOW_SHARE = 0.9
HIGH_PERIODS = 3
LOW_PERIODS = 15
_OUT, _IN = "scale_out", "scale_in"


class TargetTracking:
    """Keeps the average of `metric` near `scaling.target_value` by changing `capacity`.

    Out: as many units as bring the metric to its target, by what served when it was measured. Until those are there and
    `cooldown_out_s` is over, a further scale-out starts from the same base, so that it adds only what it wants more.
    In: after 15 minutes below nine tenths of the target, down to what the target needs, at most `most_in` units at a
    time (None: all; AWS says "gradually"), not while units start, and not within `cooldown_in_s` of the last scale-in,
    which a scale-out ends. Without data nothing is changed.
    """

    def __init__(
        self,
        capacity: Capacity,
        scaling: Scaling,
        metric: Metric,
        *,
        high_periods: int = HIGH_PERIODS,
        most_in: int | None = None,
    ) -> None:
        if scaling.controller != "target_tracking":
            raise ControllerError(f"{scaling.target} is scaled by {scaling.controller}, not by target_tracking")
        self.capacity = capacity
        self.scaling = scaling
        self._most_in = most_in
        repeated = frozenset({_OUT, _IN})
        self.high = Alarm(f"{capacity.name} above target", _high(scaling, high_periods), metric, repeated=repeated)
        self.low = Alarm(f"{capacity.name} below target", _low(scaling), metric, repeated=repeated)
        self._base = 0
        self._out_done_s = -math.inf
        self._in_s = -math.inf

    def step(self, now_s: float) -> Change | None:
        """Judges the two alarms, and changes the capacity where one of them asks for it."""
        invocations = (*self.high.step(now_s), *self.low.step(now_s))
        for invocation in invocations:
            if invocation.value is None:
                continue
            change = self._out_by if invocation.action == _OUT else self._in_by
            return change(now_s, invocation.value)
        return None

    def _out_by(self, now_s: float, value: float) -> Change | None:
        capacity = self.capacity
        if now_s >= self._out_done_s:
            self._base = capacity.ready(now_s)
        wanted = capacity.bounded(self._for(self._base, value))
        if wanted <= capacity.desired:
            return None
        change = capacity.scale(now_s, wanted, self._why(value))
        there_s = max((unit.ready_at_s for unit in capacity.starting(now_s)), default=now_s)
        self._out_done_s = there_s + self.scaling.cooldown_out_s
        self._in_s = -math.inf
        return change

    def _in_by(self, now_s: float, value: float) -> Change | None:
        capacity = self.capacity
        if capacity.starting(now_s) or now_s < self._in_s + self.scaling.cooldown_in_s:
            return None
        wanted = self._for(capacity.desired, value)
        if self._most_in is not None:
            wanted = max(wanted, capacity.desired - self._most_in)
        wanted = capacity.bounded(wanted)
        if wanted >= capacity.desired:
            return None
        self._in_s = now_s
        return capacity.scale(now_s, wanted, self._why(value))

    def _for(self, units: int, value: float) -> int:
        """How many units bring the metric to its target, where `units` have it at `value`."""
        # Rounded first: 0.7 / 0.7 and the like must not become a unit more.
        return math.ceil(round(units * value / self.scaling.target_value, 9))

    def _why(self, value: float) -> str:
        return f"{self.scaling.metric} {value:g}, target {self.scaling.target_value:g}"


def _high(scaling: Scaling, periods: int) -> Description:
    return _alarm(scaling, "GreaterThanThreshold", scaling.target_value, periods, _OUT)


def _low(scaling: Scaling) -> Description:
    return _alarm(scaling, "LessThanThreshold", LOW_SHARE * scaling.target_value, LOW_PERIODS, _IN)


def _alarm(scaling: Scaling, comparison: str, threshold: float, periods: int, action: str) -> Description:
    return Description(
        tier="scaling",
        namespace="",
        metric=scaling.metric,
        statistic="Average",
        period_s=60,
        evaluation_periods=periods,
        datapoints=periods,
        threshold=threshold,
        comparison=comparison,
        missing_data="missing",
        dimensions={},
        actions=(action,),
    )
