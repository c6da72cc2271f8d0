"""Which charts a simulated day has, from the series of its result.json."""

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.report.axis import TimeAxis
from harness.report.chart import Band, Chart, Kind, Series
from harness.report.figures import clock, number
from harness.report.spans import Row

_TIME = "time_s"
_WATCHED = "notify"
"""The action of an alarm that is told to people; others scale."""
_BACKLOG = "backlog."
_BEFORE_S, _AFTER_S = 600.0, 1800.0
"""What is shown of the time before a fault, and after it at least."""
_GONE = 0.05
"""Of a backlog that a fault has left no more is there."""


@dataclass(frozen=True)
class _Kind:
    """A chart: the series that it takes, by a pattern whose group is the line's name, or with `names` for them.

    Shaded behind it are alarms of its `tiers`. Values are multiplied by `times`; only the `most` highest lines are
    drawn. What is `around_faults` is shown for the time around each fault too.
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
    around_faults: bool = False

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
        around_faults=True,
    ),
    _Kind(
        "Latency, from the first attempt to the answer",
        "ms",
        "latency_(p[0-9]+)_ms",
        ("api",),
        _PERCENTILES,
        logarithmic=True,
        limit="latency_ms.all.p99",
        around_faults=True,
    ),
    _Kind(
        "From an accepted command to the read model",
        "ms",
        "visible_(p[0-9]+)_ms",
        ("broker", "workers"),
        _PERCENTILES,
        logarithmic=True,
        limit="read_model_ms.p99",
        around_faults=True,
    ),
    _Kind(
        "Backlog, by what takes it",
        "messages, most in each minute",
        r"backlog\.(.+)",
        ("broker", "queues"),
        around_faults=True,
    ),
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
    return [Band(_named(fault), fault["at_s"], _healed_s(fault)) for fault in result["faults"]]


@dataclass(frozen=True)
class Around:
    """The time around a fault: its charts, and what they are called together."""

    title: str
    time: TimeAxis
    charts: Sequence[Chart]


def charts_of(result: Mapping[str, Any]) -> list[Chart]:
    """Every series in the first chart that takes it; a series that none takes has one of its own."""
    return [chart for _, chart in _charts(result)]


def around_faults(result: Mapping[str, Any]) -> list[Around]:
    """For each fault those charts that show what it did: from 10 minutes before it to 30 minutes after its end.

    Where its backlog is there for longer, to where it is gone.
    """
    return [_around(fault, result) for fault in result["faults"]]


def _around(fault: Mapping[str, Any], result: Mapping[str, Any]) -> Around:
    part = _between(result, fault["at_s"] - _BEFORE_S, max(_healed_s(fault) + _AFTER_S, _gone_s(fault, result)))
    return Around(fault_text(fault), time_of(part), [chart for kind, chart in _charts(part) if kind.around_faults])


def fault_text(fault: Mapping[str, Any]) -> str:
    """Its name, when it began and how long it lasted."""
    return f"{_named(fault)} at {clock(fault['at_s'])} for {number(fault['lasts_s'])} s"


def _between(result: Mapping[str, Any], begin_s: float, end_s: float) -> dict[str, Any]:
    """The result as if no more had been simulated."""
    begin_s, end_s = max(begin_s, result["begin_s"]), min(end_s, result["end_s"])
    inside = [begin_s <= time_s <= end_s for time_s in result["series"].get(_TIME, [])]
    series = {name: list(itertools.compress(values, inside)) for name, values in result["series"].items()}
    return {**result, "begin_s": begin_s, "end_s": end_s, "series": series}


def _named(fault: Mapping[str, Any]) -> str:
    return str(fault["name"]).replace("_", " ")


def _healed_s(fault: Mapping[str, Any]) -> float:
    return float(fault["at_s"] + fault["lasts_s"])


def _gone_s(fault: Mapping[str, Any], result: Mapping[str, Any]) -> float:
    """When the backlog is nearly back at what it was before the fault; the end, where that never comes."""
    backlogs = [values for name, values in result["series"].items() if name.startswith(_BACKLOG)]
    minutes = [(time_s, sum(held)) for time_s, *held in zip(result["series"].get(_TIME, []), *backlogs, strict=True)]
    before = max((held for time_s, held in minutes if -_BEFORE_S <= time_s - fault["at_s"] <= 0), default=0)
    since = [(time_s, held) for time_s, held in minutes if time_s > fault["at_s"]]
    most = max((held for time_s, held in since if time_s <= _healed_s(fault) + _AFTER_S), default=0)
    least = before + _GONE * max(most - before, 0)
    gone = (time_s for time_s, held in since if time_s > _healed_s(fault) and held <= least)
    return float(next(gone, result["end_s"]))


def _charts(result: Mapping[str, Any]) -> Iterator[tuple[_Kind, Chart]]:
    left = {name: values for name, values in result["series"].items() if name != _TIME}
    times = result["series"].get(_TIME, [])
    for kind in (*_KINDS, _Kind("Others", "", "(.+)", ())):
        taken = {name: values for name, values in left.items() if kind.name(name) is not None}
        left = {name: values for name, values in left.items() if name not in taken}
        if taken:
            lines = [
                Series(kind.name(name) or name, list(zip(times, _scaled(values, kind.times), strict=True)))
                for name, values in taken.items()
            ]
            yield kind, _chart(kind, lines, result)


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
    bands = [
        band
        for band in (*_hour(kind, result), *_alarms(kind.tiers, result), *faults_of(result))
        if band.start_s <= result["end_s"] and band.end_s >= result["begin_s"]
    ]
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
