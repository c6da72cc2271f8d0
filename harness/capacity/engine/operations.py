"""What the operations of a demand are in a stack: their function, route and times, and which part they wait for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from harness.capacity.calibration import PROBABILITIES, BatchTime, Calibration, Distribution
from harness.capacity.demand import OPERATIONS
from harness.capacity.engine.assumptions import Assumptions
from harness.capacity.errors import StackUnfit
from harness.capacity.kernel.compiled import Floats
from harness.capacity.kernel.mixed import Mixed
from harness.capacity.kernel.service_times import BatchTimes, Empirical
from harness.stack import Stack

Part = Literal["documents", "mysql", "broker", "pricing", "none"]

_PARTS: dict[str, Part] = {"queries": "documents", "users": "mysql", "commands": "broker", "quotes": "pricing"}
_POINTS = 1001
_OVERFLOW = "/overflow"
_HEALTH = "health"


@dataclass(frozen=True)
class Operation:
    """One operation. `own` is the part of its mean duration that is the function's own, the rest waits for `part`."""

    name: str
    route: str
    function: str
    part: Part
    own: float
    mean_s: float
    calls: float

    @property
    def waits_s(self) -> float:
        """How long it waits for its part, on the machine that was measured."""
        return self.mean_s * (1 - self.own)


class Operations:
    """Operations by their number, `functions` by theirs, and what draws their durations.

    A kind is an operation's number; with `len(self)` added it is the same through SQS. Raises StackUnfit where route,
    function or times of an operation are missing.
    """

    def __init__(self, names: Sequence[str], stack: Stack, calibration: Calibration, assumptions: Assumptions) -> None:
        self.functions = tuple(stack.functions)
        self.operations = tuple(_operation(name, stack, calibration) for name in names)
        plain = [_times(each, calibration) for each in self.operations]
        through_sqs = [_overflow(each, calibration) for each in self.operations]
        self.durations = Mixed([*plain, *through_sqs])
        self.numbers = np.array([self.functions.index(each.function) for each in self.operations])
        machine = calibration.factors["functions"].value
        # A share of a vCPU makes the function's own part longer; what it waits for stays.
        self.slowness = np.array(
            [
                each.own * machine * max(1.0, assumptions.vcpu_at_mb / stack.functions[each.function].memory_mb)
                for each in self.operations
            ]
        )
        self._machines = {name: factor.value for name, factor in calibration.factors.items()} | {"pricing": 1.0}

    def __len__(self) -> int:
        return len(self.operations)

    def machine(self, part: str) -> float:
        """The factor between the machine that was measured and `part`."""
        return self._machines.get(part, 1.0)

    def waiting(self, part: Part, counts: Floats) -> float:
        """Seconds that operations of which there were so many wait for `part` when it is idle."""
        return sum(
            float(count) * each.waits_s * self.machine(part)
            for each, count in zip(self.operations, counts, strict=True)
            if each.part == part
        )


def _operation(name: str, stack: Stack, calibration: Calibration) -> Operation:
    route = OPERATIONS[name]
    if route not in stack.api.routes:
        raise StackUnfit(f"{name}: the stack has no route {route}; take it out of the profile's mix")
    function = stack.api.routes[route].function
    times = calibration.functions.get(function, {}).get(name)
    if times is None:
        raise StackUnfit(f"{name}: the calibration has no times of it; make replay SCENARIO=calibration measures them")
    part = "none" if name == _HEALTH else _PARTS.get(function, "none")
    mean_ms = times.duration_ms.mean
    return Operation(name, route, function, part, _own(part, mean_ms, calibration), mean_ms / 1000, times.calls)


def _own(part: Part, mean_ms: float, calibration: Calibration) -> float:
    """The function's own share: what publishing leaves, or as much as a liveness check takes."""
    if part == "none":
        return 1.0
    if part == "broker":
        return max(0.0, 1 - calibration.publish_ms.mean / mean_ms)
    health = calibration.functions.get("queries", {}).get(_HEALTH)
    return 1.0 if health is None else min(1.0, health.duration_ms.at(0.5) / mean_ms)


def _times(operation: Operation, calibration: Calibration) -> Floats:
    return seconds(calibration.functions[operation.function][operation.name].duration_ms)


def _overflow(operation: Operation, calibration: Calibration) -> Floats:
    """Times of the same through SQS; where too few were seen, what the send takes on top."""
    measured = calibration.functions[operation.function].get(f"{operation.name}{_OVERFLOW}")
    if measured is not None and not measured.duration_ms.thin:
        return seconds(measured.duration_ms)
    plain = _times(operation, calibration)
    return plain if calibration.overflow_ms is None else plain + seconds(calibration.overflow_ms)


def seconds(distribution: Distribution) -> Floats:
    """Its quantiles in seconds, at equal distances of probability."""
    values: Floats = np.interp(np.linspace(0, 1, _POINTS), PROBABILITIES, np.array(distribution.values) / 1000)
    return values


def empirical(distribution: Distribution) -> Empirical:
    """The distribution to draw from, in seconds."""
    return Empirical(seconds(distribution))


def batch_times(batch: BatchTime, factor: float) -> BatchTimes:
    """What a batch takes on a machine that is slower by `factor`."""
    spread: Floats = np.interp(np.linspace(0, 1, 101), PROBABILITIES, np.array(batch.spread.values))
    return BatchTimes(batch.fixed_ms / 1000 * factor, batch.per_message_ms / 1000 * factor, spread)
