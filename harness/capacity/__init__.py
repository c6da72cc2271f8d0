"""Capacity: what the described stack carries, and what it costs. So far the cost at rest."""

from harness.capacity.at_rest import AtRest, Line, at_rest
from harness.capacity.prices import Price, PriceList

__all__ = ["AtRest", "Line", "Price", "PriceList", "at_rest"]
