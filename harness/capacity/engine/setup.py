"""What a simulation is given; it can be sent to another process."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.capacity.calibration import Calibration
from harness.capacity.demand import Demand
from harness.capacity.engine.assumptions import Assumptions
from harness.capacity.engine.faults import Fault
from harness.capacity.errors import DemandError

TICK_S = 15.0
_TICKS_S = (15.0, 5.0, 3.0, 1.0)
_MOST_IN_A_TICK = 500_000  # expected requests: bounds the memory, whatever the number of users
MOST_PER_S = 8_000_000
"""A second of more requests takes more than 2 GiB, with all that comes again of what is refused."""


@dataclass(frozen=True)
class Setup:
    """`document` is the stack's description as JSON. Recorded is from `begin_s` to `end_s` (None: the curve's end).

    `ramp_s` before it are simulated too, from an idle stack. `tick_s` None: 15 s, or less where more than half a
    million requests would meet in one. Raises DemandError for more requests a second than memory is for.
    """

    document: Mapping[str, Any]
    calibration: Calibration
    demand: Demand
    seed: int = 1
    replication: int = 0
    begin_s: float = 0.0
    end_s: float | None = None
    ramp_s: float = 0.0
    tick_s: float | None = None
    faults: tuple[Fault, ...] = ()
    assumptions: Assumptions = field(default_factory=Assumptions)

    def __post_init__(self) -> None:
        """Raises DemandError."""
        peak_per_s = self.demand.peak_per_s
        if peak_per_s > MOST_PER_S:
            raise DemandError(
                f"{peak_per_s:,.0f} requests a second at the peak are more than a simulation takes, {MOST_PER_S:,}: "
                "write fewer users"
            )

    @property
    def until_s(self) -> float:
        """When it ends."""
        return self.demand.curve.duration_s if self.end_s is None else self.end_s

    @property
    def step_s(self) -> float:
        """The tick that is taken."""
        if self.tick_s is not None:
            return self.tick_s
        fitting = (tick for tick in _TICKS_S if tick * self.demand.peak_per_s <= _MOST_IN_A_TICK)
        return next(fitting, _TICKS_S[-1])
