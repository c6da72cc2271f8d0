"""Reads a demand's profile: one that the project carries, a YAML file, or recorded traffic."""

import functools
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.capacity.demand import trace
from harness.capacity.demand.curve import Curve, Surge, day, recorded, surged
from harness.capacity.demand.model import OPERATIONS, Demand, Stated
from harness.capacity.demand.retries import Retries
from harness.capacity.demand.trace import Trace
from harness.capacity.errors import DemandError
from harness.scenario import document
from harness.scenario.document import Form, Lines

FOLDER = Path(__file__).with_name("profiles")
_WHAT = "the profile"
_ORDINARY = "day"
_SINUSOID = ("peak_to_trough", "peak_at_h")
_HOUR_S = 3600.0
_POISSON = Stated(1.0, "Poisson: independent users", assumption=True)
_STEADY = Stated(0.0, "one day is as any other", assumption=True)


def names() -> list[str]:
    """The profiles that the project carries."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def read(name: str, users: int) -> Demand:
    """The demand of `users` people by the profile `name`: one of `names`, or a file.

    A .yaml file is a profile of its own. A .jsonl file is a replay's history, repeated as it was recorded. Any other
    has the requests of each minute, one number a line: an ordinary day's users, whose rate goes like them. Raises
    DemandError with file and line, and with what is allowed.
    """
    path = Path(name)
    if path.suffix in (".yaml", ".yml"):
        return _profile(_there(path), users)
    if path.suffix == ".jsonl":
        return _repeated(trace.of_history(_there(path)), _profile(FOLDER / f"{_ORDINARY}.yaml", 1), str(path))
    if path.suffix or "/" in name:
        ordinary = _profile(FOLDER / f"{_ORDINARY}.yaml", users)
        counted = trace.of_counts(_there(path))
        return _changed(ordinary, path.stem, recorded(counted.counts, counted.step_s), Stated(0.0, str(path)))
    path = FOLDER / f"{name}.yaml"
    if not path.is_file():
        raise DemandError(f"no profile {name!r}; there are {', '.join(names())}, or give a file's path")
    return _profile(path, users)


def _there(path: Path) -> Path:
    if path.is_dir():
        raise DemandError(f"{path}: this is a folder; name a file in it")
    if not path.is_file():
        raise DemandError(f"{path}: there is no such file")
    return path


def _profile(path: Path, users: int) -> Demand:
    value, lines = document.read(path, _form())
    for place in _stated_places(value):
        at = functools.reduce(lambda each, part: each[part], place, value)
        if ("source" in at) == ("assumption" in at):
            where = f"{path}:{lines[place]}: {document.name(place, _WHAT)}"
            raise DemandError(f"{where} needs either source (a text or address) or assumption (what speaks for it)")
    curve, found = _curve(path, value["curve"], lines)
    mix = {name: weight for name, weight in value["mix"].items() if name in OPERATIONS}
    if not any(mix.values()):
        raise DemandError(f"{path}:{lines[('mix',)]}: every weight is 0; give one operation a positive weight")
    demand = Demand(
        profile=value["name"],
        users=users,
        daily_share=_stated(value["daily_share"]),
        sessions_per_day=_stated(value["sessions_per_day"]),
        requests_per_session=_stated(value["requests_per_session"]),
        mix=mix,
        mix_source=_stated(value["mix"]),
        curve=curve,
        curve_source=_stated(value["curve"]),
        dispersion=_stated(value["dispersion"]) if "dispersion" in value else _POISSON,
        day_variation=_stated(value["day_variation"]) if "day_variation" in value else _STEADY,
        window_s=float(value.get("window_s", 1.0)),
        retries=Retries(**value.get("retries", {})),
    )
    if found is not None and value["curve"].get("as_recorded"):
        demand = _repeated(found, demand, value["name"])
    surges = tuple(_surge(surge) for surge in value.get("surges", []))
    if not surges:
        return demand
    sources = [_stated(surge) for surge in value["surges"]]
    source = "; ".join(dict.fromkeys(each.source for each in sources))
    stated = Stated(0.0, source, any(each.assumption for each in sources))
    return replace(demand, curve=surged(demand.curve, surges), surges=surges, surges_source=stated)


def _curve(path: Path, value: Mapping[str, Any], lines: Lines) -> tuple[Curve, Trace | None]:
    """The curve, and the trace that it is of, if any."""
    kinds = [name for name in ("counts", "history") if name in value]
    sinusoid = [name for name in _SINUSOID if name in value]
    where = f"{path}:{lines[('curve',)]}: curve"
    if len(kinds) + bool(sinusoid) != 1:
        raise DemandError(f"{where} needs one of: {' and '.join(_SINUSOID)}; counts; history")
    if sinusoid:
        missing = [name for name in _SINUSOID if name not in value]
        if missing:
            raise DemandError(f"{where}.{missing[0]} is missing")
        alien = next((name for name in ("step_s", "as_recorded") if name in value), None)
        if alien:
            raise DemandError(f"{path}:{lines['curve', alien]}: curve.{alien} is for counts and history alone")
        return day(value["peak_to_trough"], value["peak_at_h"] * _HOUR_S), None
    file = _there(path.parent / value[kinds[0]])
    step_s = float(value.get("step_s", trace.MINUTE_S if kinds[0] == "counts" else 1.0))
    found = trace.of_counts(file, step_s) if kinds[0] == "counts" else trace.of_history(file, step_s)
    return recorded(found.counts, found.step_s), found


def _repeated(found: Trace, demand: Demand, name: str) -> Demand:
    """The demand with the recorded rate, and the recorded mix where that is known."""
    source = Stated(0.0, f"recorded: {name}")
    changed = _changed(demand, name, recorded(found.counts, found.step_s), source)
    if found.mix:
        changed = replace(changed, mix=found.mix, mix_source=source)
    return replace(changed, recorded_per_s=found.mean_per_s, day_variation=_STEADY)


def _changed(demand: Demand, name: str, curve: Curve, source: Stated) -> Demand:
    return replace(demand, profile=name, curve=curve, curve_source=source)


def _surge(value: Mapping[str, Any]) -> Surge:
    return Surge(
        at_s=value["at_h"] * _HOUR_S,
        factor=value["factor"],
        ramp_s=value.get("ramp_s", 60.0),
        hold_s=value.get("hold_s", 900.0),
        decay_s=value.get("decay_s", 1800.0),
    )


def _stated_places(value: Mapping[str, Any]) -> list[tuple[str | int, ...]]:
    single = ("daily_share", "sessions_per_day", "requests_per_session", "mix", "curve", "dispersion", "day_variation")
    places: list[tuple[str | int, ...]] = [(name,) for name in single if name in value]
    return [*places, *(("surges", number) for number in range(len(value.get("surges", []))))]


def _stated(value: Mapping[str, Any]) -> Stated:
    return Stated(float(value.get("value", 0.0)), value.get("source") or value["assumption"], "assumption" in value)


@functools.cache
def _form() -> Form:
    schema = json.loads(Path(__file__).with_name("profile.schema.json").read_text("utf-8"))
    return Form(_WHAT, "harness/capacity/demand/profiles/day.yaml", schema, DemandError)
