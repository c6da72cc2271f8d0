"""Line charts over time as HTML with inline SVG: no script, no library, readable on paper and on a phone.

The drawing stretches with the page; texts stand beside it and keep their size. Lines are told apart by their names
beside them, by colours that differ for colour-blind readers too, and from the sixth line on by their dashes.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

from harness.report.axis import TimeAxis, ValueAxis
from harness.report.figures import number
from harness.report.templates import render

WIDTH, HEIGHT = 1000, 200
MOST_POINTS = 1440
COLOURS = 5
DASHES = ("", "6 3", "2 2", "8 2 2 2")
_NAME_HEIGHT = 0.075
"""Of the drawing's height."""
_LETTER = 0.012
"""Of the drawing's width."""

Kind = Literal["fault", "alarm", "scaling", "hour"]


@dataclass(frozen=True)
class Series:
    """One line: (seconds, value) by time; None interrupts it."""

    name: str
    points: Sequence[tuple[float, float | None]]


@dataclass(frozen=True)
class Band:
    """A span of time that is shaded. What is `named` has its name above the drawing: a fault, unlike an alarm."""

    name: str
    start_s: float
    end_s: float
    kind: Kind = "fault"

    @property
    def named(self) -> bool:
        """Whether its name stands above the drawing."""
        return self.kind in ("fault", "hour")


@dataclass(frozen=True)
class Chart:
    """What a chart shows. `unit` names the vertical axis, which `logarithmic` makes one of powers of ten.

    `others` have too little to be worth a line: they are in the table of figures alone.
    """

    title: str
    unit: str
    series: Sequence[Series]
    bands: Sequence[Band] = ()
    logarithmic: bool = False
    others: Sequence[Series] = ()
    note: str = ""


@dataclass(frozen=True)
class Figures:
    """The figures of a line, as texts; dashes where there is no value."""

    name: str
    least: str
    mean: str
    most: str
    most_at: str
    last: str


@dataclass(frozen=True)
class _Line:
    """A line as it is drawn; `end` is where it ends, a share from below."""

    name: str
    colour: int
    dashes: str
    pieces: Sequence[str]
    end: float


@dataclass(frozen=True)
class _Mark:
    """The name of a band above the drawing: its place in CSS, and the row in which it has room."""

    name: str
    place: str
    row: int
    kind: Kind


def line_chart(chart: Chart, time: TimeAxis) -> Markup:
    """The chart as a <figure>, with its names beside it (below it on narrow screens) and its figures as a table."""
    values = [value for series in chart.series for _, value in series.points if value is not None]
    axis = ValueAxis.over(values, logarithmic=chart.logarithmic)
    lines = [_line(number, series, time, axis) for number, series in enumerate(chart.series)]
    marks = _marks(chart.bands, time)
    return render(
        "chart.html.jinja",
        chart=chart,
        lines=lines,
        names=list(zip(lines, places_of_names([line.end for line in lines]), strict=True)),
        figures=[figures(series, time) for series in (*chart.series, *chart.others)],
        time=time,
        axis=axis,
        marks=marks,
        mark_rows=max((mark.row + 1 for mark in marks), default=0),
        width=WIDTH,
        height=HEIGHT,
    )


def figures(series: Series, time: TimeAxis) -> Figures:
    """What its table says of a line."""
    there = [(at_s, value) for at_s, value in series.points if value is not None]
    if not there:
        return Figures(series.name, "–", "–", "–", "–", "–")
    most_at_s, most = max(there, key=lambda point: point[1])
    least, mean = min(value for _, value in there), math.fsum(value for _, value in there) / len(there)
    return Figures(series.name, number(least), number(mean), number(most), time.text(most_at_s), number(there[-1][1]))


def thinned(points: Sequence[tuple[float, float]], most: int = MOST_POINTS) -> Sequence[tuple[float, float]]:
    """At most `most` of them: of each stretch of time the smallest and the largest, so that no peak is lost."""
    if len(points) <= most:
        return points
    size = math.ceil(len(points) / (most // 2))
    kept: list[tuple[float, float]] = []
    for begin in range(0, len(points), size):
        stretch = points[begin : begin + size]
        ends = {min(stretch, key=lambda point: point[1]), max(stretch, key=lambda point: point[1])}
        kept += sorted(ends)
    return kept


def _line(number: int, series: Series, time: TimeAxis, axis: ValueAxis) -> _Line:
    round_, colour = divmod(number, COLOURS)
    pieces = _pieces(series.points)
    end = axis.at(pieces[-1][-1][1]) if pieces else 0.0
    return _Line(series.name, colour, DASHES[round_ % len(DASHES)], [_path(each, time, axis) for each in pieces], end)


def _path(piece: Sequence[tuple[float, float]], time: TimeAxis, axis: ValueAxis) -> str:
    """Points of an SVG polyline, without those between two others of the same height."""
    places = [
        (f"{time.at(at_s) * WIDTH:.1f}", f"{(1 - axis.at(value)) * HEIGHT:.1f}") for at_s, value in thinned(piece)
    ]
    if len(places) == 1:
        # A line without length would not be seen.
        places.append((f"{min(float(places[0][0]) + 3, WIDTH):.1f}", places[0][1]))
    last = len(places) - 1
    return " ".join(
        f"{x},{y}"
        for number, (x, y) in enumerate(places)
        if number in (0, last) or not places[number - 1][1] == y == places[number + 1][1]
    )


def _pieces(points: Iterable[tuple[float, float | None]]) -> list[list[tuple[float, float]]]:
    pieces: list[list[tuple[float, float]]] = [[]]
    for at_s, value in points:
        if value is None:
            pieces.append([])
        else:
            pieces[-1].append((at_s, value))
    return [piece for piece in pieces if piece]


def places_of_names(ends: Sequence[float]) -> list[float]:
    """For each end of a line, a share from below, a place for its name near it, so that no name lies on another."""
    height = min(_NAME_HEIGHT, 1 / max(len(ends) - 1, 1))
    order = sorted(range(len(ends)), key=ends.__getitem__)
    places = dict.fromkeys(order, 0.0)
    lowest, highest = 0.0, 1.0
    for line in order:
        places[line] = max(ends[line], lowest)
        lowest = places[line] + height
    for line in reversed(order):
        places[line] = min(places[line], highest)
        highest = places[line] - height
    return [places[line] for line in range(len(ends))]


def _marks(bands: Iterable[Band], time: TimeAxis) -> list[_Mark]:
    """Names of bands, in the left half from where they begin, in the right up to where they end, in rows."""
    rows: list[list[tuple[float, float]]] = []
    marks = []
    for band in (band for band in bands if band.named):
        width, begin, end = _LETTER * (len(band.name) + 1), time.at(band.start_s), time.at(band.end_s)
        at_end = begin > 0.5
        span = (end - width, end) if at_end else (begin, begin + width)
        free = (
            number for number, row in enumerate(rows) if all(span[1] <= low or high <= span[0] for low, high in row)
        )
        row = next(free, len(rows))
        rows[row : row + 1] = [[*(rows[row] if row < len(rows) else []), span]]
        marks.append(_Mark(band.name, f"right: {1 - end:.2%}" if at_end else f"left: {begin:.2%}", row, band.kind))
    return marks
