"""What a stack costs when nobody uses it: everything that is paid by the hour or the month, at its minimum size."""

import dataclasses
from dataclasses import dataclass
from typing import Any

from harness.capacity.cost import Line, bill
from harness.capacity.prices import HOURS_PER_MONTH, Price, PriceList
from harness.capacity.usage import FunctionUsage, Usage
from harness.stack import Stack

# vCPUs by the size of an instance class (Amazon RDS User Guide, "DB instance classes").
VCPUS = {
    "medium": 2,
    "large": 2,
    "xlarge": 4,
    "2xlarge": 8,
    "4xlarge": 16,
    "8xlarge": 32,
    "12xlarge": 48,
    "16xlarge": 64,
}

# How much of its unit one piece is that is there all month long.
_PIECE = {"h": HOURS_PER_MONTH, "GB-s": HOURS_PER_MONTH * 3600, "months": 1, "GB-months": 1}


@dataclass(frozen=True)
class Standing:
    """One position: `quantity` pieces (or GB) of `what`. `usd_per_month` None: there is no price for it."""

    what: str
    quantity: float
    price: Price | None
    usd_per_month: float | None


@dataclass(frozen=True)
class AtRest:
    """All positions, dearest first, and those that have no price."""

    region: str
    lines: tuple[Standing, ...]

    @property
    def priced(self) -> tuple[Standing, ...]:
        """Positions with a price."""
        return tuple(line for line in self.lines if line.usd_per_month is not None)

    @property
    def not_priced(self) -> tuple[Standing, ...]:
        """Positions without one: the sum is too low by them."""
        return tuple(line for line in self.lines if line.usd_per_month is None)

    @property
    def usd_per_month(self) -> float:
        """The sum of all positions that have a price."""
        return sum(line.usd_per_month or 0 for line in self.lines)

    def table(self) -> str:
        """For a terminal: a line for each position, the sum, and what is missing in it."""
        rows = [
            f"{line.usd_per_month:>10,.0f}  {line.quantity:>6,.0f} x {line.what}{_mark(line)}" for line in self.priced
        ]
        missing = ", ".join(line.what for line in self.not_priced) or "nothing"
        legend = (
            ["            ~ an estimate; --json has each price's source and date"]
            if any(map(_mark, self.lines))
            else []
        )
        return "\n".join(
            (
                f" USD/month  at the prices of {self.region}",
                *rows,
                f"{self.usd_per_month:>10,.0f}  in all; not priced: {missing}",
                *legend,
            )
        )

    def as_json(self) -> dict[str, Any]:
        """For a script: positions with price, source, date and confidence."""
        return {
            "currency": "USD",
            "region": self.region,
            "usd_per_month": round(self.usd_per_month, 2),
            "lines": [dataclasses.asdict(line) for line in self.priced],
            "not_priced": [line.what for line in self.not_priced],
        }


def _mark(line: Standing) -> str:
    return " ~" if line.price is not None and line.price.confidence == "low" else ""


def at_rest(stack: Stack, prices: PriceList) -> AtRest:
    """The monthly cost of `stack` without any request, in US dollars of the price list's region."""
    found = bill(usage_at_rest(stack), prices)
    return AtRest(found.region, tuple(map(_standing, found.lines)))


def _standing(line: Line) -> Standing:
    return Standing(line.what, line.quantity / _PIECE[line.unit], line.price, line.usd_per_month)


def usage_at_rest(stack: Stack) -> Usage:
    """What `stack` uses in a month at its minimum size, without any request."""
    hours = float(HOURS_PER_MONTH)
    broker, mysql, documents, nodes = stack.broker, stack.mysql, stack.documents, stack.cluster.nodes
    aurora_instances = mysql.members.minimum + mysql.replicas.minimum
    zones = len(stack.network.availability_zones)
    return Usage(
        hours=hours,
        functions={
            name: FunctionUsage(
                function.architecture,
                provisioned_gb_seconds=function.provisioned_concurrency * function.memory_mb / 1024 * hours * 3600,
            )
            for name, function in stack.functions.items()
        },
        broker_hours={broker.instance_class: broker.nodes * hours},
        broker_disk_months=broker.nodes,
        aurora_hours={mysql.members.instance_class: aurora_instances * hours},
        # RDS Proxy is paid by the vCPUs of every instance behind it.
        aurora_proxy_vcpu_hours=aurora_instances * vcpus(mysql.members.instance_class) * hours,
        documents_hours={documents.members.instance_class: documents.members.minimum * hours},
        cluster_hours=hours,
        node_hours={nodes.instance_class: nodes.minimum * hours},
        node_disk_gb_months=nodes.minimum * nodes.disk_gb,
        load_balancer_hours=hours,
        nat_hours=stack.network.nat_gateways * hours,
        public_address_hours=stack.network.nat_gateways * hours,
        endpoint_hours=len(stack.network.interface_endpoints) * zones * hours,
        alarm_months=_alarm_metrics(stack),
        dashboard_months=1,
        key_months=stack.security.keys,
        secret_months=stack.security.secrets,
    )


def _alarm_metrics(stack: Stack) -> int:
    """The metrics that alarms watch, by which they are paid (https://aws.amazon.com/cloudwatch/pricing/).

    Over a broker's nodes it is one of each; target tracking has an alarm above its target and one below.
    """
    tracking = sum(rule.controller == "target_tracking" for rule in stack.scaling.values())
    return sum(stack.broker.nodes if alarm.across else 1 for alarm in stack.alarms.values()) + 2 * tracking


def vcpus(instance_class: str) -> int:
    """The vCPUs of a database instance; 0 where its size is not known."""
    return VCPUS.get(instance_class.rpartition(".")[2], 0)
