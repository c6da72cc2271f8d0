"""The search on prod with a narrow throttle, whose limit is known."""

import json

import pytest

from harness.capacity.engine import slo
from harness.capacity.search import search
from harness.capacity.search.summary import summary
from harness.capacity.search.trial import Trials

PER_USER_PER_S = 0.2 * 3 * 20 / 86_400
RATE = 60
LIMIT = RATE / PER_USER_PER_S
NARROW = (f"api.throttle.rate_per_s={RATE}", f"api.throttle.burst={RATE}")


@pytest.fixture(scope="module")
def told():
    return []


@pytest.fixture(scope="module")
def found(setup_of, here, told):
    return search(setup_of(200_000, *NARROW, minutes=2), here, replications=10, progress=told.append)


def test_it_finds_the_limit_of_the_throttle(found):
    # Chance empties a full bucket of a second a little before the rate itself does.
    assert 0.85 * LIMIT < found.users <= LIMIT
    assert found.users < found.bracket.high <= 1.3 * LIMIT
    assert found.binds == "api.throttle"


def test_raising_what_binds_buys_as_much_and_others_buy_nothing(found):
    first, *others = found.gains
    assert (first.setting, first.before, first.after) == ("api.throttle.rate_per_s", RATE, 2 * RATE)
    assert first.users == pytest.approx(2 * found.users, rel=0.1)
    assert first.more == first.users - found.users
    assert {each.setting for each in others} > {"functions.queries.reserved_concurrency", "broker.instance_class"}
    assert not any(each.more for each in others if each.setting != "api.throttle.burst")


def test_a_raise_tells_what_it_costs_at_rest(found):
    costs = {each.setting: each.usd_per_month for each in found.gains}
    assert costs["api.throttle.rate_per_s"] == 0
    assert costs["broker.instance_class"] > 1000
    assert costs["documents.members.instance_class"] is None  # there is no price of the larger class


def test_the_result_has_the_study_of_what_holds(found):
    value = json.loads(json.dumps(found.as_json(), allow_nan=False))
    assert value["holds"] is True
    assert value["max_users"]["users"] == value["max_users"]["low"] == found.users
    assert {"name": "users", "value": found.users, "source": "given", "assumption": False} in value["inputs"]
    tried = value["max_users"]["tried"]
    assert [each["users"] for each in tried] == sorted(each["users"] for each in tried)
    assert tried[0].keys() == {"users", "holds", "figures", "replications"}
    assert value["sensitivity"][0].keys() == {
        *("setting", "from", "to", "max_users", "gain_users", "cost_usd_per_month_delta")
    }
    assert value["busiest_hour"]["replications"] == 10


def test_it_tells_what_it_does(found, told):
    assert any("minutes to go" in line for line in told)
    assert any(line == f"{found.users:,} users, 10 replications: holds" for line in told)


def test_the_summary_says_what_people_ask_for(found):
    text = summary(found)
    for words in (f"{found.users:,} users hold", "binds: api.throttle", "raised by one step", "others buy nothing"):
        assert words in text


def test_it_is_decided_by_the_seed(setup_of, here, found):
    trial = found.bracket.tried[found.users]
    again = Trials(setup_of(1, *NARROW, minutes=2), here, slo.DEFAULT, most=10)(found.users)
    assert again.as_json() == trial.as_json()


def test_where_nothing_holds_the_smallest_number_is_told(setup_of, here):
    never = slo.changed(["latency_ms.all.p99=0.01"])
    found = search(setup_of(200_000, *NARROW, minutes=2), here, slos=never, replications=10)
    assert (found.users, found.study) == (0, None)
    value = json.loads(json.dumps(found.as_json()))
    assert value["max_users"]["low"] == 0
    assert value["max_users"]["high"] > 0
    assert "no number of users holds" in summary(found)
