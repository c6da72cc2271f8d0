from typing import Any

import pytest

from harness.rollout import outputs
from harness.rollout.errors import OutputMissing
from tests.harness.rollout.conftest import applied, stack_of


def test_outputs_of_an_applied_stack():
    stack = stack_of("dev")
    found = outputs.read(stack, applied(stack))
    assert found.applied
    assert (found.cluster, found.namespace) == ("orders-dev", "orders")
    assert found.broker_management_url == "https://b-1.mq.eu-central-1.on.aws"
    # SQS's works without `migrate`, so Terraform has enabled it.
    assert found.event_source_ids == {"notifications": "0b5e"}


@pytest.mark.parametrize(
    ("path", "told"),
    [
        (("cluster", "repository_url"), "no output cluster.repository_url"),
        (("worker_environment", "orders"), "no output worker_environment.orders"),
        (("worker_environment", "orders", "MYSQL_URL"), "no output worker_environment.orders.MYSQL_URL"),
        (("event_source_ids", "notifications"), "no output event_source_ids.notifications"),
    ],
)
def test_an_output_that_is_missing_is_named(path: tuple[str, ...], told: str):
    stack = stack_of("dev")
    values: Any = applied(stack)
    place = values
    for key in path[:-1]:
        place = place[key]
    del place[path[-1]]
    with pytest.raises(OutputMissing, match=told):
        outputs.read(stack, values)


def test_stand_ins_lead_nowhere():
    found = outputs.stand_ins(stack_of("prod"))
    assert not found.applied
    addresses = [value for each in found.environment.values() for value in each.values() if "://" in value]
    assert addresses
    assert all(".invalid" in address for address in addresses)


def test_an_address_that_has_no_stand_in_is_named():
    stack = stack_of("dev", lambda raw: raw["workers"]["orders"]["references"].update(CACHE_URL="cache.url"))
    with pytest.raises(OutputMissing, match=r"workers\.orders\.references\.CACHE_URL: 'cache\.url'"):
        outputs.stand_ins(stack)
