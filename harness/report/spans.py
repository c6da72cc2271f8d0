"""When something was the case, a row each: alarms and faults of a day, below each other."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from harness.report.axis import TimeAxis
from harness.report.chart import Band
from harness.report.templates import render


@dataclass(frozen=True)
class Row:
    """A name and its spans of time, `kind` for the colour; `note` stands behind the name."""

    name: str
    bands: Sequence[Band]
    note: str = ""


def span_chart(title: str, rows: Sequence[Row], time: TimeAxis) -> Markup:
    """The rows as a <figure>; each span says from when to when."""
    return render("spans.html.jinja", title=title, rows=rows, time=time)
