"""Service times measured in a replay: what a simulation takes for each operation and stage."""

from harness.capacity.calibration.batches import BatchTime, fit
from harness.capacity.calibration.build import calibrate
from harness.capacity.calibration.distribution import PROBABILITIES, Distribution
from harness.capacity.calibration.measured import OVERFLOW, Answered, Measured, measure
from harness.capacity.calibration.model import Calibration, ColdStart, Factor, FunctionTimes, Origin

__all__ = [
    "OVERFLOW",
    "PROBABILITIES",
    "Answered",
    "BatchTime",
    "Calibration",
    "ColdStart",
    "Distribution",
    "Factor",
    "FunctionTimes",
    "Measured",
    "Origin",
    "calibrate",
    "fit",
    "measure",
]
