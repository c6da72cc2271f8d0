"""The parts of a stack that AWS can tell, one noun to a module."""

from harness.inspection.parts import (
    alarms,
    api,
    broker,
    databases,
    event_sources,
    functions,
    network,
    nodes,
    queues,
    scaling,
    schedules,
)
from harness.inspection.parts.part import Part

PARTS: tuple[Part, ...] = (
    api.PART,
    functions.PART,
    event_sources.PART,
    schedules.PART,
    queues.PART,
    alarms.PART,
    scaling.PART,
    databases.MYSQL,
    databases.DOCUMENTS,
    broker.PART,
    nodes.PART,
    network.NETWORK,
    network.SECURITY,
)

__all__ = ["PARTS", "Part"]
