from collections.abc import Callable
from typing import Any

import hcl2
import pytest

from harness.rollout import figures
from harness.rollout.errors import Contradiction
from tests.harness.rollout.conftest import ROOT, stack_of


def set_in(section: str, role: str, **values: object) -> Callable[[dict[str, Any]], None]:
    return lambda raw: raw[section][role].update(values)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (set_in("workers", "orders", grace_s=890), r"workers\.orders\.grace_s is 890: .* drain .* 900 s"),
        (set_in("workers", "pricing", grace_s=860), r"workers\.pricing\.grace_s is 860: with 40 s around it"),
        (set_in("scaling", "pricing", polling_s=30), r"scaling\.pricing\.polling_s is 30: .* write 15"),
        (set_in("scaling", "pricing", target_value=60.5), r"pricing\.target_value is 60\.5: .* whole percentage"),
        (set_in("scaling", "orders", polling_s=30), r"scaling\.orders\.polling_s is 30: .* write 60 or more"),
        (set_in("scaling", "outbox", maximum=99), r"scaling\.outbox and workers\.outbox\.replicas"),
        (lambda raw: raw["scaling"].pop("orders"), r"scaling\.orders: every role but a job has one"),
        (lambda raw: raw["scaling"].update(migrate=raw["scaling"]["orders"]), r"scaling\.migrate: .* a job has none"),
    ],
)  # fmt: skip
def test_figures_that_no_cluster_could_keep_are_refused(change: Callable[[dict[str, Any]], object], told: str):
    with pytest.raises(Contradiction, match=told):
        figures.roles(stack_of("prod", change))


def test_a_pod_outlives_its_workers_own_deadline():
    for role in figures.roles(stack_of("prod")):
        assert role.worker.grace_s + role.unbind_s < role.termination_s < figures.DRAIN_LIMIT_S


def test_a_rollout_reads_the_last_words_of_a_job_before_kubernetes_ends_it():
    assert figures.JOB_LIMIT_S + 30 < figures.JOB_DEADLINE_S


def test_only_who_stands_behind_a_load_balancer_waits_for_it():
    assert {role.name for role in figures.roles(stack_of("prod")) if role.unbind_s} == {"pricing"}


def test_pricing_waits_as_long_as_the_load_balancer_takes():
    """One figure, which Terraform has and no description."""
    text = (ROOT / "terraform" / "modules" / "workers" / "pricing.tf").read_text("utf-8")
    groups = [each for each in hcl2.loads(text)["resource"] if '"aws_lb_target_group"' in each]
    (group,) = groups
    assert group['"aws_lb_target_group"']['"pricing"']["deregistration_delay"] == figures.UNBIND_S


@pytest.mark.parametrize(
    ("instance_class", "architecture"),
    [
        ("m7g.large", "arm64"),
        ("c6gn.xlarge", "arm64"),
        ("a1.large", "arm64"),
        ("m7i.large", "amd64"),
        ("g5.large", "amd64"),
    ],
)
def test_the_architecture_follows_the_nodes(instance_class: str, architecture: str):
    stack = stack_of("dev", lambda raw: raw["cluster"]["nodes"].update(instance_class=instance_class))
    assert figures.architecture(stack) == architecture
