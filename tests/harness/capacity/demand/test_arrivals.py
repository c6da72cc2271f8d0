import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.capacity.demand import Curve, Stated, Streams, arrivals, planned, read
from harness.capacity.errors import DemandError

MIX = {"place_order": 1, "read_order": 3}


def steady(rate_per_s: float, seconds: int, dispersion: float = 1.0, **changes):
    """A constant rate."""
    return dataclasses.replace(
        read("day", 1),
        mix=MIX,
        curve=Curve(1.0, np.ones(seconds)),
        dispersion=Stated(dispersion, "s"),
        day_variation=Stated(0.0, "s"),
        recorded_per_s=rate_per_s,
        **changes,
    )


def everything(demand, seed=1, tick_s=15.0, **span):
    ticks = list(arrivals(demand, Streams.of(seed, 0, demand.shares), tick_s, **span))
    return ticks, np.concatenate([times for tick in ticks for times in tick.times_s.values()])


@settings(max_examples=30, deadline=None)
@given(st.floats(0.1, 300), st.floats(1, 50), st.sampled_from([1.0, 5.0, 15.0, 60.0]), st.integers(0, 1000))
def test_arrivals_are_sorted_and_within_their_tick(rate, dispersion, tick_s, seed):
    ticks, _ = everything(steady(rate, 100, dispersion), seed, tick_s)
    assert [tick.start_s for tick in ticks] == [number * tick_s for number in range(len(ticks))]
    assert ticks[-1].end_s == 100
    for tick in ticks:
        assert tick.times_s.keys() == MIX.keys()
        assert tick.total == sum(map(len, tick.times_s.values()))
        for times in tick.times_s.values():
            assert (np.diff(times) >= 0).all()
            assert ((times >= tick.start_s) & (times < tick.end_s)).all()


@pytest.mark.parametrize("dispersion", [1.0, 2.0, 10.0, 50.0])
@pytest.mark.parametrize("rate", [5.0, 200.0])
def test_counts_have_the_dispersion_that_was_asked_for(rate, dispersion):
    """Over 20,000 windows the sample's ratio of variance to mean has a standard error of a few percent."""
    _, times = everything(steady(rate, 20_000, dispersion), tick_s=60.0)
    counts = np.bincount(times.astype(int), minlength=20_000)
    assert counts.mean() == pytest.approx(rate, rel=6 * np.sqrt(dispersion / rate / 20_000))
    # The kurtosis of a negative binomial tells how much its sample variance varies.
    excess = 6 * (dispersion - 1) / rate + 1 / (rate * dispersion)
    tolerance = 6 * np.sqrt((2 + excess) / 20_000)
    assert counts.var() / counts.mean() == pytest.approx(dispersion, rel=tolerance)
    # Over longer windows it stays.
    tens = counts.reshape(-1, 10).sum(axis=1)
    assert tens.var() / tens.mean() == pytest.approx(dispersion, rel=4 * tolerance)


def test_operations_have_their_shares():
    ticks, times = everything(steady(500, 600))
    placed = sum(len(tick.times_s["place_order"]) for tick in ticks)
    assert placed / len(times) == pytest.approx(0.25, abs=6 * np.sqrt(0.25 * 0.75 / len(times)))


def test_within_a_window_they_come_evenly():
    _, times = everything(steady(500, 600))
    phases = np.histogram(times % 1.0, bins=10, range=(0, 1))[0]
    expected = len(times) / 10
    assert ((phases - expected) ** 2 / expected).sum() < 40  # chi-squared of 9 degrees of freedom, far in its tail


def test_the_same_seed_gives_the_same_arrivals_and_another_replication_others():
    demand = steady(50, 60, 3.0)
    _, first = everything(demand)
    _, again = everything(demand)
    assert first.tolist() == again.tolist()
    ticks = list(arrivals(demand, Streams.of(1, 1, demand.shares), 15.0))
    assert ticks[0].times_s["read_order"].tolist() != first.tolist()


@pytest.mark.parametrize("dispersion", [1.0, 4.0])
def test_ticks_of_another_length_bring_the_same_requests(dispersion):
    _, long = everything(steady(200, 60, dispersion), tick_s=15.0)
    _, short = everything(steady(200, 60, dispersion), tick_s=3.0)
    assert np.sort(long).tolist() == pytest.approx(np.sort(short).tolist(), abs=1e-9)


def test_an_operation_does_not_change_the_others_random_numbers():
    one, two = Streams.of(1, 0, ["place_order"]), Streams.of(1, 0, ["read_order", "place_order"])
    assert one.operations["place_order"].random(4).tolist() == two.operations["place_order"].random(4).tolist()
    assert one.rate.random() == two.rate.random()


def test_days_differ_by_what_was_asked_for():
    demand = dataclasses.replace(steady(1000, 20), day_variation=Stated(0.2, "s"))
    totals = [
        sum(tick.total for tick in arrivals(demand, Streams.of(1, day, demand.shares), 10.0)) for day in range(400)
    ]
    assert np.std(totals) / np.mean(totals) == pytest.approx(0.2, rel=0.25)
    assert np.mean(totals) == pytest.approx(20_000, rel=6 * 0.2 / np.sqrt(400))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_days_are_spread_over_the_replications(seed):
    days = [Streams.of(seed, replication, MIX).day for replication in range(16)]
    for count in (2, 4, 8, 16):
        assert sorted(int(count * (day - days[0] + 1) + 1e-9) % count for day in days[:count]) == list(range(count))


def test_each_replication_by_itself_is_any_day():
    for replication in (0, 1, 5):
        days = [Streams.of(seed, replication, MIX).day for seed in range(2000)]
        counts = np.histogram(days, bins=10, range=(0, 1))[0]
        assert ((counts - 200) ** 2 / 200).sum() < 40  # chi-squared of 9 degrees of freedom, far in its tail


def test_with_more_users_the_same_days_come():
    """Common random numbers: in a replication the day is the same for every number of users; single requests are not.

    What is left of chance is that of the requests: between two numbers it is independent.
    """
    demand = dataclasses.replace(steady(500, 60, 3.0), day_variation=Stated(0.1, "s"))
    more = dataclasses.replace(demand, recorded_per_s=600)
    totals = np.array(
        [
            [sum(tick.total for tick in arrivals(each, Streams.of(1, day, MIX), 15.0)) for each in (demand, more)]
            for day in range(20)
        ]
    )
    error = np.sqrt(3 / 30_000)
    assert totals[:, 1] / totals[:, 0] == pytest.approx(1.2, rel=6 * np.sqrt(2) * error)
    assert np.std(totals[:, 0]) / np.mean(totals[:, 0]) > 5 * error
    assert np.corrcoef(totals.T)[0, 1] > 0.95


def test_a_part_of_the_day():
    ticks, times = everything(steady(100, 100), start_s=30.0, end_s=70.0)
    assert (ticks[0].start_s, ticks[-1].end_s) == (30.0, 70.0)
    assert times.min() >= 30
    assert times.max() < 70


def test_a_tick_is_cut_where_it_has_to_be():
    (tick,), times = everything(steady(100, 15))
    first, second = tick.cut([7.5, 0.0, 15.0, 99.0])
    assert (first.start_s, first.end_s, second.start_s, second.end_s) == (0.0, 7.5, 7.5, 15.0)
    assert first.times_s["read_order"].max() < 7.5 <= second.times_s["read_order"].min()
    assert first.total + second.total == len(times)


def test_nothing_comes_where_the_curve_is_zero():
    demand = dataclasses.replace(steady(100, 2, 5.0), curve=Curve(10.0, np.array([0.0, 2.0])))
    _, times = everything(demand, tick_s=10.0)
    assert len(times) > 0
    assert times.min() >= 10


def test_a_tick_has_whole_windows():
    with pytest.raises(DemandError, match=r"window_s: a tick of 15 s is no multiple of 4 s"):
        everything(steady(1, 60, window_s=4.0))


@given(st.lists(st.floats(0, 10, exclude_max=True)), st.sampled_from([0.5, 1.0, 3.0]))
def test_what_is_planned_comes_when_it_is_due_and_once(times, tick_s):
    plan = {"quote": np.array(sorted(times))}
    ticks = list(planned(plan, tick_s, start_s=0.0, end_s=10.0))
    assert ticks[-1].end_s == 10
    assert np.concatenate([tick.times_s["quote"] for tick in ticks]).tolist() == sorted(times)
    for tick in ticks:
        assert all(tick.start_s <= at < tick.end_s for at in tick.times_s["quote"])


def test_what_is_planned_for_another_time_is_left_out():
    plan = {"quote": np.array([0.5, 1.5, 2.5])}
    (tick,) = planned(plan, 1.0, start_s=1.0, end_s=2.0)
    assert tick.times_s["quote"].tolist() == [1.5]
