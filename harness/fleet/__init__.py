"""The workers of a run: as many processes per role as asked for, restarted when they crash, as Kubernetes would."""

from harness.fleet.errors import FleetError, JobFailed, UnknownReference, UnknownRole
from harness.fleet.fleet import Fleet, RoleStatus

__all__ = ["Fleet", "FleetError", "JobFailed", "RoleStatus", "UnknownReference", "UnknownRole"]
