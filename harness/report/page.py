"""`report.html`: one self-contained file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import markupsafe

from harness.checks import MEANINGS
from harness.report.chart import Band, Series, line_chart
from harness.report.figures import number, service_level

FUNCTION_COLUMNS = (
    "invocations",
    "environments",
    "cold_starts",
    "init_failures",
    "throttles",
    "errors",
    "timeouts",
    "crashes",
)
EVENT_SOURCE_COLUMNS = ("batches", "records", "failures", "max_in_flight")
WORKER_COLUMNS = ("replicas", "ready", "restarts")


@dataclass(frozen=True)
class Timeline:
    """What the charts show, in seconds since the first arrival: (time, value) per line."""

    span_s: float
    latency_ms: Sequence[Series]
    throughput_per_s: Sequence[Series]
    backlog: Sequence[Series]
    busy: Sequence[Series]
    bands: Sequence[Band]


def render(verdict: Mapping[str, Any], timeline: Timeline) -> str:
    """The page for a verdict (the value of verdict.json) and its timeline."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["figure"] = _figure
    environment.filters["count"] = "{:,}".format
    environment.filters["words"] = lambda name: name.replace("_", " ")
    charts = [
        (title, markupsafe.Markup(line_chart(series, unit=unit, span_s=timeline.span_s, bands=timeline.bands)))
        for title, unit, series in (
            ("Latency", "ms", timeline.latency_ms),
            ("Throughput", "operations a second", timeline.throughput_per_s),
            ("Backlog", "messages", timeline.backlog),
            ("Functions at work", "invocations", timeline.busy),
        )
    ]
    return environment.get_template("page.html.jinja").render(
        verdict=verdict,
        charts=charts,
        meanings=MEANINGS,
        levels=[(name, *service_level(name, level), level["verdict"]) for name, level in verdict["slo"].items()],
        counters=(
            ("Functions", "function", FUNCTION_COLUMNS, verdict["functions"]),
            ("Event sources", "event source", EVENT_SOURCE_COLUMNS, verdict["event_sources"]),
            ("Workers", "worker", WORKER_COLUMNS, verdict["workers"]),
        ),
    )


def _figure(value: Any) -> str:
    return number(value) if isinstance(value, int | float) else "–" if value is None else str(value)
