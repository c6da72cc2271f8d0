"""Figures as people read them."""

import math
from collections.abc import Mapping
from typing import Any

_UNITS = {"ms": " ms", "s": " s"}


def number(value: float, digits: int = 3) -> str:
    """`value` to so many significant digits, thousands set apart; never more than `digits` decimals."""
    if value == 0:
        return "0"
    decimals = min(max(0, digits - 1 - math.floor(math.log10(abs(value)))), digits)
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def figure(value: Any) -> str:
    """A value of a JSON file, a dash where there is none."""
    return number(value) if isinstance(value, int | float) else "–" if value is None else str(value)


def clock(time_s: float, *, seconds: bool = False) -> str:
    """A time of the day in seconds since midnight as hh:mm, with `seconds` hh:mm:ss; the next day goes on from 24."""
    minutes, rest_s = divmod(int(time_s), 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}" + (f":{rest_s:02d}" if seconds else "")


def apart(value: float, limit: float) -> tuple[str, str]:
    """Both as texts, with three digits or as many as tell one from the other: 0.9996 does not look like a 1."""
    texts = ((number(value, digits), number(limit, digits)) for digits in range(3, 17))
    return next((pair for pair in texts if pair[0] != pair[1]), (number(value), number(limit)))


def service_level(name: str, level: Mapping[str, Any]) -> tuple[str, str]:
    """Value and limit of a service level of verdict.json, with the unit that its name ends with."""
    value, limit = level["value"], level["limit"]
    texts = ("–", number(limit)) if value is None else apart(value, limit)
    unit = _UNITS.get(name.rpartition("_")[2], "")
    return texts[0] + unit, texts[1] + unit
