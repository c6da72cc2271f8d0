import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.capacity.demand import OPERATIONS, Demand, Stated, names, read
from harness.capacity.errors import DemandError
from harness.traffic import ACTIONS


def test_every_operation_is_an_action_of_a_replay_on_the_same_route():
    for name, route in OPERATIONS.items():
        assert route in ACTIONS[name].routes
    assert set(OPERATIONS) == {name for name, action in ACTIONS.items() if not action.to_be_refused}


def test_ten_million_users_as_the_figures_say():
    demand = read("day", 10_000_000)
    assert demand.requests_per_day == 10_000_000 * 0.2 * 3 * 20
    assert demand.mean_per_s == pytest.approx(1388.9, abs=0.1)
    assert demand.peak_per_s == pytest.approx(2253.8, abs=0.2)


@settings(deadline=None)
@given(st.integers(1, 100_000_000), st.sampled_from([15.0, 60.0, 7.0, 3600.0]))
def test_rates_integrate_to_the_requests_of_the_day(users, tick_s):
    demand = read("day", users)
    total = sum(float(rates.sum()) * tick_s for rates in demand.rates_per_s(tick_s).values())
    assert total == pytest.approx(demand.requests_per_day, rel=1e-9)
    edges = np.arange(0, 86_400 + tick_s, tick_s)
    assert demand.expected(edges).sum() == pytest.approx(demand.requests_per_day, rel=1e-9)


def test_surges_are_more_requests_than_those_of_the_day():
    day, flash = read("day", 1000), read("flash", 1000)
    assert flash.requests_per_day == day.requests_per_day
    edges = np.array([0.0, 86_400.0])
    assert flash.expected(edges)[0] > 1.2 * day.expected(edges)[0]
    assert flash.peak_per_s == pytest.approx(10 * day.peak_per_s, rel=1e-3)


def test_operations_share_the_requests_by_their_weights():
    demand = dataclasses.replace(read("day", 1000), mix={"place_order": 1, "read_order": 3, "quote": 0})
    assert demand.shares == {"place_order": 0.25, "read_order": 0.75}
    rates = demand.rates_per_s(60.0)
    assert rates["read_order"] == pytest.approx(3 * rates["place_order"])


def test_another_number_of_users():
    assert read("day", 1000).of(2000).requests_per_day == 2 * read("day", 1000).requests_per_day


@pytest.mark.parametrize("profile", names())
def test_every_figure_is_listed_with_its_source_or_as_an_assumption(profile):
    demand = read(profile, 1000)
    rows = {row["name"]: row for row in demand.inputs()}
    stated = {part.name for part in dataclasses.fields(Demand) if "Stated" in str(part.type)}
    assert {name.removesuffix("_source") for name in stated} <= rows.keys()
    assert all(row["source"] for row in rows.values())
    assert rows["requests_per_session"]["assumption"] is True
    assert rows["daily_share"]["assumption"] is False


def test_mix_curve_and_surges_are_told_as_texts():
    demand = dataclasses.replace(read("flash", 1000), mix={"place_order": 1, "read_order": 3, "quote": 0})
    rows = {row["name"]: row["value"] for row in demand.inputs()}
    assert rows["mix"] == "place_order 25.0%, read_order 75.0%"
    assert rows["curve"] == "0.377 at 08:00 to 16.2 at 20:01, of the mean"
    assert rows["surges"] == "10 times from 20:00 on, within 60 s and for 900 s, then down to 1/e in each 1800 s"
    rows = {row["name"]: row["value"] for row in read("day", 1000).inputs()}
    assert (rows["curve"], rows["surges"]) == ("0.377 at 08:00 to 1.62 at 20:00, of the mean", "none")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"users": 0}, "users: must be at least 1, is 0"),
        ({"daily_share": Stated(1.5, "s")}, "daily_share: must be from 0 to 1, is 1.5"),
        ({"sessions_per_day": Stated(math.nan, "s")}, "sessions_per_day: must be from 0 to inf, is nan"),
        ({"dispersion": Stated(0.5, "s")}, "dispersion: must be 1 (Poisson) or more, is 0.5"),
        ({"mix": {"fly": 1}}, "mix: 'fly' is no operation; there are create_user, place_order"),
        ({"mix": {"quote": -1}}, "mix: the weight of quote must be 0 or more, is -1"),
        ({"mix": {"quote": 0}}, "mix: at least one operation needs a weight above 0"),
    ],
)
def test_what_is_out_of_range_is_said(change, expected):
    with pytest.raises(DemandError) as raised:
        dataclasses.replace(read("day", 1000), **change)
    assert str(raised.value).startswith(expected)
