"""`report.html` of a capacity simulation: one self-contained file, made of the value of its result.json alone."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.report import templates
from harness.report.capacity_charts import alarm_rows, around_faults, charts_of, fault_text, time_of
from harness.report.chart import line_chart
from harness.report.figures import apart, clock, number
from harness.report.spans import span_chart

PERCENTILES = {"p50": "50%", "p90": "90%", "p95": "95%", "p99": "99%", "p999": "99.9%", "mean": "mean"}
_VISIBLE = "accepted to visible"
_FIRST_LIMITS = 8
_FIRST_EVENTS = 400


@dataclass(frozen=True)
class Level:
    """A service level as texts: what it asks for, its limit, the day's value and the busiest hour's interval.

    `faults` are those that alone have broken it, empty where there are none.
    """

    what: str
    limit: str
    day: str
    busiest_hour: str
    holds: bool
    faults: str


@dataclass(frozen=True)
class Latency:
    """Of one operation: the percentiles' values of the day, each with the busiest hour's interval, as texts."""

    operation: str
    cells: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Ends:
    """How an operation's requests and attempts ended: each count as a text, with its share of them."""

    operation: str
    cells: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class AlarmState:
    """An alarm of the stack: how often it went off, for how many minutes in sum, and why it cannot, None if it can."""

    name: str
    tier: str
    watches: str
    actions: str
    times: int
    minutes: float
    blind: str | None


def render(result: Mapping[str, Any]) -> str:
    """The page of a result.json, whose value is `result`.

    What a search for the largest number of users adds to it (`max_users`, `binds`, `sensitivity`) is shown where it
    is there; where no number holds, that is all there is. Raises KeyError for what is no result.
    """
    gains = result.get("sensitivity") or ()
    return templates.render(
        "capacity.html.jinja",
        result=result,
        name=_name(result),
        tried=_tried(result.get("max_users")),
        gains=[gain for gain in gains if gain["gain_users"] > 0],
        no_gains=[gain for gain in gains if gain["gain_users"] <= 0],
        study=_study(result) if "series" in result else None,
        interval=interval,
        exact=exact,
        price=price,
    )


def _study(result: Mapping[str, Any]) -> dict[str, Any]:
    """What the page shows of a simulated day, beside the result itself."""
    time = time_of(result)
    alarms, rows = list(_alarms(result)), alarm_rows(result)
    return {
        "levels": [_level(slo) for slo in result["slos"]],
        "faults": [fault_text(fault) for fault in result["faults"]],
        "inputs": [each for each in result["inputs"] if not _is_fault(each, result["faults"])],
        "shares": _shares(result),
        "first_limits": _FIRST_LIMITS,
        "charts": [(chart.title, line_chart(chart, time)) for chart in charts_of(result)],
        "around": [
            (around.title, [(chart.title, line_chart(chart, around.time)) for chart in around.charts])
            for around in around_faults(result)
        ],
        "spans": span_chart("when alarms were up, and faults", rows, time) if rows else None,
        "percentiles": PERCENTILES,
        "causes": next(iter(result["operations"].values()))["unanswered"],
        "ends": list(_ends(result["operations"])),
        "latencies": list(_latencies(result)),
        "raised": [alarm for alarm in alarms if alarm.times],
        "quiet": [alarm for alarm in alarms if not alarm.times],
        "blind": _blind(alarms),
        "events": result["scaling_events"][:_FIRST_EVENTS],
    }


def interval(value: Any, *, times: float = 1.0, unit: str = "") -> str:
    """A value of a JSON file as text: a number, or an estimate with `mean`, `low` and `high`; a dash for none."""
    if value is None:
        return "–"
    if isinstance(value, Mapping):
        mean, low, high = (number(times * value[name]) for name in ("mean", "low", "high"))
        return f"{mean}{unit} ({low} to {high})"
    return f"{number(times * value)}{unit}" if isinstance(value, int | float) else str(value)


def exact(value: Any) -> str:
    """An input as it was given, thousands set apart."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "–" if value is None else str(value)
    return f"{int(value):,}" if value == int(value) else f"{value:,}"


def price(value: float | None) -> str:
    """A price of a unit in US dollars, four digits of it, however small."""
    return (
        "–" if value is None else number(value) if value >= 1 else f"{value:.10f}"[:12].rstrip("0").rstrip(".") or "0"
    )


def _name(result: Mapping[str, Any]) -> str:
    """What was simulated, in a few words; a study that names nothing is `simulated day`."""
    users = result.get("users")
    parts = (result.get("env"), f"{users:,} users" if users else None, result.get("profile"))
    return ", ".join(filter(None, parts)) or "simulated day"


def _level(slo: Mapping[str, Any]) -> Level:
    times, unit = _scale(slo["figure"], slo["unit"])
    limit = times * slo["limit"]
    texts = ("nothing measured", number(limit)) if slo["day"] is None else apart(times * slo["day"], limit)
    return Level(
        slo["what"],
        texts[1] + unit,
        texts[0] + (unit if slo["day"] is not None else ""),
        interval(slo["busiest_hour"], times=times, unit=unit),
        slo["holds"],
        ", ".join(f"{fault['name'].replace('_', ' ')} at {clock(fault['at_s'])}" for fault in slo["broken_by"]),
    )


def _scale(figure: str, unit: str) -> tuple[float, str]:
    """By what a figure is multiplied for people, and the unit behind it: shares are percentages."""
    return (100.0, " %") if figure.endswith("_share") else (1.0, f" {unit}" if unit else "")


def _shares(result: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Shares of the attempts: of the day, and the busiest hour's interval."""
    found = result["busiest_hour"]["figures"]
    return [
        (name, interval(result[name], times=100, unit=" %"), interval(found.get(name), times=100, unit=" %"))
        for name in ("throttled_share", "failed_share")
    ]


def _latencies(result: Mapping[str, Any]) -> Iterator[Latency]:
    found = result["busiest_hour"]["figures"]
    rows = [(f"latency_ms.{name}", name, values) for name, values in result["latency_ms"].items()]
    for path, name, values in [*rows, ("read_model_ms", _VISIBLE, result["read_model_ms"])]:
        cells = ((interval(values[each]), interval(found.get(f"{path}.{each}"))) for each in PERCENTILES)
        yield Latency(name, tuple(cells))


def _is_fault(entry: Mapping[str, Any], faults: Sequence[Mapping[str, Any]]) -> bool:
    """Whether an input is one of the faults, which are shown with their times."""
    return any((entry["name"], entry["value"]) == (fault["name"], fault["at_s"]) for fault in faults)


def _ends(operations: Mapping[str, Any]) -> Iterator[Ends]:
    """Each operation, and all of them: requests and those given up, attempts, those answered, and each cause."""
    rows = {name: list(_counts(each)) for name, each in operations.items()}
    rows["all"] = [sum(counts) for counts in zip(*rows.values(), strict=True)]
    for name, (requests, given_up, attempts, *ended) in rows.items():
        yield Ends(
            name,
            (
                (f"{requests:,}", ""),
                (f"{given_up:,}", _share(given_up, requests)),
                (f"{attempts:,}", ""),
                *((f"{count:,}", _share(count, attempts)) for count in ended),
            ),
        )


def _counts(fates: Mapping[str, Any]) -> Iterator[int]:
    yield from (fates[name] for name in ("requests", "given_up", "attempts", "answered"))
    yield from fates["unanswered"].values()


def _share(count: int, whole: int) -> str:
    """As a percentage, which is 100 only where it is the whole; empty for nothing."""
    return f"{apart(100 * count / whole, 100)[0]} %" if count else ""


def _alarms(result: Mapping[str, Any]) -> Iterator[AlarmState]:
    for name, rule in result["alarm_rules"].items():
        spans = [alarm for alarm in result["alarms"] if alarm["alarm"] == name]
        ends = [result["end_s"] if span["end_s"] is None else span["end_s"] for span in spans]
        seconds = sum(end_s - span["begin_s"] for end_s, span in zip(ends, spans, strict=True))
        yield AlarmState(
            name, rule["tier"], rule["watches"], ", ".join(rule["actions"]), len(spans), seconds / 60, rule["blind"]
        )


def _blind(alarms: Sequence[AlarmState]) -> dict[str, list[str]]:
    """Names of those that never go off, by why; first the defects of the stack, then what the simulation lacks."""
    reasons = sorted({alarm.blind for alarm in alarms if alarm.blind})
    return {why: [alarm.name for alarm in alarms if alarm.blind == why] for why in reasons}


def _tried(found: Mapping[str, Any] | None) -> list[str]:
    """The names of the figures that were looked at for each number of users, in the order in which they come."""
    tried = found["tried"] if found else ()
    names = itertools.chain.from_iterable(each.get("figures", {}) for each in tried)
    return list(dict.fromkeys(names))
