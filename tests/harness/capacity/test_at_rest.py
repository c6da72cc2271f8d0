import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest

from harness import stack
from harness.capacity import PriceList, at_rest
from harness.capacity.prices import Price

TERRAFORM = Path(__file__).parents[3] / "terraform"


@pytest.fixture
def dev():
    return stack.load(TERRAFORM / "stack.dev.json")


def prices(**known):
    return PriceList("us-east-1", {name: Price(value, "u", "s", "2026", "high") for name, value in known.items()})


def test_a_position_by_the_hour(dev):
    (line,) = at_rest(dev, prices(**{"eks.cluster": 0.1})).priced
    assert (line.what, line.quantity, line.usd_per_month) == ("EKS cluster", 1, pytest.approx(73))


def test_a_position_by_the_month(dev):
    (line,) = at_rest(dev, prices(**{"kms.key": 1.0})).priced
    assert line.usd_per_month == dev.security.keys


def test_provisioned_concurrency_is_paid_by_gigabyte_second(dev):
    (line,) = at_rest(dev, prices(**{"lambda.provisioned_concurrency.arm": 1e-6})).priced
    gigabytes = sum(f.provisioned_concurrency * f.memory_mb for f in dev.functions.values()) / 1024
    assert line.quantity == gigabytes
    assert line.usd_per_month == pytest.approx(gigabytes * 1e-6 * 730 * 3600)


def test_proxy_is_paid_by_vcpu_of_every_instance(dev):
    (line,) = at_rest(dev, prices(rds_proxy=0.015)).priced
    assert line.quantity == 2 * 2


def test_endpoints_are_paid_in_every_zone(dev):
    (line,) = at_rest(dev, prices(**{"vpce.interface.hour": 0.01})).priced
    assert line.quantity == 3 * len(dev.network.interface_endpoints)


def test_what_has_no_price_is_listed_and_not_guessed(dev):
    found = at_rest(dev, prices())
    assert found.usd_per_month == 0
    assert found.priced == ()
    assert "broker storage" in {line.what for line in found.not_priced}
    assert found.as_json()["not_priced"]


def test_a_larger_stack_costs_more(dev):
    nodes = dataclasses.replace(dev.cluster.nodes, minimum=dev.cluster.nodes.minimum + 1)
    larger = dataclasses.replace(dev, cluster=dataclasses.replace(dev.cluster, nodes=nodes))
    real = PriceList.load()
    assert at_rest(larger, real).usd_per_month > at_rest(dev, real).usd_per_month


def test_an_estimate_is_marked():
    found = at_rest(stack.load(TERRAFORM / "stack.prod.json"), PriceList.load())
    marked = [line for line in found.table().splitlines() if line.endswith(" ~")]
    low = [line for line in found.priced if line.price.confidence == "low"]
    assert len(marked) == len(low) > 0


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_the_readme_has_todays_figures(environment):
    found = at_rest(stack.load(TERRAFORM / f"stack.{environment}.json"), PriceList.load())
    assert found.table() in (TERRAFORM / "README.md").read_text("utf-8"), f"paste `harness cost --env {environment}`"


def test_the_cost_needs_no_numerics():
    """`harness cost` answers at once: numpy and what is compiled take longer to load than it to compute."""
    code = "import sys, harness.commands.cost; sys.exit(sorted({'numpy', 'numba', 'yaml'} & sys.modules.keys()) or 0)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False).returncode == 0
