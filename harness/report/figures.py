"""Figures as people read them."""

import math


def number(value: float, digits: int = 3) -> str:
    """`value` to so many significant digits, thousands set apart; never more than `digits` decimals."""
    if value == 0:
        return "0"
    decimals = min(max(0, digits - 1 - math.floor(math.log10(abs(value)))), digits)
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def apart(value: float, limit: float) -> tuple[str, str]:
    """Both as texts, with three digits or as many as tell one from the other: 0.9996 does not look like a 1."""
    texts = ((number(value, digits), number(limit, digits)) for digits in range(3, 17))
    return next((pair for pair in texts if pair[0] != pair[1]), (number(value), number(limit)))
