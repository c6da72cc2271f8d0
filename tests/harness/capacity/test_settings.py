import json
from pathlib import Path

import pytest

from harness.capacity.errors import SettingError
from harness.capacity.settings import changed, stack_of
from harness.stack import load

FILE = Path(__file__).parents[3] / "terraform" / "stack.prod.json"


@pytest.fixture(scope="module")
def document():
    return json.loads(FILE.read_text("utf-8"))


def test_without_settings_it_is_the_stack_itself(document):
    assert stack_of(changed(document, [])) == load(FILE)


def test_values_are_set_and_the_given_description_stays(document):
    found = stack_of(changed(document, ["functions.commands.reserved_concurrency=500", "broker.engine_version=4.3"]))
    assert found.functions["commands"].reserved_concurrency == 500
    assert document["functions"]["commands"]["reserved_concurrency"] == 800


@pytest.mark.parametrize(
    ("setting", "twin"),
    [
        ("workers.orders.replicas.maximum=99", ("scaling", "orders", "maximum")),
        ("scaling.orders.maximum=99", ("workers", "orders", "replicas", "maximum")),
        ("documents.members.maximum=12", ("scaling", "documents", "maximum")),
        ("scaling.commands.minimum=50", ("functions", "commands", "provisioned_concurrency")),
    ],
)
def test_a_bound_that_stands_twice_is_changed_twice(document, setting, twin):
    value = changed(document, [setting])
    for name in twin:
        value = value[name]
    assert value == int(setting.partition("=")[2])


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("functions.comands.reserved_concurrency=5", "nearest are functions.commands.reserved_concurrency"),
        ("functions.commands=5", "no such value"),
        ("functions.commands.reserved_concurrency=-5", "0 <= provisioned_concurrency <= reserved_concurrency"),
        ("functions.commands.reserved_concurrency=100000", "lower some, or raise that"),
        ("workers.orders.replicas.maximum=0", "write 0 <= minimum <= maximum"),
        ("api.throttle.rate_per_s=0", "api.throttle: 0 a second"),
        ("api.throttle.burst=-5", "write more than 0"),
        ("functions.commands.reserved_concurrency", "write PATH=VALUE"),
        ("functions.commands.reserved_concurrency=many", "must be a whole number"),
        ("functions.commands.memory_mb=1.5", "must be a whole number"),
        ("mysql.members.size=5", "nearest are"),
        ("event_sources.notifications.function=nobody", "does not exist"),
    ],
)
def test_a_wrong_setting_is_told_in_one_line(document, setting, told):
    with pytest.raises(SettingError, match=told) as caught:
        changed(document, [setting])
    assert "\n" not in str(caught.value)
