"""What is used over some time: the quantities that AWS bills, before any price."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

from harness.capacity.prices import HOURS_PER_MONTH

Architecture = Literal["arm64", "x86_64"]


@dataclass(frozen=True)
class FunctionUsage:
    """Of one Lambda function. A GB-second is 1,024 MB of memory for a second.

    `gb_seconds` ran on demand, `provisioned_run_gb_seconds` in provisioned environments, which are paid again, and
    more, for being there: `provisioned_gb_seconds`.
    """

    architecture: Architecture
    invocations: float = 0.0
    gb_seconds: float = 0.0
    provisioned_gb_seconds: float = 0.0
    provisioned_run_gb_seconds: float = 0.0


@dataclass(frozen=True)
class Usage:
    """Quantities over `hours`. Mappings are by instance class, `functions` by name.

    `_months` are pieces (or GB) times months of 730 hours: 50 GB for a day are 1.64 GB-months. `sqs_requests` are API
    calls, of up to 64 KB each; `broker_disk_months` are disks, whose size AWS chooses; `endpoint_hours` count each
    zone of each endpoint; `load_balancer_unit_hours` are capacity units (NLCU); `cross_zone_gb` counts what leaves one
    zone for another once, though both sides pay.
    """

    hours: float
    api_requests: float = 0.0
    functions: Mapping[str, FunctionUsage] = field(default_factory=dict)
    sqs_requests: float = 0.0
    broker_hours: Mapping[str, float] = field(default_factory=dict)
    broker_disk_months: float = 0.0
    aurora_hours: Mapping[str, float] = field(default_factory=dict)
    aurora_proxy_vcpu_hours: float = 0.0
    aurora_storage_gb_months: float = 0.0
    aurora_io_requests: float = 0.0
    documents_hours: Mapping[str, float] = field(default_factory=dict)
    documents_storage_gb_months: float = 0.0
    documents_io_requests: float = 0.0
    cluster_hours: float = 0.0
    node_hours: Mapping[str, float] = field(default_factory=dict)
    node_disk_gb_months: float = 0.0
    load_balancer_hours: float = 0.0
    load_balancer_unit_hours: float = 0.0
    nat_hours: float = 0.0
    nat_gb: float = 0.0
    public_address_hours: float = 0.0
    endpoint_hours: float = 0.0
    endpoint_gb: float = 0.0
    data_out_gb: float = 0.0
    cross_zone_gb: float = 0.0
    log_gb: float = 0.0
    custom_metric_months: float = 0.0
    alarm_months: float = 0.0
    dashboard_months: float = 0.0
    key_months: float = 0.0
    key_requests: float = 0.0
    secret_months: float = 0.0
    secret_requests: float = 0.0

    def __add__(self, other: "Usage") -> "Usage":
        """Both, one after the other: the hours add up too. ValueError where a function changes its architecture."""
        return Usage(**{part.name: _sum(getattr(self, part.name), getattr(other, part.name)) for part in fields(Usage)})

    def during(self, other: "Usage") -> "Usage":
        """Both at the same time: the hours are those of `self`."""
        return replace(self + other, hours=self.hours)

    def times(self, factor: float) -> "Usage":
        """The same for `factor` times as long."""
        return Usage(**{part.name: _product(getattr(self, part.name), factor) for part in fields(Usage)})

    def per_month(self) -> "Usage":
        """The same all month long, whose hours are 730."""
        return replace(self.times(HOURS_PER_MONTH / self.hours), hours=float(HOURS_PER_MONTH))


def _sum(one: Any, other: Any) -> Any:
    if isinstance(one, Mapping):
        both = [*one, *(name for name in other if name not in one)]
        return {
            name: _sum(one[name], other[name]) if name in one and name in other else one.get(name, other.get(name))
            for name in both
        }
    if isinstance(one, FunctionUsage):
        if one.architecture != other.architecture:
            raise ValueError(f"one function on {one.architecture} and on {other.architecture}")
        return FunctionUsage(
            **{part.name: _sum(getattr(one, part.name), getattr(other, part.name)) for part in fields(FunctionUsage)}
        )
    return one if isinstance(one, str) else one + other


def _product(value: Any, factor: float) -> Any:
    if isinstance(value, Mapping):
        return {name: _product(each, factor) for name, each in value.items()}
    if isinstance(value, FunctionUsage):
        return FunctionUsage(
            **{part.name: _product(getattr(value, part.name), factor) for part in fields(FunctionUsage)}
        )
    return value if isinstance(value, str) else value * factor
