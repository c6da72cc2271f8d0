"""The search: the largest number of users that keeps the service levels, and what raising each limit would buy.

A number of users is judged by replications of its busiest hour, and only where their intervals leave no doubt.
"""

from harness.capacity.search.found import Found
from harness.capacity.search.search import search

__all__ = ["Found", "search"]
