"""The bill, against a second one that shares nothing with it but the file of prices."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness import stack
from harness.capacity import FunctionUsage, PriceList, Usage, at_rest, bill, usage_at_rest
from harness.capacity.cost import positions
from harness.capacity.prices import Price

ROOT = Path(__file__).parents[3]
PRICES = PriceList.load()
MILLION = 1_000_000


def second_bill(usage: Usage) -> Decimal:
    """USD a month, in decimal arithmetic, from prices.json itself and AWS's rules as they are published."""
    text = (ROOT / "harness" / "capacity" / "prices.json").read_text("utf-8")
    price = {name: entry["value"] for name, entry in json.loads(text, parse_float=Decimal)["prices"].items()}
    months = Decimal(730) / Decimal(usage.hours)

    def monthly(value: float) -> Decimal:
        return Decimal(value) * months

    def at(name: str, quantity: float, pieces: int = 1) -> Decimal:
        return monthly(quantity) * Decimal(price[name]) / pieces if name in price else Decimal(0)

    requests = monthly(usage.api_requests)
    cheap = max(requests - 300_000_000, Decimal(0))
    total = (requests - cheap) * Decimal(price["apigw.http.first_300M"]) / MILLION
    total += cheap * Decimal(price["apigw.http.over_300M"]) / MILLION

    seconds = {"arm": Decimal(0), "x86": Decimal(0)}
    for function in usage.functions.values():
        kind = {"arm64": "arm", "x86_64": "x86"}[function.architecture]
        seconds[kind] += monthly(function.gb_seconds)
        total += at("lambda.requests", function.invocations, MILLION)
        total += at(f"lambda.provisioned_duration.{kind}", function.provisioned_run_gb_seconds)
        total += at(f"lambda.provisioned_concurrency.{kind}", function.provisioned_gb_seconds)
    total += stairs(
        seconds["arm"],
        (Decimal("7.5e9"), price["lambda.arm.gb_second.tier1_first_7.5B"]),
        (Decimal("11.25e9"), price["lambda.arm.gb_second.tier2_next_11.25B"]),
        (Decimal("Infinity"), price["lambda.arm.gb_second.tier3_over_18.75B"]),
    )
    total += stairs(
        seconds["x86"],
        (Decimal("6e9"), price["lambda.x86.gb_second.tier1_first_6B"]),
        (Decimal("9e9"), price["lambda.x86.gb_second.tier2_next_9B"]),
        (Decimal("Infinity"), price["lambda.x86.gb_second.tier3_over_15B"]),
    )

    for classes, prefix in (
        (usage.broker_hours, ""),
        (usage.aurora_hours, "aurora_mysql."),
        (usage.documents_hours, "docdb."),
        (usage.node_hours, "ec2."),
    ):
        total += sum((at(prefix + name, hours) for name, hours in classes.items()), Decimal(0))
    for name, quantity, pieces in (
        ("sqs.standard", usage.sqs_requests, MILLION),
        ("rds_proxy", usage.aurora_proxy_vcpu_hours, 1),
        ("aurora.storage.standard", usage.aurora_storage_gb_months, 1),
        ("aurora.io.standard", usage.aurora_io_requests, MILLION),
        ("docdb.storage.standard", usage.documents_storage_gb_months, 1),
        ("docdb.io.standard", usage.documents_io_requests, MILLION),
        ("eks.cluster", usage.cluster_hours, 1),
        ("ebs.gp3", usage.node_disk_gb_months, 1),
        ("nlb.hour", usage.load_balancer_hours, 1),
        ("nlb.capacity_unit", usage.load_balancer_unit_hours, 1),
        ("nat.hour", usage.nat_hours, 1),
        ("nat.gb", usage.nat_gb, 1),
        ("ipv4.public", usage.public_address_hours, 1),
        ("vpce.interface.hour", usage.endpoint_hours, 1),
        ("vpce.interface.gb", usage.endpoint_gb, 1),
        ("data.out.first_10TB", usage.data_out_gb, 1),
        ("data.cross_az", usage.cross_zone_gb * 2, 1),
        ("cloudwatch.logs.ingest", usage.log_gb, 1),
        ("cloudwatch.custom_metric", usage.custom_metric_months, 1),
        ("cloudwatch.alarm.standard", usage.alarm_months, 1),
        ("cloudwatch.dashboard", usage.dashboard_months, 1),
        ("kms.key", usage.key_months, 1),
        ("kms.requests", usage.key_requests, 10_000),
        ("secretsmanager.secret", usage.secret_months, 1),
        ("secretsmanager.calls", usage.secret_requests, 10_000),
    ):
        total += at(name, quantity, pieces)
    return total


def stairs(quantity: Decimal, *steps: tuple[Decimal, Decimal]) -> Decimal:
    """Step by step: each step takes what it holds from what is left."""
    total = Decimal(0)
    for size, value in steps:
        step = min(quantity, size)
        total, quantity = total + step * Decimal(value), quantity - step
    return total


def amounts(most: float):
    return st.floats(0, most, allow_nan=False, allow_subnormal=False)


FUNCTIONS = st.dictionaries(
    st.sampled_from(["commands", "queries", "users", "relay"]),
    st.builds(
        FunctionUsage,
        st.sampled_from(["arm64", "x86_64"]),
        amounts(1e10),
        amounts(3e10),
        amounts(1e9),
        amounts(1e8),
    ),
)
USAGES = st.builds(
    Usage,
    hours=st.sampled_from([1.0, 24.0, 730.0]),
    api_requests=amounts(1e9),
    functions=FUNCTIONS,
    sqs_requests=amounts(1e9),
    broker_hours=st.dictionaries(st.sampled_from(["mq.m7g.large", "mq.m7g.2xlarge", "mq.unknown"]), amounts(1e4)),
    broker_disk_months=amounts(9),
    aurora_hours=st.dictionaries(st.sampled_from(["db.r7g.4xlarge", "db.r6g.large"]), amounts(1e4)),
    aurora_proxy_vcpu_hours=amounts(1e5),
    aurora_storage_gb_months=amounts(1e5),
    aurora_io_requests=amounts(1e11),
    documents_hours=st.dictionaries(st.sampled_from(["db.r6g.4xlarge", "db.t3.medium"]), amounts(1e4)),
    documents_storage_gb_months=amounts(1e5),
    documents_io_requests=amounts(1e11),
    cluster_hours=amounts(730),
    node_hours=st.dictionaries(st.sampled_from(["m7g.large", "m7g.2xlarge"]), amounts(1e5)),
    node_disk_gb_months=amounts(1e5),
    load_balancer_hours=amounts(730),
    load_balancer_unit_hours=amounts(1e5),
    nat_hours=amounts(3e3),
    nat_gb=amounts(1e6),
    public_address_hours=amounts(3e3),
    endpoint_hours=amounts(3e4),
    endpoint_gb=amounts(1e6),
    data_out_gb=amounts(1e6),
    cross_zone_gb=amounts(1e6),
    log_gb=amounts(1e6),
    custom_metric_months=amounts(1e5),
    alarm_months=amounts(1e3),
    dashboard_months=amounts(10),
    key_months=amounts(10),
    key_requests=amounts(1e10),
    secret_months=amounts(100),
    secret_requests=amounts(1e10),
)


@settings(max_examples=150, deadline=None)
@given(USAGES)
def test_two_bills_agree_to_the_cent(usage):
    found = bill(usage, PRICES)
    assert abs(Decimal(found.usd_per_month) - second_bill(usage)) < Decimal("0.005")
    assert found.usd_per_day == pytest.approx(found.usd_per_month / 730 * 24)


@pytest.mark.parametrize("environment", ["dev", "local", "prod"])
def test_so_they_do_at_rest(environment):
    description = stack.load(ROOT / "terraform" / f"stack.{environment}.json")
    found = at_rest(description, PRICES)
    assert abs(Decimal(found.usd_per_month) - second_bill(usage_at_rest(description))) < Decimal("0.005")


def test_the_second_bill_would_notice():
    usage = Usage(hours=730, api_requests=400 * MILLION)
    wrong = dict(PRICES.prices) | {"apigw.http.over_300M": PRICES.prices["apigw.http.first_300M"]}
    assert abs(Decimal(bill(usage, PriceList("r", wrong)).usd_per_month) - second_bill(usage)) > 9


@settings(max_examples=50, deadline=None)
@given(USAGES, st.floats(1.0, 5.0))
def test_more_of_everything_never_costs_less(usage, factor):
    more = usage.times(factor)
    more = Usage(**{**vars(more), "hours": usage.hours})
    assert bill(more, PRICES).usd_per_month >= bill(usage, PRICES).usd_per_month * (1 - 1e-12)


@settings(deadline=None)
@given(st.floats(1, 700), st.floats(0, 1e10))
def test_the_same_rate_costs_the_same_however_long_it_was_watched(hours, requests):
    usage = Usage(hours=hours, api_requests=requests)
    assert bill(usage.times(730 / hours), PRICES).usd_per_month == pytest.approx(bill(usage, PRICES).usd_per_month)


def month(requests: float):
    return bill(Usage(hours=730, api_requests=requests), PRICES)


def test_api_requests_above_300_million_are_cheaper():
    assert month(300 * MILLION).usd_per_month == pytest.approx(300)
    assert len(month(300 * MILLION).lines) == 1
    first, second = month(301 * MILLION).lines
    assert (first.quantity, first.usd_per_month) == (300 * MILLION, pytest.approx(300))
    assert (second.what, second.quantity) == ("API requests, above 300,000,000", MILLION)
    assert second.usd_per_month == pytest.approx(0.9)
    assert month(10 * MILLION).usd_per_million_requests == pytest.approx(1.0)


def test_duration_tiers_count_all_functions_of_an_architecture_together():
    arm = FunctionUsage("arm64", gb_seconds=5e9)
    usage = Usage(hours=730, functions={"a": arm, "b": arm, "c": FunctionUsage("x86_64", gb_seconds=5e9)})
    lines = {line.what: line for line in bill(usage, PRICES).lines}
    assert lines["function duration, arm64"].quantity == pytest.approx(7.5e9)
    assert lines["function duration, arm64, above 7,500,000,000"].quantity == pytest.approx(2.5e9)
    assert lines["function duration, x86_64"].quantity == pytest.approx(5e9)


def test_beyond_the_last_tier_that_is_known_the_line_says_so():
    found = bill(Usage(hours=730, data_out_gb=20_000), PRICES)
    (line,) = found.lines
    assert line.usd_per_month == pytest.approx(20_000 * 0.09)
    assert line.note == "all at the price of the first 10,000; beyond it AWS is cheaper"
    assert line.note in found.table()
    (line,) = bill(Usage(hours=730, data_out_gb=10_000), PRICES).lines
    assert line.note == ""


def test_what_has_no_price_is_flagged_wherever_it_shows():
    found = bill(Usage(hours=730, load_balancer_hours=730, key_months=1), PriceList("r", {"kms.key": _price(1)}))
    (missing,) = found.missing
    assert missing.what == "network load balancer"
    assert "not priced, so that the sums are too low: network load balancer" in found.table()
    assert found.as_json()["missing"] == ["network load balancer"]
    assert [line["missing"] for line in found.as_json()["lines"]] == [False, True]


def test_an_estimate_is_flagged_wherever_it_shows():
    found = bill(Usage(hours=730, key_months=1), PriceList("r", {"kms.key": _price(1, "low")}))
    assert found.as_json()["estimated"] == ["KMS keys"]
    assert "KMS keys ~" in found.table()
    assert "~ the price is an estimate" in found.table()


def test_nothing_used_costs_nothing_and_has_no_price_for_a_million_requests():
    found = bill(Usage(hours=24), PRICES)
    assert found.lines == ()
    assert found.usd_per_month == 0
    assert found.usd_per_million_requests is None


def test_every_price_is_for_as_many_pieces_as_its_unit_says():
    usage = Usage(
        hours=730,
        functions={"a": FunctionUsage("arm64"), "b": FunctionUsage("x86_64")},
        broker_hours={"mq.m7g.large": 1},
        aurora_hours={"db.r7g.large": 1},
        documents_hours={"db.r5.large": 1},
        node_hours={"m7g.large": 1},
    )
    named = [(position, PRICES.find(tier.price)) for position in positions(usage) for tier in position.tiers]
    for position, price in named:
        if price is not None:
            pieces = MILLION if "1M" in price.unit else 10_000 if "10k " in price.unit + " " else 1
            if "first 10k" in price.unit:  # a tier, not a number of pieces
                pieces = 1
            assert position.per == pieces, position.what
    unknown = {position.what for position, price in named if price is None}
    assert unknown == {"broker storage"}


def _price(value: float, confidence="high") -> Price:
    return Price(value, "USD", "somewhere", "2026", confidence)
