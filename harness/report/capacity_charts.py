"""Which charts a simulated day has, from the series of its result.json."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.report.axis import TimeAxis
from harness.report.chart import Band, Chart, Kind, Series
from harness.report.spans import Row

_TIME = "time_s"
_WATCHED = "notify"
"""The action of an alarm that is told to people; others scale."""


@dataclass(frozen=True)
class _Kind:
    """A chart: the series that it takes, by a pattern whose group is the line's name, or with `names` for them.

    Shaded behind it are alarms of its `tiers`. Values are multiplied by `times`; only the `most` highest lines are
    drawn.
    """

    title: str
    unit: str
    pattern: str
    tiers: tuple[str, ...]
    names: Mapping[str, str] | None = None
    times: float = 1.0
    most: int = 8
    logarithmic: bool = False
    limit: str | None = None

    def name(self, series: str) -> str | None:
        """The line's name, None for a series that is not this chart's."""
        found = re.fullmatch(self.pattern, series)
        return None if found is None else (self.names or {}).get(found[1], found[1])


_PERCENTILES = {"p50": "50%", "p95": "95%", "p99": "99%"}
_KINDS = (
    _Kind(
        "Demand",
        "requests a second",
        "(fresh|attempts|answered)_per_s",
        ("api",),
        {"fresh": "new requests", "attempts": "with repetitions", "answered": "answered"},
    ),
    _Kind(
        "Not answered, or not through the broker",
        "requests a second",
        "(refused|throttled|failed|overflowed)_per_s",
        ("api", "functions", "queues"),
        {
            "refused": "throttled by the API",
            "throttled": "throttled by Lambda",
            "failed": "failed",
            "overflowed": "through SQS",
        },
    ),
    _Kind(
        "Latency, from the first attempt to the answer",
        "ms",
        "latency_(p[0-9]+)_ms",
        ("api",),
        _PERCENTILES,
        logarithmic=True,
        limit="latency_ms.all.p99",
    ),
    _Kind(
        "From an accepted command to the read model",
        "ms",
        "visible_(p[0-9]+)_ms",
        ("broker", "workers"),
        _PERCENTILES,
        logarithmic=True,
        limit="read_model_ms.p99",
    ),
    _Kind("Backlog, by what takes it", "messages, most in each minute", r"backlog\.(.+)", ("broker", "queues")),
    _Kind(
        "Commands that the broker does not take",
        "% of them",
        r"broker\.(closed)",
        ("broker",),
        {"closed": "not taken"},
        100,
    ),
    _Kind("Pods", "pods", r"pods\.(.+)", ("workers",)),
    _Kind("Nodes", "nodes", "(nodes)", ("workers",)),
    _Kind("Functions at work", "invocations at the same time", r"concurrency\.(.+)", ("functions",)),
    _Kind(
        "Environments of functions", "environments, provisioned ones included", r"environments\.(.+)", ("functions",)
    ),
    _Kind("Provisioned environments", "environments", r"provisioned\.(.+)", ("functions",)),
    _Kind(
        "Instances of databases",
        "instances",
        r"(mysql\.readers|documents)",
        ("mysql", "documents"),
        {"mysql.readers": "Aurora, readers", "documents": "DocumentDB, all"},
    ),
    _Kind(
        "Processors of databases and broker",
        "% of what there is, asked for",
        r"share\.(.+\.cpu)",
        ("mysql", "documents", "broker"),
        times=100,
    ),
    _Kind("Other limits", "% of the limit, mean of a minute", r"share\.(.+)", (), times=100),
)


def time_of(result: Mapping[str, Any]) -> TimeAxis:
    """The time that was simulated, as times of the day."""
    return TimeAxis(result["begin_s"], result["end_s"], of_day=True)


def faults_of(result: Mapping[str, Any]) -> list[Band]:
    """The faults that were injected."""
    return [
        Band(fault["name"].replace("_", " "), fault["at_s"], fault["at_s"] + fault["lasts_s"])
        for fault in result["faults"]
    ]


def charts_of(result: Mapping[str, Any]) -> list[Chart]:
    """Every series in the first chart that takes it; a series that none takes has one of its own."""
    left = {name: values for name, values in result["series"].items() if name != _TIME}
    times = result["series"].get(_TIME, [])
    charts = []
    for kind in (*_KINDS, _Kind("Others", "", "(.+)", ())):
        taken = {name: values for name, values in left.items() if kind.name(name) is not None}
        left = {name: values for name, values in left.items() if name not in taken}
        if taken:
            lines = [
                Series(kind.name(name) or name, list(zip(times, _scaled(values, kind.times), strict=True)))
                for name, values in taken.items()
            ]
            charts.append(_chart(kind, lines, result))
    return charts


def alarm_rows(result: Mapping[str, Any]) -> list[Row]:
    """Every alarm that went off, with when; those that are told to people first; before them the faults."""
    faults = faults_of(result)
    rows = [Row(name, [band for band in faults if band.name == name], "fault") for name in _unique(faults)]
    rules = result["alarm_rules"]
    bands = [_band(alarm, result) for alarm in result["alarms"]]
    for name in sorted(_unique(bands), key=lambda name: not _told(rules, name)):
        note = "" if _told(rules, name) else "scales, tells nobody"
        rows.append(Row(name, [band for band in bands if band.name == name], note))
    return rows


def _chart(kind: _Kind, lines: Sequence[Series], result: Mapping[str, Any]) -> Chart:
    """Lines without a value above 0, and those beyond the number that can be told apart, are in the table alone."""
    ranked = sorted((line for line in lines if _most(line) > 0), key=_most, reverse=True)[: kind.most]
    drawn = [line for line in lines if line in ranked]
    others = [line for line in lines if line not in ranked]
    empty = [line.name for line in others if not _most(line) > 0]
    lower = [line.name for line in others if _most(line) > 0]
    notes = [f"0 throughout: {', '.join(empty)}." if empty else "", f"Lower: {', '.join(lower)}." if lower else ""]
    if drawn and kind.limit:
        drawn += _limit(kind.limit, result)
    bands = [*_hour(kind, result), *_alarms(kind.tiers, result), *faults_of(result)]
    if drawn and any(band.kind == "alarm" for band in bands):
        names = sorted({band.name for band in bands if band.kind == "alarm"})
        notes.append(f"Shaded: alarms {', '.join(names)}.")
    return Chart(kind.title, kind.unit, drawn, bands, kind.logarithmic, others, " ".join(filter(None, notes)))


def _scaled(values: Iterable[float | None], times: float) -> list[float | None]:
    return [None if value is None else value * times for value in values]


def _most(line: Series) -> float:
    return max((value for _, value in line.points if value is not None), default=0.0)


def _limit(figure: str, result: Mapping[str, Any]) -> list[Series]:
    """The service level as a line: of the whole day, which is not the same as of each minute."""
    return [
        Series("limit of the day's 99%", [(result["begin_s"], slo["limit"]), (result["end_s"], slo["limit"])])
        for slo in result["slos"]
        if slo["figure"] == figure
    ]


def _hour(kind: _Kind, result: Mapping[str, Any]) -> list[Band]:
    """The busiest hour, where it is a part of the day, behind the demand."""
    begin_s = result["busiest_hour"]["begin_s"]
    if kind is not _KINDS[0] or result["end_s"] - result["begin_s"] <= 3600:
        return []
    return [Band("busiest hour", begin_s, begin_s + 3600, "hour")]


def _alarms(tiers: tuple[str, ...], result: Mapping[str, Any]) -> list[Band]:
    """Alarms of these tiers that are told to people; those that scale are up for most of a day."""
    rules = result["alarm_rules"]
    bands = [_band(alarm, result) for alarm in result["alarms"]]
    return [band for band in bands if band.kind == "alarm" and rules[band.name]["tier"] in tiers]


def _band(alarm: Mapping[str, Any], result: Mapping[str, Any]) -> Band:
    end_s = result["end_s"] if alarm["end_s"] is None else alarm["end_s"]
    kind: Kind = "alarm" if _told(result["alarm_rules"], alarm["alarm"]) else "scaling"
    return Band(alarm["alarm"], alarm["begin_s"], end_s, kind)


def _told(rules: Mapping[str, Any], alarm: str) -> bool:
    return alarm in rules and _WATCHED in rules[alarm]["actions"]


def _unique(bands: Iterable[Band]) -> list[str]:
    return list(dict.fromkeys(band.name for band in bands))
