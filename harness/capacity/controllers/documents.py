"""DocumentDB's instances, as the function `database_scaler` changes them: the rule of lambda_src/database_scaler.

One step at a time, none while anything changes, and a cooldown for each direction since the last step. It looks when an
alarm of its own invokes it, and on its schedule. Numbers beyond the bounds, which it would mend without any alarm, do
not come up here: AWS replaces an instance that fails.
"""

from collections.abc import Iterable
from typing import Literal

import numpy as np

from harness.capacity.controllers.alarm import Alarm, Invocation
from harness.capacity.controllers.capacity import Capacity, Change
from harness.capacity.controllers.clock import Clock
from harness.capacity.controllers.delays import DOCUMENTS_ADD, INSTANCE_REMOVE, Delay, Singly
from harness.stack import Scaling, Stack

_ACTIONS = frozenset({"scale_out_documents", "scale_in_documents"})


class DatabaseScaler:
    """Changes `capacity`, the cluster's instances, by the alarms `out` and `in_`; looks by itself every `reconcile_s`.

    The minimum are the instances made with the cluster, the writer among them: those it never removes.
    """

    def __init__(self, capacity: Capacity, scaling: Scaling, *, reconcile_s: float, out: Alarm, in_: Alarm) -> None:
        self.capacity = capacity
        self.scaling = scaling
        self._out = out
        self._in = in_
        self._clock = Clock(reconcile_s)
        self._acted_s: float | None = None
        self._born_s: float | None = None

    @classmethod
    def of(
        cls,
        stack: Stack,
        *,
        out: Alarm,
        in_: Alarm,
        add: Delay = DOCUMENTS_ADD,
        remove: Delay = INSTANCE_REMOVE,
        generator: np.random.Generator | None = None,
    ) -> "DatabaseScaler":
        """The stack's scaler. `out` and `in_` are its alarms documents_cpu_high and documents_cpu_low."""
        scaling = stack.scaling["documents"]
        capacity = Capacity(
            scaling.target,
            scaling.minimum,
            scaling.maximum,
            start=Singly(add, generator),
            stop=Singly(remove, generator),
        )
        return cls(
            capacity,
            scaling,
            reconcile_s=stack.schedules["database_scaler_reconcile"].every_s,
            out=out,
            in_=in_,
        )

    def step(self, now_s: float, invocations: Iterable[Invocation]) -> Change | None:
        """Looks where one of `invocations` is meant for it, or its schedule says so, and takes one step at most."""
        scheduled = self._clock.due(now_s)
        if not scheduled and not any(invocation.action in _ACTIONS for invocation in invocations):
            return None
        action, why = self._decide(now_s)
        if action == "none":
            return None
        self._acted_s = now_s
        added = action == "add"
        change = self.capacity.scale(now_s, self.capacity.desired + (1 if added else -1), why)
        if added:
            # AWS dates an instance when it is made, minutes after it was asked for: by the end of its start, we assume.
            self._born_s = max(unit.ready_at_s for unit in self.capacity.starting(now_s))
        return change

    def _decide(self, now_s: float) -> tuple[Literal["add", "remove", "none"], str]:
        capacity, scaling = self.capacity, self.scaling
        if capacity.starting(now_s) or capacity.leaving(now_s):
            return "none", "something changes"
        count = capacity.desired
        if self._out.raised and count < capacity.maximum:
            return self._rested(now_s, "add", scaling.cooldown_out_s, f"more load on {count} instances")
        if self._in.raised and not self._out.raised and count > capacity.minimum:
            return self._rested(now_s, "remove", scaling.cooldown_in_s, f"less load on {count} instances")
        return "none", "enough and not too many"

    def _rested(
        self, now_s: float, action: Literal["add", "remove"], cooldown_s: float, why: str
    ) -> tuple[Literal["add", "remove", "none"], str]:
        last_s = max((time_s for time_s in (self._acted_s, self._born_s) if time_s is not None), default=None)
        if last_s is not None and now_s < last_s + cooldown_s:
            return "none", "cooldown"
        return action, why
