"""Outages: the times in which something was broken on purpose, and what fell into them."""

from collections.abc import Sequence

Span = tuple[int, int]
"""Begin and end, CLOCK_MONOTONIC in ns."""


def during(span: Span, outages: Sequence[Span]) -> bool:
    """Whether any part of `span` lies in an outage, so that the outage may explain what happened."""
    begin, end = span
    return any(begin <= healed and end >= broken for broken, healed in outages)
