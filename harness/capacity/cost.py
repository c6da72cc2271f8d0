"""Usage times prices: what a stack costs, position by position, with where each price comes from.

Free tiers, discounts, support and taxes are left out.
"""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from harness.capacity.prices import HOURS_PER_MONTH, Price, PriceList
from harness.capacity.usage import Architecture, Usage

_MILLION = 1_000_000
_TEN_THOUSAND = 10_000


@dataclass(frozen=True)
class Tier:
    """A price by its name, and the monthly quantity up to which it holds; `up_to` None: for all that is left."""

    price: str
    up_to: float | None = None


@dataclass(frozen=True)
class Position:
    """A monthly `quantity` of something, in `unit`s, of which `per` have one price; `tiers` are in rising order."""

    what: str
    unit: str
    quantity: float
    tiers: tuple[Tier, ...]
    per: int = 1


@dataclass(frozen=True)
class Line:
    """A part of a position that has one price. `usd_per_month` None: there is no such price, and the sum is too low.

    `note` tells what about the price does not quite fit.
    """

    what: str
    quantity: float
    unit: str
    per: int
    price: Price | None
    usd_per_month: float | None
    note: str = ""

    @property
    def estimated(self) -> bool:
        """Whether the price is an estimate, to be shown only with a mark."""
        return self.price is not None and self.price.confidence == "low"

    def as_json(self) -> dict[str, Any]:
        """For a script."""
        price = self.price
        return {
            "what": self.what,
            "quantity": self.quantity,
            "unit": self.unit,
            "unit_price_usd": None if price is None else price.value,
            "priced_per": self.per,
            "usd_per_month": self.usd_per_month,
            "source": None if price is None else price.source,
            "as_of": None if price is None else price.as_of,
            "confidence": None if price is None else price.confidence,
            "missing": price is None,
            "note": "; ".join(filter(None, (self.note, "" if price is None else price.note))),
        }


@dataclass(frozen=True)
class Bill:
    """A month's cost in US dollars of `region`, dearest first. Tiers go by the month, so a day is a part of one."""

    region: str
    lines: tuple[Line, ...]
    api_requests_per_month: float

    @property
    def missing(self) -> tuple[Line, ...]:
        """What has no price: the sums are too low by it."""
        return tuple(line for line in self.lines if line.price is None)

    @property
    def estimated(self) -> tuple[Line, ...]:
        """What has a price of low confidence."""
        return tuple(line for line in self.lines if line.estimated)

    @property
    def usd_per_month(self) -> float:
        """The sum of all that has a price."""
        return sum(line.usd_per_month or 0.0 for line in self.lines)

    @property
    def usd_per_day(self) -> float:
        """A day's part of it, 24 of 730 hours."""
        return self.usd_per_month * 24 / HOURS_PER_MONTH

    @property
    def usd_per_million_requests(self) -> float | None:
        """By requests at the API; None where there are none."""
        if not self.api_requests_per_month:
            return None
        return self.usd_per_month / self.api_requests_per_month * _MILLION

    def as_json(self) -> dict[str, Any]:
        """For a script: sums, and lines with price, source, date and confidence."""
        million = self.usd_per_million_requests
        return {
            "currency": "USD",
            "region": self.region,
            "usd_per_month": round(self.usd_per_month, 2),
            "usd_per_day": round(self.usd_per_day, 2),
            "usd_per_million_requests": None if million is None else round(million, 4),
            "estimated": [line.what for line in self.estimated],
            "missing": [line.what for line in self.missing],
            "lines": [line.as_json() for line in self.lines],
        }

    def table(self) -> str:
        """For a terminal: a line for each, the sums, what is an estimate (~) and what is missing."""
        rows = [
            f"{line.usd_per_month:>12,.2f}  {line.quantity:>16,.0f} {line.unit:<9} {line.what}{_mark(line)}"
            for line in self.lines
            if line.usd_per_month is not None
        ]
        million = self.usd_per_million_requests
        sums = [f"{self.usd_per_month:>12,.2f}  a month", f"{self.usd_per_day:>12,.2f}  a day"]
        if million is not None:
            sums.append(f"{million:>12,.2f}  for a million requests")
        notes = [f"  {line.what}: {line.note}" for line in self.lines if line.note]
        if self.estimated:
            notes.append("  ~ the price is an estimate")
        if self.missing:
            notes.append(f"  not priced, so that the sums are too low: {', '.join(line.what for line in self.missing)}")
        return "\n".join((f"         USD  a month, at the prices of {self.region}", *rows, *sums, *notes))


def bill(usage: Usage, prices: PriceList) -> Bill:
    """The cost of a month full of `usage`, of whatever time that is."""
    month = usage.per_month()
    lines = [line for position in positions(month) if position.quantity for line in _lines(position, prices)]
    lines.sort(key=lambda line: -(line.usd_per_month or 0.0))
    return Bill(prices.region, tuple(lines), month.api_requests)


def positions(month: Usage) -> Iterator[Position]:
    """What is paid for in a month, and by which prices."""
    yield Position(
        "API requests",
        "requests",
        month.api_requests,
        (Tier("apigw.http.first_300M", 300 * _MILLION), Tier("apigw.http.over_300M")),
        _MILLION,
    )
    yield from _functions(month)
    yield _one("SQS requests", "requests", month.sqs_requests, "sqs.standard", _MILLION)
    for name, hours in month.broker_hours.items():
        yield _one(f"broker nodes, {name}", "h", hours, name)
    yield _one("broker storage", "months", month.broker_disk_months, "mq.rabbitmq.storage")
    for name, hours in month.aurora_hours.items():
        yield _one(f"Aurora instances, {name}", "h", hours, f"aurora_mysql.{name}")
    yield _one("RDS Proxy, vCPUs", "h", month.aurora_proxy_vcpu_hours, "rds_proxy")
    yield _one("Aurora storage", "GB-months", month.aurora_storage_gb_months, "aurora.storage.standard")
    yield _one("Aurora I/O", "requests", month.aurora_io_requests, "aurora.io.standard", _MILLION)
    for name, hours in month.documents_hours.items():
        yield _one(f"DocumentDB instances, {name}", "h", hours, f"docdb.{name}")
    yield _one("DocumentDB storage", "GB-months", month.documents_storage_gb_months, "docdb.storage.standard")
    yield _one("DocumentDB I/O", "requests", month.documents_io_requests, "docdb.io.standard", _MILLION)
    yield _one("EKS cluster", "h", month.cluster_hours, "eks.cluster")
    for name, hours in month.node_hours.items():
        yield _one(f"nodes, {name}", "h", hours, f"ec2.{name}")
    yield _one("disks of the nodes, GB", "GB-months", month.node_disk_gb_months, "ebs.gp3")
    yield _one("network load balancer", "h", month.load_balancer_hours, "nlb.hour")
    yield _one("network load balancer, capacity units", "h", month.load_balancer_unit_hours, "nlb.capacity_unit")
    yield _one("NAT gateways", "h", month.nat_hours, "nat.hour")
    yield _one("data through NAT gateways", "GB", month.nat_gb, "nat.gb")
    yield _one("public addresses of the NAT gateways", "h", month.public_address_hours, "ipv4.public")
    yield _one("interface endpoints, by zone", "h", month.endpoint_hours, "vpce.interface.hour")
    yield _one("data through interface endpoints", "GB", month.endpoint_gb, "vpce.interface.gb")
    yield Position("data to the internet", "GB", month.data_out_gb, (Tier("data.out.first_10TB", 10_000),))
    # Both sides pay.
    yield _one("data between zones", "GB", 2 * month.cross_zone_gb, "data.cross_az")
    yield _one("logs", "GB", month.log_gb, "cloudwatch.logs.ingest")
    yield Position("custom metrics", "months", month.custom_metric_months, (Tier("cloudwatch.custom_metric", 10_000),))
    yield _one("metrics of alarms", "months", month.alarm_months, "cloudwatch.alarm.standard")
    yield _one("dashboard", "months", month.dashboard_months, "cloudwatch.dashboard")
    yield _one("KMS keys", "months", month.key_months, "kms.key")
    yield _one("KMS requests", "requests", month.key_requests, "kms.requests", _TEN_THOUSAND)
    yield _one("secrets", "months", month.secret_months, "secretsmanager.secret")
    yield _one("secret requests", "requests", month.secret_requests, "secretsmanager.calls", _TEN_THOUSAND)


# Tiers are of all functions of an architecture together (https://aws.amazon.com/lambda/pricing/).
_DURATION: dict[Architecture, tuple[Tier, ...]] = {
    "arm64": (
        Tier("lambda.arm.gb_second.tier1_first_7.5B", 7.5e9),
        Tier("lambda.arm.gb_second.tier2_next_11.25B", 18.75e9),
        Tier("lambda.arm.gb_second.tier3_over_18.75B"),
    ),
    "x86_64": (
        Tier("lambda.x86.gb_second.tier1_first_6B", 6e9),
        Tier("lambda.x86.gb_second.tier2_next_9B", 15e9),
        Tier("lambda.x86.gb_second.tier3_over_15B"),
    ),
}


def _functions(month: Usage) -> Iterator[Position]:
    functions = month.functions.values()
    invocations = sum(each.invocations for each in functions)
    yield _one("function invocations", "requests", invocations, "lambda.requests", _MILLION)
    for architecture, tiers in _DURATION.items():
        of_it = [each for each in functions if each.architecture == architecture]
        # An estate of one architecture is not told which.
        which = f", {architecture}" if len({each.architecture for each in functions}) > 1 else ""
        name = "arm" if architecture == "arm64" else "x86"
        yield Position(f"function duration{which}", "GB-s", sum(each.gb_seconds for each in of_it), tiers)
        yield _one(
            f"duration in provisioned environments{which}",
            "GB-s",
            sum(each.provisioned_run_gb_seconds for each in of_it),
            f"lambda.provisioned_duration.{name}",
        )
        yield _one(
            f"provisioned concurrency, GB{which}",
            "GB-s",
            sum(each.provisioned_gb_seconds for each in of_it),
            f"lambda.provisioned_concurrency.{name}",
        )


def _one(what: str, unit: str, quantity: float, price: str, per: int = 1) -> Position:
    return Position(what, unit, quantity, (Tier(price),), per)


def _lines(position: Position, prices: PriceList) -> Iterator[Line]:
    """A line for each tier that the quantity reaches. What is above the last known tier is paid as in that one."""
    begin = 0.0
    for number, tier in enumerate(position.tiers):
        last = number == len(position.tiers) - 1
        end = position.quantity if last or tier.up_to is None else min(position.quantity, tier.up_to)
        if end <= begin:
            return
        price, quantity = prices.find(tier.price), end - begin
        line = Line(
            what=position.what if begin == 0 else f"{position.what}, above {begin:,.0f}",
            quantity=quantity,
            unit=position.unit,
            per=position.per,
            price=price,
            usd_per_month=None if price is None else quantity / position.per * price.value,
        )
        if tier.up_to is not None and end > tier.up_to:
            line = dataclasses.replace(
                line, note=f"all at the price of the first {tier.up_to:,.0f}; beyond it AWS is cheaper"
            )
        yield line
        begin = end


def _mark(line: Line) -> str:
    return " ~" if line.estimated else ""
