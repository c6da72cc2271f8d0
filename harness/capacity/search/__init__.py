"""The search: the largest number of users that keeps the service levels, and what raising each limit would buy.

A number of users is judged by replications of its busiest hour, and only where their intervals leave no doubt. All
numbers meet the same replications (common random numbers): the day of each, quiet or busy, is the same whatever the
users, and so is what the stack's own parts draw; single requests are not, which of millions does not matter. Two stacks
with the same users meet the same requests, each at the same time.

Intervals are Student's, of figures that need not be normal. Where busy days alone suffer, as with throttling, and days
differ by a tenth, the limit that is found is within some percent of the true one, at most 7 above it.
"""

from harness.capacity.search.found import Found
from harness.capacity.search.search import search

__all__ = ["Found", "search"]
