"""Capacity: what the described stack carries, and what it costs."""

from harness.capacity.at_rest import AtRest, Standing, at_rest, usage_at_rest
from harness.capacity.cost import Bill, Line, bill
from harness.capacity.prices import Price, PriceList
from harness.capacity.usage import FunctionUsage, Usage

__all__ = [
    "AtRest",
    "Bill",
    "FunctionUsage",
    "Line",
    "Price",
    "PriceList",
    "Standing",
    "Usage",
    "at_rest",
    "bill",
    "usage_at_rest",
]
