"""`report.html`: one self-contained file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.checks import MEANINGS
from harness.report import templates
from harness.report.axis import TimeAxis
from harness.report.chart import Band, Chart, Series, line_chart
from harness.report.figures import service_level

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
    time = TimeAxis(0.0, timeline.span_s)
    charts = [
        (title, line_chart(Chart(title, unit, series, timeline.bands), time))
        for title, unit, series in (
            ("Latency", "ms", timeline.latency_ms),
            ("Throughput", "operations a second", timeline.throughput_per_s),
            ("Backlog", "messages", timeline.backlog),
            ("Functions at work", "invocations", timeline.busy),
        )
    ]
    return templates.render(
        "page.html.jinja",
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
