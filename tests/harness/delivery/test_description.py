import copy

import pytest

from harness.delivery import agreement, description
from harness.delivery.errors import TerraformError

LOCAL = "envs/local.tfvars"


def test_unknown_leaves_are_named_by_their_place():
    marks = {"api": {"routes": {}, "name": True}, "queues": [False, {"url": True}], "name": False}
    assert list(description.unknown_leaves(marks)) == ["stack.api.name", "stack.queues[1].url"]


def test_a_leaf_that_is_known_only_after_apply_is_refused(edited, refusal):
    source = edited("stack.tf", ("virtual_host     = local.virtual_host", "virtual_host     = module.broker.id"))
    assert "output stack: unknown before apply: stack.broker.virtual_host" in refusal(source)


def test_a_figure_that_the_resources_do_not_have_is_refused(edited, refusal):
    source = edited("stack.tf", ("timeout_s               = var.functions[name].timeout_s", "timeout_s = 7"))
    message = refusal(source)
    assert "output stack differs from the planned resources" in message
    assert "functions.commands.timeout_s: 7 in the description, 10 in the plan" in message


def test_a_configuration_without_the_output_is_refused(edited, refusal):
    source = edited("stack.tf", ('output "stack"', 'output "stock"'))
    assert refusal(source) == "the configuration has no output `stack`"


def test_a_value_for_no_variable_is_refused(edited, refusal):
    source = edited(LOCAL, ("region  ", 'regoin = "x"\nregion  '))
    message = refusal(source)
    assert message.startswith("envs/local.tfvars: ")
    assert '"regoin"' in message


def test_nothing_of_a_person_reaches_an_offline_plan(monkeypatch):
    environment = {"AWS_PROFILE": "p", "AWS_ENDPOINT_URL_SQS": "http://x", "TF_VAR_name": "x", "HOME": "/h"}
    kept = description._offline(environment)
    assert kept["HOME"] == "/h"
    assert not {"AWS_PROFILE", "AWS_ENDPOINT_URL_SQS", "TF_VAR_name"} & kept.keys()


class TestAgreement:
    """Every claim is seen to fail: each figure of the description is changed in turn."""

    def test_the_real_plan_agrees(self, planned):
        for file in planned.values():
            plan = file.description.plan
            assert agreement.differences(plan["output_changes"]["stack"]["after"], plan) == []

    CHANGES = (
        ("functions", "commands", "memory_mb"),
        ("functions", "commands", "timeout_s"),
        ("functions", "queries", "reserved_concurrency"),
        ("functions", "users", "provisioned_concurrency"),
        ("functions", "users", "runtime"),
        ("functions", "users", "architecture"),
        ("api", "throttle", "rate_per_s"),
        ("api", "integration_timeout_s"),
        ("api", "jwt", "issuer"),
        ("api", "cors", "max_age_s"),
        ("api", "routes", "POST /v1/users", "throttle", "burst"),
        ("event_sources", "overflow_relay", "batch_size"),
        ("event_sources", "overflow_relay", "maximum_concurrency"),
        ("event_sources", "notifications", "window_s"),
        ("event_sources", "notifications", "queue"),
        ("queues", "overflow", "visibility_timeout_s"),
        ("queues", "overflow", "retention_s"),
        ("broker", "instance_class"),
        ("broker", "engine_version"),
        ("mysql", "members", "minimum"),
        ("mysql", "members", "instance_class"),
        ("mysql", "replicas", "maximum"),
        ("mysql", "proxy_borrow_timeout_s"),
        ("documents", "members", "minimum"),
        ("documents", "engine_version"),
        ("cluster", "nodes", "instance_class"),
        ("cluster", "nodes", "maximum"),
        ("cluster", "nodes", "step_in"),
        ("cluster", "kubernetes_version"),
        ("network", "nat_gateways"),
        ("network", "private_cidrs"),
        ("scaling", "commands", "maximum"),
        ("scaling", "commands", "target_value"),
        ("scaling", "mysql_replicas", "cooldown_in_s"),
        ("alarms", "overflow_age", "threshold"),
        ("alarms", "documents_cpu_high", "evaluation_periods"),
        ("alarms", "api_latency", "statistic"),
    )

    @pytest.mark.parametrize("path", CHANGES, ids=".".join)
    def test_a_changed_figure_is_found(self, planned, path):
        plan = planned["local"].description.plan
        value = copy.deepcopy(plan["output_changes"]["stack"]["after"])
        *parents, last = path
        part = value
        for key in parents:
            part = part[key]
        part[last] = part[last] + 1 if isinstance(part[last], int | float) else f"{part[last]}x"
        found = agreement.differences(value, plan)
        assert found
        assert all(line.startswith((path[0], "scaling")) for line in found)

    @pytest.mark.parametrize(
        ("part", "name"),
        [("functions", "users"), ("queues", "overflow"), ("event_sources", "notifications"), ("alarms", "api_5xx")],
    )
    def test_a_part_that_is_planned_but_not_described_is_found(self, planned, part, name):
        plan = planned["local"].description.plan
        value = copy.deepcopy(plan["output_changes"]["stack"]["after"])
        del value[part][name]
        assert any(line.startswith(f"{part}: ") for line in agreement.differences(value, plan))


def test_an_environment_that_does_not_exist(tmp_path):
    from harness.delivery import working_copy

    (tmp_path / "envs").mkdir()
    (tmp_path / "envs" / "dev.tfvars").touch()
    with pytest.raises(TerraformError, match=r"there is no environment 'stage'; there are dev \("):
        working_copy.values_file(tmp_path, "stage")
