"""The engine: joins demand, stages and controllers to a simulation of a stack, and its replications to a study."""

from harness.capacity.engine.assumptions import Assumptions
from harness.capacity.engine.conservation import NotConserved
from harness.capacity.engine.faults import FAULTS, Fault
from harness.capacity.engine.host import Processors
from harness.capacity.engine.result import Result
from harness.capacity.engine.setup import Setup
from harness.capacity.engine.simulation import Simulation, simulate

__all__ = [
    "FAULTS",
    "Assumptions",
    "Fault",
    "NotConserved",
    "Processors",
    "Result",
    "Setup",
    "Simulation",
    "simulate",
]
