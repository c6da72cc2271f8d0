from pathlib import Path

import hcl2
import pytest
import yaml

from harness.rollout import charts
from harness.rollout.cluster import Cluster
from harness.rollout.overlay import DEPLOY
from tests.harness.rollout.conftest import ROOT

CLUSTER = Cluster("orders-dev", "eu-central-1", "https://x", "Q0E=", False, "vpc-0a1b")


@pytest.mark.parametrize("chart", charts.CHARTS, ids=lambda chart: chart.name)
def test_each_chart_is_pinned_and_has_its_values(chart: charts.Chart):
    arguments = charts.command(chart, CLUSTER, Path("kubeconfig"), ROOT)
    assert arguments[arguments.index("--version") + 1] == chart.version
    assert len(chart.version.split(".")) == 3
    values = Path(arguments[arguments.index("--values") + 1])
    assert isinstance(yaml.safe_load(values.read_text("utf-8")), dict)


def test_every_file_of_values_has_its_chart():
    files = {file.stem for file in (ROOT / DEPLOY / "charts").iterdir()}
    assert files == {chart.name for chart in charts.CHARTS}


def test_the_load_balancer_controller_is_told_what_it_cannot_look_up():
    arguments = charts.command(charts.LOAD_BALANCER_CONTROLLER, CLUSTER, Path("kubeconfig"), ROOT)
    assert {"clusterName=orders-dev", "region=eu-central-1", "vpcId=vpc-0a1b"} <= set(arguments)


def test_service_accounts_of_the_controllers_are_those_that_terraform_associates():
    parts = hcl2.loads((ROOT / "terraform" / "permissions.tf").read_text("utf-8"))["locals"]
    text = str(next(each["workloads"] for each in parts if "workloads" in each))
    for chart, path in (
        (charts.KEDA, ("serviceAccount", "operator")),
        (charts.LOAD_BALANCER_CONTROLLER, ("serviceAccount",)),
    ):
        values = yaml.safe_load((ROOT / DEPLOY / "charts" / f"{chart.name}.yaml").read_text("utf-8"))
        for key in path:
            values = values[key]
        assert f'"{values["name"]}"' in text
        assert f'"{chart.namespace}"' in text
