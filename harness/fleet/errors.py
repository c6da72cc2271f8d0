"""Errors of this package.

FleetError
├── UnknownRole        the stack description has no such worker, or not of this kind
├── UnknownReference   a worker's setting refers to an address that nobody has resolved
└── JobFailed          a job has ended with an error, or not in time
"""


class FleetError(Exception):
    """Base of the errors of harness.fleet; the message says place, cause and what to do."""


class UnknownRole(FleetError):
    """There is no such role, or it is not of the kind that was asked for."""


class UnknownReference(FleetError):
    """A logical address in the stack description has no value in this run."""


class JobFailed(FleetError):
    """A job has failed; the message holds the last lines of its log."""
