"""A line chart over time as inline SVG: no script, no library, readable on paper too."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import NamedTuple

from harness.report.figures import number

WIDTH, HEIGHT = 920, 220
LEFT, RIGHT, TOP, BOTTOM = 56, 16, 8, 24
COLOURS = ("#0b6fa4", "#c2571a", "#4c8b2b", "#8a4fa3", "#b8860b", "#555555", "#d13b6a", "#2a8f8f")
# Where the colours begin again, the next pattern tells the lines apart, also on paper without colours.
DASHES = ("", "6 3", "2 2", "8 2 2 2")


@dataclass(frozen=True)
class Series:
    """One line: (seconds, value) by time; None interrupts it."""

    name: str
    points: Sequence[tuple[float, float | None]]


@dataclass(frozen=True)
class Band:
    """A span of time that is shaded, such as a fault."""

    name: str
    start_s: float
    end_s: float


class _Style(NamedTuple):
    """How a line is drawn; as text, the attributes."""

    colour: str
    dashes: str

    def __str__(self) -> str:
        return f'stroke="{self.colour}"' + (f' stroke-dasharray="{self.dashes}"' if self.dashes else "")


def line_chart(series: Sequence[Series], *, unit: str, span_s: float, bands: Iterable[Band] = ()) -> str:
    """The chart as an <svg> element with its legend below. `unit` names the vertical axis, `span_s` is its length."""
    top = _ceiling(max((value for line in series for _, value in line.points if value is not None), default=0))
    span_s = max(span_s, 1.0)

    def x(at_s: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * min(max(at_s, 0.0), span_s) / span_s

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / top

    parts = [f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(unit)} over time">']
    for band in bands:
        width, height = max(x(band.end_s) - x(band.start_s), 1.0), HEIGHT - TOP - BOTTOM
        parts.append(
            f'<rect class="band" x="{x(band.start_s):.1f}" y="{TOP}" width="{width:.1f}" height="{height}">'
            f"<title>{escape(band.name)}</title></rect>"
        )
    for step in range(5):
        value = top * step / 4
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(value):.1f}" y2="{y(value):.1f}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{number(value)}</text>')
    for at_s in _ticks(span_s):
        parts.append(f'<text x="{x(at_s):.1f}" y="{HEIGHT - 6}" text-anchor="middle">{number(at_s)} s</text>')
    styles = [_style(number) for number in range(len(series))]
    for style, line in zip(styles, series, strict=True):
        for piece in _pieces(line.points):
            path = " ".join(f"{x(at_s):.1f},{y(value):.1f}" for at_s, value in piece)
            if len(piece) == 1:
                at_s, value = piece[0]
                parts.append(f'<circle cx="{x(at_s):.1f}" cy="{y(value):.1f}" r="1.5" fill="{style.colour}"/>')
            else:
                parts.append(f'<polyline points="{path}" {style}/>')
    parts.append("</svg>")
    legend = "".join(
        f'<span><svg viewBox="0 0 22 6" aria-hidden="true"><line x1="0" x2="22" y1="3" y2="3" {style}/></svg>'
        f"{escape(line.name)}</span>"
        for style, line in zip(styles, series, strict=True)
    )
    return f'{"".join(parts)}<p class="legend">{escape(unit)}: {legend}</p>'


def _ceiling(value: float) -> float:
    """The next of 1, 2, 4, 5, 8, 10 … above `value`, so that four steps have round figures."""
    if value < 1e-6:
        return 1.0
    scale = 10.0 ** math.floor(math.log10(value))
    return next((step * scale for step in (1, 2, 4, 5, 8) if step * scale >= value), 10 * scale)


def _ticks(span_s: float) -> list[float]:
    step = next(step for step in (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, math.inf) if span_s / step <= 12)
    return [0.0] if math.isinf(step) else [step * n for n in range(int(span_s / step) + 1)]


def _pieces(points: Iterable[tuple[float, float | None]]) -> list[list[tuple[float, float]]]:
    pieces: list[list[tuple[float, float]]] = [[]]
    for at_s, value in points:
        if value is None:
            pieces.append([])
        else:
            pieces[-1].append((at_s, value))
    return [piece for piece in pieces if piece]


def _style(number: int) -> _Style:
    round_, colour = divmod(number, len(COLOURS))
    return _Style(COLOURS[colour], DASHES[round_ % len(DASHES)])
