"""Each series is in one chart, and alarms are behind the charts of what they watch."""

import pytest

from harness.report.capacity_charts import alarm_rows, charts_of, time_of


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


def test_times_are_of_the_day(result):
    assert time_of(result).text(72_000) == "20:00:00"
