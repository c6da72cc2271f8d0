"""How long a day of 300 million requests takes, with all stages and controllers of a stack, on one core."""

import dataclasses
import resource
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from harness.capacity.bench import DAY_REQUESTS
from harness.capacity.calibration import Calibration
from harness.capacity.demand import read
from harness.capacity.demand.curve import DAY_S
from harness.capacity.engine import Result, Setup, simulate

WANTED_S = 180.0

_MEAN_S = 14.0 * 3600  # when an ordinary day, which is at its peak at eight, has its mean rate
_WARM_UP_S = 60.0
_TIMES = 4


@dataclass(frozen=True)
class Day:
    """`day_300m_requests_s` is of processor time: the simulation has one thread, and others may use the machine too.

    It is measured where `whole`, else what `day_slice_requests` took, which came at the day's mean rate, times what the
    day has more. `time_per_request_ratio` is what a request costs then, over what one costs where a quarter as many
    come in the same time: about 1 where time is linear, less where ticks of few requests waste some.
    `day_peak_memory_mb` is of this process, libraries included.
    """

    day_300m_requests_s: float
    day_slice_requests: int
    day_slice_wall_s: float
    time_per_request_ratio: float
    day_peak_memory_mb: float
    whole: bool

    @property
    def holds(self) -> bool:
        """Whether it is as fast as it has to be."""
        return self.day_300m_requests_s <= WANTED_S

    def table(self) -> str:
        """For a terminal."""
        how = "measured" if self.whole else "extrapolated; --full has all of it"
        rows = (
            ("day_300m_requests_s", f"{self.day_300m_requests_s:,.0f}", f"of one core, {how}; at most {WANTED_S:.0f}"),
            ("day_slice_requests", f"{self.day_slice_requests:,}", "that were simulated for it"),
            ("day_slice_wall_s", f"{self.day_slice_wall_s:,.1f}", "by the clock, beside whatever else runs here"),
            (
                "time_per_request_ratio",
                f"{self.time_per_request_ratio:.2f}",
                "over a quarter of the requests in the same time; 1 is linear",
            ),
            ("day_peak_memory_mb", f"{self.day_peak_memory_mb:,.0f}", "this process, libraries included"),
        )
        return "\n".join(f"{name:<24}{value:>14}  {what}" for name, value, what in rows)

    def as_json(self) -> dict[str, Any]:
        """For a script."""
        return dataclasses.asdict(self)


def bench_day(document: Mapping[str, Any], *, minutes: float | None, progress: Callable[[str], None]) -> Day:
    """Measures with the stack `document`, `minutes` of the day or all of it; tells `progress` what it does."""
    demand = read("day", 1)
    users = round(DAY_REQUESTS / demand.requests_per_day)
    setup = Setup(document, Calibration.load(), demand.of(users))
    simulate(replace(setup, end_s=_WARM_UP_S))  # compiles
    if minutes is not None:
        setup = replace(setup, begin_s=_MEAN_S - 30 * minutes, end_s=_MEAN_S + 30 * minutes)
    progress(f"all stages and controllers, {(setup.until_s - setup.begin_s) / DAY_S:.1%} of a day of {users:,} users")
    result, took_s = _timed(setup)
    progress("the same with a quarter of the users")
    few, few_took_s = _timed(replace(setup, demand=demand.of(round(users / _TIMES))))
    each_s = took_s / result.requests_simulated
    return Day(
        day_300m_requests_s=each_s * DAY_REQUESTS,
        day_slice_requests=result.requests_simulated,
        day_slice_wall_s=result.wall_s,
        time_per_request_ratio=each_s * few.requests_simulated / few_took_s,
        day_peak_memory_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        whole=minutes is None,
    )


def _timed(setup: Setup) -> tuple[Result, float]:
    """What has come out, and the processor time that it took."""
    began = time.process_time()
    result = simulate(setup)
    return result, time.process_time() - began
