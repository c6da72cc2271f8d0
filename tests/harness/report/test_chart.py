"""Charts: every value is inside, figures are readable, and what is missing is not drawn as zero."""

import re

from hypothesis import given
from hypothesis import strategies as st

from harness.report.chart import COLOURS, HEIGHT, LEFT, WIDTH, Band, Series, line_chart

POINTS = st.lists(st.tuples(st.floats(0, 100), st.one_of(st.none(), st.floats(0, 1e9))), max_size=20)


@given(POINTS)
def test_every_point_lies_inside_the_chart(points: list[tuple[float, float | None]]) -> None:
    svg = line_chart([Series("a", points)], unit="ms", span_s=100)
    for line in re.findall(r'<polyline points="([^"]+)"', svg):
        for pair in line.split():
            x, y = map(float, pair.split(","))
            assert LEFT <= x <= WIDTH
            assert 0 <= y <= HEIGHT


def test_a_gap_interrupts_the_line() -> None:
    svg = line_chart([Series("a", [(0, 1), (1, 1), (2, None), (3, 1), (4, 1)])], unit="ms", span_s=5)
    assert svg.count("<polyline") == 2


def test_names_are_escaped_and_bands_are_drawn() -> None:
    svg = line_chart([Series("<b>", [(0, 1)])], unit="ms", span_s=5, bands=[Band("door & gate", 1, 2)])
    assert "&lt;b&gt;" in svg
    assert "door &amp; gate" in svg


def test_no_two_lines_look_alike_and_the_legend_shows_how_each_looks() -> None:
    names = [f"line {number}" for number in range(len(COLOURS) + 3)]
    svg = line_chart([Series(name, [(0, 1), (1, 2)]) for name in names], unit="ms", span_s=5)
    chart, _, legend = svg.partition("</svg>")
    looks = re.findall(r'<polyline points="[^"]+" ([^/]+)/>', chart)
    assert len(set(looks)) == len(names)
    assert re.findall(r'<line [^>]+"3" (stroke[^/]+)/>', legend) == looks
