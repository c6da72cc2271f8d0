"""A study for a terminal: does it hold, what binds, how fast, what was scaled, what it costs."""

import itertools
import math
from collections.abc import Iterator

from harness.capacity.engine.slo import Kept
from harness.capacity.engine.study import Study

_LIMITS = 6
_LINES = 8
_EVENTS = 12


def summary(study: Study) -> str:
    """A few dozen lines."""
    return "\n".join(itertools.chain(_verdict(study), _binding(study), _latency(study), _scaling(study), _cost(study)))


def _verdict(study: Study) -> Iterator[str]:
    day = study.day
    yield f"{'holds' if study.holds else 'does not hold'}: {day.requests_simulated:,} requests simulated, " + (
        f"{day.requests_per_second_simulated:,.0f} a second of {day.wall_s:.0f} s"
    )
    for kept in study.kept:
        yield f"  {'ok  ' if kept.holds else 'FAIL'} {_kept(kept, without=bool(day.faults))}"
    yield (
        f"  attempts {day.attempts:,}, answered {day.answered:,}, given up {day.given_up:,}, "
        f"still under way at the end {day.under_way:,}, failed {day.failed:,}, "
        f"throttled by the API {day.throttled['api']:,}, by Lambda {day.throttled['functions']:,}, "
        f"through SQS {day.overflowed:,}"
    )
    yield from _unanswered(study)
    yield "  backlog at most: " + ", ".join(f"{name} {count:,}" for name, count in day.backlog_peak.items())


def _unanswered(study: Study) -> Iterator[str]:
    """The operations of which attempts were not answered, with the causes."""
    for name, fates in study.day.operations.items():
        count = sum(fates.unanswered.values())
        if count:
            causes = ", ".join(
                f"{cause.replace('_', ' ')} {each:,}" for cause, each in fates.unanswered.items() if each
            )
            share = count / fates.attempts
            yield f"    {name}: {share:.3%} of the attempts not answered: {causes}; given up {fates.given_up:,}"


def _kept(kept: Kept, *, without: bool) -> str:
    slo = kept.slo
    busiest = kept.busiest
    hour = f"busiest hour{', without faults:' if without else ''}"
    hour = "" if busiest is None else f"; {hour} {busiest.mean:,.4g} ({busiest.low:,.4g} to {busiest.high:,.4g})"
    value = "nothing measured" if math.isnan(kept.day) else f"{kept.day:,.4g}{slo.unit}"
    return f"{slo.what} {slo.limit:,g}{slo.unit}: {value}{hour}"


def _binding(study: Study) -> Iterator[str]:
    first, *others = study.day.limits[:_LIMITS]
    when = "never full" if first.full_s is None else f"full first at {_clock(first.full_s)}"
    word = "nearest limit" if first.full_s is None else "binds"
    if study.broken_by:
        yield "breaks: " + " and ".join(f"fault {fault.name} at {_clock(fault.at_s)}" for fault in study.broken_by)
        word = "busiest limit"
    yield f"{word}: {first.resource}, at most {first.share:.0%} of its limit ({_clock(first.time_s)}), {when}"
    yield "  then " + ", ".join(f"{each.resource} {each.share:.0%}" for each in others)


def _latency(study: Study) -> Iterator[str]:
    yield f"latency, ms {'':<18} {'p50':>8} {'p95':>8} {'p99':>8} {'p99.9':>8}   p99 of the busiest hour"
    rows = {**study.day.latency_ms, "accepted to visible": study.day.read_model_ms}
    for name, values in rows.items():
        figure = "read_model_ms.p99" if name == "accepted to visible" else f"latency_ms.{name}.p99"
        found = study.busiest.get(figure)
        hour = "" if found is None else f"{found.mean:,.1f} ({found.low:,.1f} to {found.high:,.1f})"
        numbers = " ".join(f"{values[each]:>8,.1f}" for each in ("p50", "p95", "p99", "p999"))
        yield f"  {name:<28} {numbers}   {hour}"


def _scaling(study: Study) -> Iterator[str]:
    changes = study.day.scaling
    yield f"scaling: {len(changes)} events" + (f", the first {_EVENTS}" if len(changes) > _EVENTS else "")
    for change in changes[:_EVENTS]:
        moved = "" if change.before == change.after else f" {change.before} -> {change.after}"
        yield f"  {_clock(change.time_s)} {change.capacity}{moved}: {change.why}"
    raised = sorted({band.alarm for band in study.day.alarms})
    yield f"alarms that went off: {', '.join(raised) or 'none'}"


def _cost(study: Study) -> Iterator[str]:
    bill = study.day.bill
    million = bill.usd_per_million_requests
    yield f"cost: {bill.usd_per_month:,.0f} USD a month, {bill.usd_per_day:,.0f} a day" + (
        "" if million is None else f", {million:,.2f} for a million requests"
    )
    first, others = bill.lines[:_LINES], bill.lines[_LINES:]
    rounded = [round(line.usd_per_month or 0.0) for line in first]
    for line, usd in zip(first, rounded, strict=True):
        yield f"  {usd:>10,}  {line.what}{' ~' if line.estimated else ''}"
    if others:
        # What the lines above were rounded by is in it, so that all add up to the total.
        yield f"  {round(bill.usd_per_month) - sum(rounded):>10,}  others ({len(others)})"


def _clock(time_s: float) -> str:
    return f"{int(time_s // 3600):02d}:{int(time_s % 3600 // 60):02d}"
