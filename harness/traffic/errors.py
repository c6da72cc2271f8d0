"""Errors of this package.

TrafficError
├── SpecError       what traffic is wanted is contradictory or out of range
├── PlanError       a file that the traffic process was given is wrong
└── TrafficFailed   the traffic process ended without having sent its traffic
"""


class TrafficError(Exception):
    """Base of the errors of harness.traffic; the message says place, cause and what belongs there."""


class SpecError(TrafficError):
    """The traffic that is asked for cannot be planned."""


class PlanError(TrafficError):
    """A plan, or the settings of a run of it, cannot be used."""


class TrafficFailed(TrafficError):
    """The traffic process could not start, or ended in the middle."""
