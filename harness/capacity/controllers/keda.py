"""KEDA: it asks the trigger at its own interval, wakes and puts to sleep, and leaves everything between to an HPA.

Sources: KEDA documentation 2.20, "ScaledObject specification"; kedacore/keda, pkg/fallback and pkg/scaling/executor.
"""

from harness.capacity.controllers.capacity import Capacity, Change
from harness.capacity.controllers.clock import Clock
from harness.capacity.controllers.errors import ControllerError
from harness.capacity.controllers.hpa import Hpa, by_average
from harness.stack import Scaling

FAILURE_THRESHOLD = 3  # of worker_src/deploy


class Keda:
    """A ScaledObject with one trigger, whose metric is cached: the HPA asks every 15 s and gets what KEDA last saw.

    Above `activation` KEDA wakes what sleeps. `cooldown_s` counts only towards none at all, which a minimum of 0
    allows. Where the trigger cannot be asked, the HPA stands still; after more than three questions of the HPA without
    an answer the fallback holds what runs, or the minimum.
    """

    def __init__(
        self,
        capacity: Capacity,
        *,
        target: float,
        polling_s: float,
        cooldown_s: float,
        hpa: Hpa | None = None,
        activation: float = 0.0,
    ) -> None:
        self.capacity = capacity
        self._target = target
        self._activation = activation
        self._cooldown_s = cooldown_s
        self._hpa = hpa or Hpa(capacity)
        self._clock = Clock(polling_s)
        self._cached: float | None = None
        self._failures = 0
        self._active_s: float | None = None

    @classmethod
    def of(cls, capacity: Capacity, scaling: Scaling) -> "Keda":
        """As harness/rollout renders it. Raises ControllerError for what another controller scales."""
        if scaling.controller != "keda":
            raise ControllerError(f"{scaling.target} is scaled by {scaling.controller}, not by keda")
        return cls(
            capacity,
            target=scaling.target_value,
            polling_s=scaling.polling_s,
            cooldown_s=scaling.cooldown_in_s,
            hpa=Hpa.of(capacity, scaling),
        )

    def step(self, now_s: float, value: float | None) -> Change | None:
        """`value` is the trigger's metric now, None where it cannot be asked; it is looked at only when KEDA polls."""
        if self._clock.due(now_s):
            self._cached = value
            change = self._wake_or_sleep(now_s)
            if change:
                return change
        if not self.capacity.desired:
            return None
        return self._hpa.step(now_s, self._recommend, f"metric {self._cached}, target {self._target:g} a pod")

    def _wake_or_sleep(self, now_s: float) -> Change | None:
        capacity = self.capacity
        if self._active_s is None:
            self._active_s = now_s
        if self._cached is None:
            return None
        if self._cached > self._activation:
            self._active_s = now_s
            if not capacity.desired:
                return capacity.scale(now_s, max(1, capacity.minimum), f"metric {self._cached:g}: active")
        elif capacity.desired and not capacity.minimum and now_s >= self._active_s + self._cooldown_s:
            return capacity.scale(now_s, 0, f"inactive for {self._cooldown_s:g} s")
        return None

    def _recommend(self) -> int | None:
        replicas = self.capacity.desired
        if self._cached is not None:
            self._failures = 0
            # The HPA's own minimum is one: none at all is KEDA's business.
            return max(1, by_average(self._cached, self._target, replicas))
        self._failures += 1
        if self._failures <= FAILURE_THRESHOLD:
            return None
        return max(replicas, self.capacity.minimum, 1)
