import json
import math

import pytest

from harness.capacity.demand import Surge, day, read, surged
from harness.capacity.engine import slo
from harness.capacity.engine.slo import Slo
from harness.capacity.engine.study import _estimates, busiest_hour, study
from harness.capacity.engine.summary import summary
from harness.capacity.kernel.estimates import Estimate
from harness.report import capacity_page
from harness.report.capacity_charts import charts_of
from tests.harness.report.changes import changed


class Here:
    """Runs everything in this process."""

    def start(self, work, items):
        return map(work, items)


@pytest.fixture(scope="module")
def found(setup_of):
    told = []
    result = study(setup_of(60, 2), Here(), progress=lambda what, share: told.append((what, share)))
    return result, told


def test_no_interval_begins_below_zero(found):
    result, _ = found
    assert min(each.low for each in result.busiest.values()) >= 0


def test_an_interval_of_a_rare_large_value_is_cut_at_zero():
    (found,) = _estimates([{"failed_share": 0.0}] * 9 + [{"failed_share": 1.0}]).values()
    assert (found.low, found.mean) == (0.0, 0.1)


def test_intervals_are_of_ten_replications_that_differ(found):
    result, _ = found
    p99 = result.busiest["latency_ms.all.p99"]
    assert p99.replications == 10
    assert p99.low < p99.mean < p99.high
    assert p99.holds(result.day.latency_ms["all"]["p99"]) or abs(p99.mean - result.day.latency_ms["all"]["p99"]) < 10


def test_it_tells_how_far_it_is(found):
    _, told = found
    assert told[0][0] == "day"
    assert ("day", 1.0) in told
    assert told[-1] == ("busiest hour", 1.0)
    assert [share for what, share in told if what == "day"] == sorted(share for what, share in told if what == "day")


def test_a_light_load_holds_and_the_result_is_json(found):
    result, _ = found
    assert result.holds
    value = json.loads(json.dumps(result.as_json(), allow_nan=False))
    assert value["holds"] is True
    assert value.keys() >= {
        *("inputs", "requests_simulated", "requests_per_second_simulated", "utilization", "latency_ms", "throttled"),
        *("overflowed", "backlog_peak", "scaling_events", "bottleneck", "cost_usd_per_month", "cost", "findings"),
        *("series", "alarms", "littles_law"),
    }
    lines = value["cost"]["lines"]
    assert value["cost_usd_per_month"] == pytest.approx(sum(each["usd_per_month"] or 0 for each in lines))


def test_the_report_shows_every_part_of_a_result(found):
    value = json.loads(json.dumps(found[0].as_json()))
    page = capacity_page.render(value)
    same = {
        path
        for path in [*((name,) for name in value), *(("series", name) for name in value["series"])]
        if capacity_page.render(changed(value, path)) == page
    }
    # Nothing of these has happened in two quiet minutes.
    assert same <= {("alarms",), ("faults",), ("broken_by",), ("scaling_events",)}
    assert not same & {(name,) for name, each in value.items() if each}


def test_charts_know_every_series_of_a_simulation(found):
    value = found[0].as_json()
    assert "Others" not in [chart.title for chart in charts_of(value)]
    assert {len(each) for each in value["series"].values()} == {2}


def test_the_summary_says_what_people_ask_for(found):
    text = summary(found[0])
    for words in ("holds: ", "nearest limit: ", "latency, ms", "accepted to visible", "scaling: ", "cost: "):
        assert words in text


def test_too_few_replications_give_no_interval(setup_of):
    with pytest.raises(ValueError, match="10 replications or more"):
        study(setup_of(10, 1), Here(), replications=3)


def test_without_replications_the_day_alone_is_judged(setup_of):
    result = study(setup_of(30, 1), Here(), replications=0)
    assert (result.busiest, result.replications) == ({}, 0)
    assert all(each.busiest is None for each in result.kept)


def test_the_busiest_hour_is_around_the_peak():
    assert busiest_hour(read("day", 1000)) == 19.5 * 3600


def test_a_surge_moves_the_busiest_hour():
    demand = read("day", 1000)
    object.__setattr__(demand, "curve", surged(day(4.3, 72_000), [Surge(6 * 3600, 10, 60, 3600, 60)]))
    assert busiest_hour(demand) == pytest.approx(6 * 3600, abs=120)


@pytest.mark.parametrize(
    ("day_value", "interval", "holds"),
    [
        (0.9, None, True),
        (1.1, None, False),
        (0.9, Estimate(0.8, 0.7, 0.99, 10), True),
        (0.9, Estimate(0.8, 0.7, 1.01, 10), False),
        (math.nan, None, True),
    ],
)
def test_a_level_is_kept_by_the_day_and_by_the_whole_interval(day_value, interval, holds):
    level = Slo("x", 1.0, "x at most")
    assert slo.judge(level, {"x": day_value}, {} if interval is None else {"x": interval}).holds is holds
