"""`report.html`: one self-contained file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import markupsafe

from harness.report.chart import Band, Series, line_chart
from harness.report.figures import number

FUNCTION_COLUMNS = ("invocations", "cold_starts", "environments", "throttles", "errors", "timeouts", "crashes")


@dataclass(frozen=True)
class Timeline:
    """What the charts show, in seconds since the first arrival: (time, value) per line."""

    span_s: float
    latency_ms: Sequence[Series]
    throughput_per_s: Sequence[Series]
    backlog: Sequence[Series]
    bands: Sequence[Band]


def render(verdict: Mapping[str, Any], timeline: Timeline) -> str:
    """The page for a verdict (the value of verdict.json) and its timeline."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["figure"] = _figure
    charts = [
        (title, markupsafe.Markup(line_chart(series, unit=unit, span_s=timeline.span_s, bands=timeline.bands)))
        for title, unit, series in (
            ("Latency", "ms", timeline.latency_ms),
            ("Throughput", "operations a second", timeline.throughput_per_s),
            ("Backlog", "messages", timeline.backlog),
        )
    ]
    return environment.get_template("page.html.jinja").render(
        verdict=verdict, charts=charts, function_columns=FUNCTION_COLUMNS
    )


def _figure(value: Any) -> str:
    return number(value) if isinstance(value, int | float) else "–" if value is None else str(value)
