"""What a stack costs when nobody uses it: everything that is paid by the hour or the month, at its minimum size."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from harness.capacity.prices import HOURS_PER_MONTH, Price, PriceList
from harness.stack import Stack

# What a price is for, by the beginning of its name; all else here is by the hour.
_MONTHLY = ("cloudwatch.", "ebs.", "kms.", "secretsmanager.")
_BY_SECOND = ("lambda.provisioned_concurrency.",)

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


@dataclass(frozen=True)
class Line:
    """One position: `quantity` pieces (or GB) of `what`. `usd_per_month` None: there is no price for it."""

    what: str
    quantity: float
    price: Price | None
    usd_per_month: float | None


@dataclass(frozen=True)
class AtRest:
    """All positions, dearest first, and those that have no price."""

    region: str
    lines: tuple[Line, ...]

    @property
    def priced(self) -> tuple[Line, ...]:
        """Positions with a price."""
        return tuple(line for line in self.lines if line.usd_per_month is not None)

    @property
    def not_priced(self) -> tuple[Line, ...]:
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


def _mark(line: Line) -> str:
    return " ~" if line.price is not None and line.price.confidence == "low" else ""


def at_rest(stack: Stack, prices: PriceList) -> AtRest:
    """The monthly cost of `stack` without any request, in US dollars of the price list's region."""
    lines = [_line(what, quantity, prices.find(name), name) for what, name, quantity in _positions(stack) if quantity]
    return AtRest(prices.region, tuple(sorted(lines, key=lambda line: -(line.usd_per_month or 0))))


def _line(what: str, quantity: float, price: Price | None, name: str) -> Line:
    if price is None:
        return Line(what, quantity, None, None)
    units = 1 if name.startswith(_MONTHLY) else HOURS_PER_MONTH * (3600 if name.startswith(_BY_SECOND) else 1)
    return Line(what, quantity, price, quantity * price.value * units)


def _positions(stack: Stack) -> Iterator[tuple[str, str, float]]:
    """What is paid for: in words, the name of its price, and how many."""
    broker, mysql, documents, nodes = stack.broker, stack.mysql, stack.documents, stack.cluster.nodes
    yield f"broker nodes, {broker.instance_class}", broker.instance_class, broker.nodes
    yield "broker storage", "mq.rabbitmq.storage", broker.nodes
    yield (
        f"Aurora instances, {mysql.members.instance_class}",
        f"aurora_mysql.{mysql.members.instance_class}",
        mysql.members.minimum + mysql.replicas.minimum,
    )
    # RDS Proxy is paid by the vCPUs of every instance behind it.
    vcpus = VCPUS.get(mysql.members.instance_class.rpartition(".")[2], 0)
    yield "RDS Proxy, vCPUs", "rds_proxy", (mysql.members.minimum + mysql.replicas.minimum) * vcpus
    yield (
        f"DocumentDB instances, {documents.members.instance_class}",
        f"docdb.{documents.members.instance_class}",
        documents.members.minimum,
    )
    yield "EKS cluster", "eks.cluster", 1
    yield f"nodes, {nodes.instance_class}", f"ec2.{nodes.instance_class}", nodes.minimum
    yield "disks of the nodes, GB", "ebs.gp3", nodes.minimum * nodes.disk_gb
    yield "network load balancer", "nlb.hour", 1
    yield "NAT gateways", "nat.hour", stack.network.nat_gateways
    yield "public addresses of the NAT gateways", "ipv4.public", stack.network.nat_gateways
    zones = len(stack.network.availability_zones)
    yield "interface endpoints, by zone", "vpce.interface.hour", len(stack.network.interface_endpoints) * zones
    yield from _provisioned(stack)
    yield "alarms", "cloudwatch.alarm.standard", len(stack.alarms)
    yield "dashboard", "cloudwatch.dashboard", 1
    yield "KMS keys", "kms.key", stack.security.keys
    yield "secrets", "secretsmanager.secret", stack.security.secrets


def _provisioned(stack: Stack) -> Iterator[tuple[str, str, float]]:
    by_price: dict[str, float] = {}
    for function in stack.functions.values():
        name = "lambda.provisioned_concurrency." + ("arm" if function.architecture == "arm64" else "x86")
        gigabytes = function.provisioned_concurrency * function.memory_mb / 1024
        by_price[name] = by_price.get(name, 0) + gigabytes
    for name, gigabytes in by_price.items():
        yield "provisioned concurrency, GB", name, gigabytes
