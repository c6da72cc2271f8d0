"""What a simulation is given; it can be sent to another process."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.capacity.calibration import Calibration
from harness.capacity.demand import Arrivals, Demand, Streams, arrivals, planned
from harness.capacity.engine.assumptions import Assumptions
from harness.capacity.engine.faults import Fault
from harness.capacity.engine.host import Processors
from harness.capacity.errors import DemandError
from harness.capacity.kernel.compiled import Floats

TICK_S = 15.0
_TICKS_S = (15.0, 5.0, 3.0, 1.0)
_MOST_IN_A_TICK = 500_000  # expected requests: bounds the memory, whatever the number of users
MOST_PER_S = 8_000_000
"""A second of more requests takes more than 2 GiB, with all that comes again of what is refused."""


@dataclass(frozen=True)
class Setup:
    """`document` is the stack's description as JSON. Recorded is from `begin_s` to `end_s` (None: the curve's end).

    `ramp_s` before it are simulated too, from an idle stack. `tick_s` None: 15 s, or less where more than half a
    million requests would meet in one. `plan` are the arrivals of each operation, in seconds, where they are known
    beforehand; without it they are drawn from the demand. `host` is the machine that everything runs on, where it is
    one for all; without it each part has its own. Raises DemandError for more requests a second than memory is for.
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
    plan: Mapping[str, Floats] | None = None
    host: Processors | None = None

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

    def arrivals(self) -> Iterator[Arrivals]:
        """The requests of each tick, the ramp's included."""
        start_s = self.begin_s - self.ramp_s
        if self.plan is not None:
            return planned(self.plan, self.step_s, start_s=start_s, end_s=self.until_s)
        streams = Streams.of(self.seed, self.replication, self.demand.shares)
        return arrivals(self.demand, streams, self.step_s, start_s=start_s, end_s=self.until_s)
