"""Demand: how many requests of which kind arrive when, and how much they cluster.

Arrivals are an open process: users do not wait for each other, and do not come more slowly because the stack is slow.
"""

from harness.capacity.demand.arrivals import Arrivals, Streams, arrivals, day_factor, planned
from harness.capacity.demand.curve import Curve, Surge, day, recorded, surged
from harness.capacity.demand.model import OPERATIONS, Demand, Stated
from harness.capacity.demand.profile import names, read
from harness.capacity.demand.retries import Retries
from harness.capacity.demand.trace import Trace, of_counts, of_history

__all__ = [
    "OPERATIONS",
    "Arrivals",
    "Curve",
    "Demand",
    "Retries",
    "Stated",
    "Streams",
    "Surge",
    "Trace",
    "arrivals",
    "day",
    "day_factor",
    "names",
    "of_counts",
    "of_history",
    "planned",
    "read",
    "recorded",
    "surged",
]
