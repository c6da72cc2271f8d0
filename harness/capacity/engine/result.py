"""What a simulation has found."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.capacity.controllers import Change
from harness.capacity.cost import Bill
from harness.capacity.engine.alarm_rules import Rule
from harness.capacity.engine.bottleneck import Reached
from harness.capacity.engine.fates import Fates
from harness.capacity.engine.faults import Fault
from harness.capacity.engine.littles_law import Balance

PERCENTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p999": 0.999}


@dataclass(frozen=True)
class Band:
    """An alarm was in ALARM from `begin_s` to `end_s`, None where it still is."""

    alarm: str
    begin_s: float
    end_s: float | None


@dataclass(frozen=True)
class Result:
    """One simulation, of the time from `begin_s` to `end_s` of the day.

    `latency_ms` is what clients wait from their first attempt to the answer, by operation and `all`; `read_model_ms`
    from an accepted command to its document. `throttled` and `failed` count attempts, `operations` by operation and
    cause. `backlog_peak` is by stage, and `commands` for accepted commands whose events are not published, in all their
    stages together. `series` has a value a minute: `time_s` is its end, `share.NAME` the mean share of a limit in it,
    `backlog.NAME` the highest that a tick has left in it, numbers of units stand at its end.
    """

    begin_s: float
    end_s: float
    wall_s: float
    inputs: Sequence[Mapping[str, Any]]
    requests_simulated: int
    attempts: int
    answered: int
    given_up: int
    throttled: Mapping[str, int]
    failed: int
    overflowed: int
    operations: Mapping[str, Fates]
    latency_ms: Mapping[str, Mapping[str, float]]
    read_model_ms: Mapping[str, float]
    backlog_peak: Mapping[str, int]
    utilization: Mapping[str, float]
    balances: Sequence[Balance]
    scaling: Sequence[Change]
    alarms: Sequence[Band]
    alarm_rules: Mapping[str, Rule]
    faults: Sequence[Fault]
    limits: Sequence[Reached]
    series: Mapping[str, Sequence[float]]
    bill: Bill
    calibration: Mapping[str, Any]
    findings: Sequence[str]

    @property
    def requests_per_second_simulated(self) -> float:
        """Of wall time."""
        return self.requests_simulated / self.wall_s if self.wall_s else 0.0

    @property
    def throttled_share(self) -> float:
        """Of the attempts."""
        return sum(self.throttled.values()) / self.attempts if self.attempts else 0.0

    @property
    def failed_share(self) -> float:
        """Of the attempts."""
        return self.failed / self.attempts if self.attempts else 0.0

    @property
    def under_way(self) -> int:
        """Requests that are still tried, or about to be tried again, when it ends."""
        return max(0, sum(each.requests - each.answered - each.given_up for each in self.operations.values()))

    @property
    def bottleneck(self) -> Reached:
        """The resource that is at its limit first, or nearest to it."""
        return self.limits[0]

    def figures(self) -> dict[str, float]:
        """What is compared between replications; NaN where nothing was measured."""
        figures = {
            f"latency_ms.{operation}.{name}": value
            for operation, values in self.latency_ms.items()
            for name, value in values.items()
        }
        figures |= {f"read_model_ms.{name}": value for name, value in self.read_model_ms.items()}
        figures["throttled_share"] = self.throttled_share
        figures["failed_share"] = self.failed_share
        return figures

    def as_json(self) -> dict[str, Any]:
        """For a script."""
        value = {
            field.name: _plain(getattr(self, field.name))
            for field in dataclasses.fields(self)
            if field.name not in ("bill", "limits", "balances", "scaling")
        }
        return value | {
            "requests_per_second_simulated": round(self.requests_per_second_simulated),
            "under_way": self.under_way,
            "throttled_share": self.throttled_share,
            "failed_share": self.failed_share,
            "scaling_events": [_plain(each) for each in self.scaling],
            "bottleneck": _plain(self.bottleneck),
            "limits": [_plain(each) for each in self.limits],
            "littles_law": [_plain(each) | {"expected": each.expected} for each in self.balances],
            "cost_usd_per_month": round(self.bill.usd_per_month, 2),
            "cost": self.bill.as_json(),
        }


def _plain(value: Any) -> Any:
    """As JSON has it: no NaN, no tuples."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _plain(dataclasses.asdict(value))
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    return value
