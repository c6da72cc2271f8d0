"""Each series is in one chart, and alarms are behind the charts of what they watch."""

import pytest

from harness.report.capacity_charts import alarm_rows, around_faults, charts_of, time_of


@pytest.fixture
def charts(result):
    return {chart.title: chart for chart in charts_of(result)}


def names(chart):
    return [line.name for line in (*chart.series, *chart.others)]


def test_every_series_is_in_one_chart(charts, result):
    every = [name for chart in charts.values() for name in names(chart)]
    # Two service levels' limits are lines too; the time is the axis.
    assert len([name for name in every if not name.startswith("limit of")]) == len(result["series"]) - 1
    assert names(charts["Others"]) == ["something new"]


def test_what_was_never_above_0_is_told_and_not_drawn(charts):
    chart = charts["Not answered, or not through the broker"]
    assert (chart.series, names(chart)) == ([], ["failed"])
    assert chart.note == "0 throughout: failed."


def test_shares_are_percentages(charts):
    (line,) = charts["Processors of databases and broker"].series
    assert line.points == [(72060.0, 40.0), (72120.0, 50.0), (72180.0, 120.0)]


def test_latency_has_its_limit_and_its_gaps(charts):
    median, _, limit = charts["Latency, from the first attempt to the answer"].series
    assert median.points[1] == (72120.0, None)
    assert limit.points == [(72000.0, 10), (72180.0, 10)]


def test_alarms_that_are_told_to_people_are_behind_what_they_watch(charts):
    assert [band.name for band in charts["Demand"].bands] == ["api_latency", "documents down"]
    assert [band.name for band in charts["Pods"].bands] == ["documents down"]
    assert "Shaded: alarms api_latency." in charts["Demand"].note


def test_only_the_highest_lines_are_drawn(result):
    result["series"] |= {f"share.limit {number}": [number / 10] * 3 for number in range(1, 21)}
    (chart,) = [chart for chart in charts_of(result) if chart.title == "Other limits"]
    assert names(chart)[:8] == [f"limit {number}" for number in range(13, 21)]
    assert len(chart.others) == 12
    assert chart.note.startswith("Lower: limit 1, limit 2, ")


def test_the_busiest_hour_of_a_day_is_marked(result):
    result["begin_s"], result["end_s"] = 0.0, 86_400.0
    demand, *others = charts_of(result)
    assert [band.name for band in demand.bands if band.kind == "hour"] == ["busiest hour"]
    assert not any(band.kind == "hour" for chart in others for band in chart.bands)


def test_alarms_have_a_row_each_below_the_faults(result):
    found = [(row.name, row.note, [(band.start_s, band.end_s) for band in row.bands]) for row in alarm_rows(result)]
    assert found == [
        ("documents down", "fault", [(72030.0, 72060.0)]),
        ("api_latency", "", [(72060.0, 72120.0)]),
        ("nodes_cpu_low", "scales, tells nobody", [(72000.0, 72180.0)]),
    ]


@pytest.fixture
def long(result):
    """Two hours of it; from the fault at 20:00:30 on messages wait, and near 21:00 5% of them are left."""
    times = [72_000.0 + 60 * minute for minute in range(-59, 61)]
    waiting = [100 if time_s <= 72_060 else max(2000 - 32 * (time_s - 72_060) / 60, 100) for time_s in times]
    result["begin_s"], result["end_s"] = times[0] - 60, times[-1]
    result["series"] = {"time_s": times, "backlog.orders": waiting, "latency_p99_ms": [5.0] * 120, "nodes": [3] * 120}
    return result


def test_what_a_fault_did_is_shown_around_it_until_its_backlog_is_gone(long):
    (around,) = around_faults(long)
    assert around.title == "documents down at 20:00 for 30 s"
    assert (around.time.begin_s, around.time.end_s) == (71_430, 75_480)
    latency, backlog = around.charts
    assert (latency.title, backlog.title) == (
        "Latency, from the first attempt to the answer",
        "Backlog, by what takes it",
    )
    (line,) = backlog.series
    assert (line.points[0], line.points[-1]) == ((71_460, 100), (75_480, 176))


def test_a_fault_without_a_backlog_is_shown_for_half_an_hour_after_it(long):
    long["series"]["backlog.orders"] = [100] * 120
    (around,) = around_faults(long)
    assert around.time.end_s == 72_060 + 1800
    long["faults"][0]["at_s"] = 75_000.0
    (around,) = around_faults(long)
    assert around.time.end_s == long["end_s"]


def test_bands_of_another_time_are_not_drawn_around_a_fault(long):
    long["faults"].append({"name": "deploy", "at_s": 69_000.0, "lasts_s": 0.0})
    of_first, of_deploy = around_faults(long)
    assert [band.name for band in of_first.charts[0].bands] == ["api_latency", "documents down"]
    assert [band.name for band in of_deploy.charts[0].bands] == ["deploy"]


def test_times_are_of_the_day(result):
    assert time_of(result).text(72_000) == "20:00:00"
