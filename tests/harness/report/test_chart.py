"""Charts: every value is inside, names can be read, and what is missing is not drawn as zero."""

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.report.axis import TimeAxis
from harness.report.chart import (
    COLOURS,
    HEIGHT,
    MOST_POINTS,
    WIDTH,
    Band,
    Chart,
    Series,
    figures,
    line_chart,
    places_of_names,
    thinned,
)

POINTS = st.lists(st.tuples(st.floats(0, 100), st.one_of(st.none(), st.floats(0, 1e9))), max_size=20)
TIME = TimeAxis(0, 100)


def lines(chart):
    """The places of each line's points."""
    return [
        [tuple(map(float, pair.split(","))) for pair in line.split()]
        for line in re.findall(r'<polyline [^>]*points="([^"]+)"', chart)
    ]


@given(POINTS, st.booleans())
def test_every_point_lies_inside_the_drawing(points, logarithmic):
    chart = line_chart(Chart("A", "ms", [Series("a", points)], logarithmic=logarithmic), TIME)
    for x, y in (place for line in lines(chart) for place in line):
        assert 0 <= x <= WIDTH
        assert 0 <= y <= HEIGHT


def test_a_gap_interrupts_the_line_and_a_single_value_is_seen():
    chart = line_chart(Chart("A", "ms", [Series("a", [(0, 1), (1, 1), (2, None), (3, 1), (4, None)])]), TIME)
    assert [len(line) for line in lines(chart)] == [2, 2]
    assert all(line[0][0] < line[1][0] for line in lines(chart))


def test_a_level_line_has_its_ends_alone():
    points = [(at_s, 3.0) for at_s in range(50)] + [(at_s, 5.0) for at_s in range(50, 100)]
    (line,) = lines(line_chart(Chart("A", "pods", [Series("a", points)]), TIME))
    assert [round(x / 10) for x, _ in line] == [0, 49, 50, 99]


def test_names_are_escaped_and_bands_are_drawn_with_their_times():
    bands = [Band("door & gate", 1, 2), Band("<alarm>", 20, 40, "alarm")]
    chart = line_chart(Chart("<title>", "ms", [Series("<b>", [(0, 1)])], bands), TIME)
    assert "<b>" not in chart
    assert "&lt;title&gt;: ms over time" in chart
    assert "<title>door &amp; gate, 1 s to 2 s</title>" in chart
    assert '<rect class="band alarm" x="200.0" y="0" width="200.0"' in chart
    # A fault has its name above the drawing, an alarm has not.
    assert chart.count(">door &amp; gate<") == 1
    assert ">&lt;alarm&gt;<" not in chart


def test_no_two_lines_look_alike_and_names_show_how_each_looks():
    names = [f"line {number}" for number in range(COLOURS * 4)]
    chart = line_chart(Chart("A", "ms", [Series(name, [(0, 1), (1, 2)]) for name in names]), TIME)
    looks = re.findall(r'<polyline class="(c\d)"( stroke-dasharray="[^"]+")? points', chart)
    assert len(set(looks)) == len(names)
    beside = re.findall(
        r'<line class="(c\d)" x1="0" x2="24" y1="4" y2="4"( stroke-dasharray="[^"]+")?/></svg>(line \d+)', chart
    )
    # Beside the drawing, and below it on narrow screens.
    assert [(colour, dashes) for colour, dashes, _ in beside] == looks * 2
    assert [name for *_, name in beside] == names * 2


@given(st.lists(st.floats(0, 1), min_size=1, max_size=13))
def test_no_name_lies_on_another(ends):
    places = sorted(places_of_names(ends))
    assert places[0] >= -1e-9
    assert places[-1] <= 1 + 1e-9
    assert all(after - before >= 0.0749 for before, after in itertools.pairwise(places))


def test_a_name_stands_where_its_line_ends_if_there_is_room():
    assert places_of_names([0.9, 0.1, 0.5]) == [0.9, 0.1, 0.5]
    assert places_of_names([0.5, 0.5]) == pytest.approx([0.5, 0.575])
    assert places_of_names([1.0, 1.0]) == pytest.approx([0.925, 1.0])


def test_a_long_day_is_thinned_without_its_peaks():
    points = [(float(at_s), float(at_s % 7)) for at_s in range(10 * MOST_POINTS)]
    points[4321] = (4321.0, 99.0)
    points[5432] = (5432.0, -5.0)
    kept = thinned(points)
    assert len(kept) <= MOST_POINTS
    assert kept == sorted(kept)
    assert (4321.0, 99.0) in kept
    assert (5432.0, -5.0) in kept
    assert thinned(points[:MOST_POINTS]) == points[:MOST_POINTS]


def test_figures_of_a_line_are_in_a_table():
    found = figures(Series("a", [(0, 2.0), (30, None), (60, 10.0), (90, 3.0)]), TimeAxis(0, 7200, of_day=True))
    assert (found.least, found.mean, found.most, found.most_at, found.last) == ("2", "5", "10", "00:01", "3")
    chart = line_chart(Chart("A", "ms", [], others=[Series("b", [(0, None)])]), TIME)
    assert "<polyline" not in chart
    assert '<td>b</td><td class="n">–</td>' in chart


def test_names_of_faults_that_come_one_after_the_other_have_a_row_each():
    bands = [Band("mysql failover", 10, 20), Band("documents down", 12, 22), Band("deploy", 60, 60), Band("b", 95, 99)]
    chart = line_chart(Chart("A", "ms", [Series("a", [(0, 1), (100, 2)])], bands), TIME)
    assert re.findall(r'class="fault" style="((?:left|right): [\d.]+%); top: ([\d.]+)em"', chart) == [
        ("left: 10.00%", "0.0"),
        ("left: 12.00%", "1.3"),
        ("right: 40.00%", "0.0"),
        ("right: 1.00%", "0.0"),
    ]
    # What lasts no time is seen.
    assert 'x="600.0" y="0" width="2.0"' in chart
